import { expect, test } from 'vitest';
import type { ExportAnswer } from '../../../app/contract/types.ts';
import { DEFAULTS, outputOf, whyNotExport } from './formats.ts';

const answer: ExportAnswer = {
  virtualSize: 1024 ** 3,
  dataBytes: 4096,
  holeBytes: 0,
  lostBytes: 0,
  chain: [{ path: '/sr/leaf.vhd', name: 'leaf.vhd' }],
  incomplete: null,
  free: 1024 ** 3,
  suggested: { raw: '/sr/leaf.export.raw', vhd: '/sr/leaf.export.vhd' },
};

test('the suggested name follows the format until another is typed', () => {
  expect(outputOf(DEFAULTS, answer)).toBe('/sr/leaf.export.raw');
  expect(outputOf({ ...DEFAULTS, kind: 'azure' }, answer)).toBe('/sr/leaf.export.vhd');
  expect(outputOf({ ...DEFAULTS, output: '/mnt/x' }, answer)).toBe('/mnt/x');
});

test('holes are written only when asked, lost bytes never', () => {
  expect(whyNotExport(answer, DEFAULTS, 'what')).toBeNull();
  const holes = { ...answer, holeBytes: 512 };
  expect(whyNotExport(holes, DEFAULTS, 'what')).toContain('missing');
  expect(whyNotExport(holes, { ...DEFAULTS, holes: true }, 'what')).toBeNull();
  expect(whyNotExport({ ...answer, lostBytes: 512 }, { ...DEFAULTS, holes: true }, 'what')).toContain('repair');
  expect(whyNotExport({ ...answer, free: 100 }, DEFAULTS, 'format')).toContain('room');
});
