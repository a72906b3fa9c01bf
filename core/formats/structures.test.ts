import { describe, expect, it } from 'vitest';
import { structureById } from './structures.ts';

describe('structureById', () => {
  it.each([
    'vhd.footer',
    'vhd.header',
    'vhd.locator',
    'vhd.batmap',
    'mbr.sector',
    'gpt.header',
    'gpt.entry',
    'vmfs.lvm',
    'vmfs.volume',
    'vmfs.pe',
    'vmfs.heartbeat',
    'vmfs.fs',
  ])('decodes every byte of %s', (id) => {
    const table = structureById(id);
    const fields = table?.decode(new Uint8Array(table.length)) ?? [];
    expect(fields.reduce((sum, field) => sum + field.length, 0)).toBe(table?.length);
  });

  it('knows no others', () => {
    expect(structureById('vhd.nothing')).toBeNull();
  });
});
