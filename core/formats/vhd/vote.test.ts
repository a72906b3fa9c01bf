import { describe, expect, it } from 'vitest';
import { readSparse } from '../../io/sparse.ts';
import { flipBit, overwrite, patchBatmap, patchFooter, zero } from '../../testing/damage.ts';
import { random } from '../../testing/random.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { child, dynamic, fixed, found, lines, MIB } from './checks/testing/found.ts';
import { readVhd } from './read.ts';
import { voteFooter } from './vote.ts';

const image = dynamic({ virtualSize: 5 * MIB, writes: [{ sector: 5, count: 3, seed: 1 }] });
const { footerAt, headerAt } = image.places;
const whole = readSparse(image, footerAt, 512);

/** A footer with bits of it changed, as pairs of offset and mask. */
function hit(...changes: [at: number, mask: number][]): Uint8Array {
  const out = whole.slice();
  for (const [at, mask] of changes) out[at] = (out[at] ?? 0) ^ mask;
  return out;
}

/** Both footers with one bit changed each. */
const bothHit = flipBit(flipBit(image, 70, 0), footerAt + 80, 2);

describe('two footers that are damaged in different places add up to the whole one', () => {
  it.each<[name: string, end: [number, number][], copy: [number, number][]]>([
    ['in two fields', [[25, 4]], [[70, 1]]],
    ['both in the id', [[70, 1]], [[80, 4]]],
    ['both in the cookie', [[1, 1]], [[5, 2]]],
    ['both in the original size', [[45, 1]], [[46, 2]]],
    ['both in the time', [[25, 1]], [[27, 2]]],
    ['both in the checksum', [[64, 1]], [[66, 2]]],
    ['both in the checksum, at one byte', [[67, 1]], [[67, 2]]],
    ['both in the geometry', [[57, 1]], [[59, 2]]],
    ['checksum and id', [[65, 1]], [[70, 1]]],
    ['both in what is reserved', [[300, 1]], [[310, 1]]],
    ['at one byte that is the same in every footer', [[300, 1]], [[300, 2]]],
    // the sum would be right with both, too, but no header is 4 TiB into a file
    ['so that two mixtures fit, of which one cannot be meant', [[18, 4]], [[68, 4]]],
    // biome-ignore format: one row
    ['two of the id in one, two in the other', [[70, 1], [71, 32]], [[80, 4], [81, 128]]],
  ])('%s', (_, end, copy) => {
    expect(voteFooter(hit(...end), hit(...copy))).toEqual(whole);
    expect(voteFooter(hit(...copy), hit(...end))).toEqual(whole);
  });

  it('one with its second half overwritten, the other with a bit flipped in its first', () => {
    const half = whole.slice();
    half.set(random(1).bytes(256), 256);
    expect(voteFooter(half, hit([70, 1]))).toEqual(whole);
  });
});

describe('nothing is made up', () => {
  it.each<[name: string, a: Uint8Array, b: Uint8Array]>([
    ['both are wrong in one byte', hit([70, 1]), hit([70, 2])],
    // one more here and one less there: the sum is right with both, and with neither
    ['two mixtures fit', hit([70, 1]), hit([68, 1])],
    ['both are damaged in the same way', hit([70, 1]), hit([70, 1])],
    ['both are zero', new Uint8Array(512), new Uint8Array(512)],
    ['one is gone', hit([70, 1]), random(2).bytes(512)],
  ])('%s', (_, a, b) => {
    expect(voteFooter(a, b)).toBeNull();
  });

  it('a fixed disk has no copy to vote with', async () => {
    const disk = fixed({ virtualSize: 64 * 1024, writes: [] });
    const at = disk.places.footerAt;
    const guests = flipBit(overwrite(disk, 0, readSparse(disk, at, 512)), 70);
    const { footer } = await readVhd(new SparseSource(flipBit(guests, at + 80)));
    expect(footer).toBeNull();
  });
});

describe('an image with two damaged footers that add up to one', () => {
  it('is read by it', async () => {
    const { footer, kind, virtualSize, bat } = await readVhd(new SparseSource(bothHit));
    expect({ place: footer?.place, bytes: footer?.bytes, kind, virtualSize, entries: bat?.entries.length }).toEqual({
      place: 'vote',
      bytes: whole,
      kind: 'dynamic',
      virtualSize: 5 * MIB,
      entries: 3,
    });
  });

  it('says so, and which field is damaged in each', async () => {
    const findings = await found(bothHit);
    expect(findings).toMatchObject([
      { code: 'footer.checksum', field: 'uniqueId', offset: footerAt + 68, repairs: ['footer-vote'] },
      { code: 'footer-copy.checksum', field: 'uniqueId', offset: 68, repairs: ['footer-vote'] },
    ]);
    for (const { message, prognosis } of findings) {
      expect(message).toContain('by which the image is read');
      expect(prognosis).toBe('no-loss');
    }
  });

  it('is checked on behind its footers', async () => {
    const codes = async (...args: Parameters<typeof lines>) =>
      (await lines(...args)).map((text) => text.split(' ')[1]).slice(2);
    expect(await codes(patchBatmap(bothHit, { cookie: 'tdxxxxxx' }))).toEqual(['batmap.cookie']);
    expect(await codes(zero(bothHit, headerAt!, 1024))).toEqual(['header.missing']);
    const orphan = child();
    const childHit = flipBit(flipBit(orphan, 70, 0), orphan.places.footerAt + 80, 2);
    expect(await codes(childHit)).toEqual([]);
  });

  it('has what both footers say wrongly said too', async () => {
    const wrong = patchFooter(image, { diskType: 1 }, 'both');
    const findings = await found(flipBit(flipBit(wrong, 70, 0), footerAt + 80, 2));
    expect(findings.map(({ code }) => code)).toEqual(['footer.checksum', 'footer-copy.checksum', 'footer.disk-type']);
  });

  it('has its header where the footers say, not where headers usually are', async () => {
    const far = dynamic({ headerAt: 1024 });
    const both = flipBit(flipBit(far, 70, 0), far.places.footerAt + 80, 2);
    const findings = await found(flipBit(both, 1024 + 900, 3));
    expect(findings.map(({ code, offset }) => [code, offset])).toContainEqual(['header.checksum', 1024 + 256 + 512]);
    expect(findings.map(({ code }) => code)).not.toContain('header.cookie');
  });
});
