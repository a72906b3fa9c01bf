import { describe, expect, test } from 'vitest';
import { folderOf } from './drop.ts';

describe('a dropped folder on the host', () => {
  test('the way inside is taken off the path of a file in it', () => {
    expect(folderOf('/srv/evidence/sr/a/b.vhd', '/sr', '/sr/a/b.vhd')).toBe('/srv/evidence/sr');
    expect(folderOf('C:\\evidence\\sr\\a\\b.vhd', '/sr', '/sr/a/b.vhd')).toBe('C:\\evidence\\sr');
  });

  test('a file of the same content elsewhere is not in the dropped folder', () => {
    expect(folderOf('/srv/copies/b.vhd', '/sr', '/sr/a/b.vhd')).toBeNull();
    expect(folderOf('/srv/other/a/b.vhd', '/sr', '/sr/a/b.vhd')).toBeNull();
  });
});
