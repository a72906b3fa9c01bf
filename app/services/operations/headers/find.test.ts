import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrashFiles } from '../../../../core/testing/crash-files.ts';
import { diskOf, putBootRecord } from '../../../../core/testing/partitions.ts';
import type { HeaderBackupResult, HeaderPlanAnswer } from '../../../contract/types.ts';
import { MIB, open, Place, run, STILL } from '../../testing/place.ts';
import { findBackups } from './find.ts';

function disk(size = 4 * MIB) {
  const image = diskOf(size / 512);
  putBootRecord(image, [{ slot: 1, type: 0x83, start: 2048, sectors: 4096 }]);
  return image.image();
}

describe('header backups for a page', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  it('are listed by the disk they can be of, and planned', async () => {
    await place.put('lun.raw', disk());
    await place.put('same-size.raw', disk());
    await place.put('larger.raw', disk(5 * MIB));
    const services = place.services();
    await open(services, [place.evidence]);
    const folder = place.at('headers');
    const made: string[] = [];
    for (const name of ['lun.raw', 'same-size.raw', 'larger.raw']) {
      const { result } = await run(services, 'headers.backup', { path: place.at(name), folder, keep: null });
      made.push((result as HeaderBackupResult).folder);
    }
    const path = place.at('lun.raw');
    const { backups } = await services.handlers['headers.list']({ path, folder }, STILL);
    expect(backups.map((one) => [one.path, one.samePath])).toEqual([
      [made[0], true],
      [made[1], false],
    ]);
    expect(backups[0]).toMatchObject({ table: 'mbr', volumes: 0, bytes: 34 * 512 + 33 * 512 });

    const { result } = await run(services, 'headers.plan', { path, backup: made[0]! });
    expect(result).toMatchObject({ plan: { steps: [], target: path }, suggestedOutput: place.at('lun.restored.raw') });
    expect((result as HeaderPlanAnswer).parts.map(({ differs }) => differs)).toEqual([0, 0]);
    // what the host may not open is not told about
    await expect(run(services, 'headers.plan', { path, backup: place.outside })).rejects.toMatchObject({
      kind: 'refusal',
    });
  });
});

it('nothing is found where there is no folder, and no folder without its manifest', async () => {
  const files = new CrashFiles().put('/lun', new Uint8Array(MIB));
  expect(await findBackups('/nowhere', '/lun', files)).toEqual([]);
  files.put('/headers/lun-20261121T031500Z/0+17408.bin', new Uint8Array(17408));
  expect(await findBackups('/headers', '/lun', files)).toEqual([]);
});
