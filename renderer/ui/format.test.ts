import { describe, expect, test } from 'vitest';
import { formatDuration, formatTime, plural, shortenName, splitName, tellsMore } from './format.ts';

describe('names', () => {
  test('lose their middle, never the first 8 characters or the extension', () => {
    const name = '7046409c-f1c2-49db-ad33-b2ba03a1c257.vhd';
    expect(shortenName(name, 22)).toBe('7046409c-f1c2…c257.vhd');
    expect(shortenName(name, 3)).toBe('7046409c…c257.vhd');
    expect(shortenName('base.vhd', 22)).toBe('base.vhd');
    expect(shortenName('a-rather-long-name-of-a-disk.vhd', 20)).toBe('a-rather-lo…disk.vhd');
  });

  test('are whole again when their parts are joined, as when they are copied', () => {
    for (const name of [
      'a',
      '.hidden',
      'base.vhd',
      'c-grandchild.vhd',
      'no-extension-at-all-here',
      'x.with.dots.avhdx',
    ])
      expect(splitName(name).join('')).toBe(name);
  });

  test('a short name keeps its extension apart', () => {
    expect(splitName('c-grandchild.vhd')).toEqual(['c-grandchild', '.vhd']);
  });
});

test('times are UTC, to the second', () => {
  expect(formatTime('2015-11-15T23:06:44.123Z')).toBe('2015-11-15 23:06:44Z');
  expect(formatTime(0)).toBe('1970-01-01 00:00:00Z');
  expect(formatTime('never')).toBe('never');
});

test('durations and counts', () => {
  expect(formatDuration(7)).toBe('00:00:07');
  expect(formatDuration(3 * 3600 + 61)).toBe('03:01:01');
  expect(plural(1, 'error')).toBe('1 error');
  expect(plural(1234, 'error')).toBe('1,234 errors');
  expect(plural(2, 'child', 'children')).toBe('2 children');
});

test('a tip that says what is to be read already has nothing to tell', () => {
  expect(tellsMore('512 B', '512 bytes')).toBe(false);
  expect(tellsMore('base.vhd', 'base.vhd')).toBe(false);
  expect(tellsMore('36 KiB', '36,864 bytes')).toBe(true);
  expect(tellsMore('base.vhd', '/sr/base.vhd')).toBe(true);
});
