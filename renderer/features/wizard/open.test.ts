import { expect, test } from 'vitest';
import { chainRow, childRow, orphanRow } from '../../testing/rows.ts';
import { whyNot } from './open.ts';

const base = chainRow({ name: 'base.vhd' });
const child = childRow(base, { name: 'child.vhd' });
const broken = { code: 'footer.missing', severity: 'error' as const, message: 'No footer.' };

test('only a child with a parent that is there is coalesced', () => {
  expect(whyNot('coalesce', child)).toBeNull();
  expect(whyNot('coalesce', base)).toBe('it has no parent');
  expect(whyNot('coalesce', orphanRow({ name: 'orphan.vhd' }))).toBe('its parent is missing');
  expect(whyNot('coalesce', { ...child, verdict: 'id-mismatch' })).toBe('relink first');
  expect(whyNot('coalesce', { ...child, errors: 1, worst: broken })).toBe('repair first');
});

test('every disk that reads is exported, and every child can be relinked', () => {
  expect(whyNot('export', base)).toBeNull();
  expect(whyNot('export', chainRow({ name: 'disk.raw', format: 'raw', kind: null }))).toBeNull();
  expect(whyNot('export', chainRow({ name: 'no-size.vhd', virtualSize: null }))).toBe('repair first');
  expect(whyNot('relink', orphanRow({ name: 'orphan.vhd' }))).toBeNull();
  expect(whyNot('relink', base)).toBe('it has no parent');
});
