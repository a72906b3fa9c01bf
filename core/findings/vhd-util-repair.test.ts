import { describe, expect, it } from 'vitest';
import type { FindingCode } from './codes.ts';
import type { Finding } from './finding.ts';
import { vhdUtilRepair } from './vhd-util-repair.ts';

const MIB = 1024 * 1024;

function finding(code: FindingCode): Finding {
  return {
    code,
    severity: 'error',
    message: '',
    offset: null,
    length: null,
    field: null,
    structure: null,
    prognosis: 'no-loss',
    lost: [],
    repairs: [],
  };
}

describe('vhdUtilRepair', () => {
  it('says that a footer with a good copy is put right', () => {
    expect(vhdUtilRepair([finding('footer.missing')], 2 * MIB)?.outcome).toBe('repairs');
  });

  it('refuses when both footers are damaged', () => {
    const both = [finding('footer.checksum'), finding('footer-copy.checksum')];
    expect(vhdUtilRepair(both, 2 * MIB)?.outcome).toBe('refuses');
  });

  it('warns of loss that a footer repair beside it would hide', () => {
    const found = vhdUtilRepair([finding('footer.missing'), finding('block.truncated')], 2 * MIB);
    expect(found?.outcome).toBe('destroys');
    expect(found?.says).toContain('reads as zeros');
  });

  it('warns of small blocks whatever else is wrong', () => {
    expect(vhdUtilRepair([finding('footer.missing')], 512 * 1024)?.outcome).toBe('destroys');
    // a size that is no power of two it refuses instead
    expect(vhdUtilRepair([finding('header.block-size')], 3 * 1024)?.outcome).toBe('refuses');
  });

  it('refuses before it can do any harm when it cannot open the image', () => {
    const found = vhdUtilRepair([finding('bat.past-eof'), finding('header.checksum')], 2 * MIB);
    expect(found?.outcome).toBe('refuses');
  });

  it('keeps silent about what was never seen', () => {
    expect(vhdUtilRepair([finding('footer.creator-version')], 2 * MIB)).toBeNull();
    expect(vhdUtilRepair([], null)).toBeNull();
  });
});
