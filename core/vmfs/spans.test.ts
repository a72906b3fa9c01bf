import { describe, expect, it } from 'vitest';
import { SparseSource } from '../testing/sparse-source.ts';
import { type VmfsSpec, vmfsDisk, vmfsIds } from '../testing/vmfs.ts';
import { joinSpans } from './spans.ts';
import { readVolumes } from './volumes.ts';

const PE = 256 * 1024 * 1024;
/** Room for this many extents. */
const room = (extents: number): number => extents * PE + 17 * 1024 * 1024;

async function volumesOf(index: number, firstPE: number, extents: number) {
  const spec: VmfsSpec = {
    start: 2048 * 512,
    totalBytes: room(extents),
    label: 'spanned',
    extent: { devices: 3, firstPE, index },
  };
  const image = vmfsDisk(spec, { size: room(extents) + 2048 * 512 });
  return (await readVolumes(new SparseSource(image), { search: 'never' })).volumes;
}

describe('joinSpans', () => {
  it('puts the extents of a volume together, in whatever order they are given', async () => {
    const disks = await Promise.all([volumesOf(1, 4, 6), volumesOf(2, 10, 3), volumesOf(0, 0, 4)]);
    const [span] = joinSpans(disks);
    expect(span).toMatchObject({
      uuid: vmfsIds().volume,
      label: 'spanned',
      numDevices: 3,
      complete: true,
      missing: [],
    });
    expect(span?.extents.map(({ disk }) => disk)).toEqual([2, 0, 1]);
    expect(disks.flat().flatMap(({ findings }) => findings)).toEqual([]);
  });

  it('says which part is missing, on each extent that is here', async () => {
    const disks = await Promise.all([volumesOf(0, 0, 4), volumesOf(2, 10, 3)]);
    const [span] = joinSpans(disks);
    expect(span).toMatchObject({ complete: false, missing: [{ first: 4n, last: 9n }] });
    expect(disks.flat().map(({ findings }) => findings.map(({ code }) => code))).toEqual([
      ['vmfs.extent-missing'],
      ['vmfs.extent-missing'],
    ]);
  });

  it('misses the last extent by the count of devices, and takes a copy for no other device', async () => {
    const disks = await Promise.all([volumesOf(0, 0, 4), volumesOf(1, 4, 6), volumesOf(1, 4, 6)]);
    expect(joinSpans(disks)).toMatchObject([{ complete: false, missing: [] }]);
  });
});
