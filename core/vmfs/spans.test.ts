import { describe, expect, it } from 'vitest';
import { SparseSource } from '../testing/sparse-source.ts';
import { type VmfsSpec, vmfsDisk, vmfsIds } from '../testing/vmfs.ts';
import { joinSpans } from './spans.ts';
import { readVolumes } from './volumes.ts';

const PE = 256 * 1024 * 1024;
/** Room for this many extents. */
const room = (extents: number): number => extents * PE + 17 * 1024 * 1024;

async function volumesOf(index: number, firstPE: number, extents: number, version: 5 | 6 = 5) {
  const spec: VmfsSpec = {
    start: 2048 * 512,
    totalBytes: room(extents),
    label: 'spanned',
    version,
    extent: { devices: 3, firstPE, index, total: 13 },
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
    expect(joinSpans(disks)).toMatchObject([{ complete: false, missing: [{ first: 10n, last: 12n }] }]);
  });

  it('knows by the size of the volume what its head alone lacks, where extents have one length', async () => {
    const disks = [await volumesOf(0, 0, 4)];
    expect(joinSpans(disks)).toMatchObject([{ complete: false, missing: [{ first: 4n, last: 12n }] }]);
    expect(disks.flat().flatMap(({ findings }) => findings.map(({ message }) => message))).toEqual([
      'The volume “spanned” spans 3 devices, and only this one is here. Missing: physical extents 4 to 12.',
    ]);
    expect(joinSpans([await volumesOf(0, 0, 4, 6)])).toMatchObject([{ complete: false, missing: [] }]);
  });
});
