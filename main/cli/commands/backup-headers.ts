import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { backupHeaders, type HeaderBackup } from '../../../app/services/operations/headers/backup.ts';
import { cancelled } from '../../../core/errors.ts';
import type { Keep } from '../../../core/headers/retention.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { command, EXIT, UsageError } from '../command.ts';
import { parseCount } from '../numbers.ts';
import { safe } from '../output.ts';

interface BackupOptions {
  to: string;
  keep: Keep;
}

export const backupHeadersCommand = command<BackupOptions>({
  name: 'backup-headers',
  summary: 'save the table and VMFS headers of disks',
  description:
    'Copies what a disk cannot be mounted without into a folder of its own beneath --to: the table, headers and metadata of VMFS\n' +
    'volumes, and the last 33 sectors, with a manifest and hashes. The disk is only read, and nothing is overwritten. --keep takes older\n' +
    'backups of the same disk away; gfs keeps 7 days, 4 weeks and 12 months.',
  arguments: [{ name: '<image...>', help: 'raw images or block devices' }],
  options: [
    { flags: '--to <folder>', help: 'where backups go; made when it is not there' },
    { flags: '--keep <number|gfs>', help: 'how many backups of a disk are kept; all by default', parse: parseKeep },
  ],
  exits: { 0: 'all are saved', 3: 'refused: an image is not there, or no raw disk' },
  examples: ['platter backup-headers /dev/sdf --to /srv/headers --keep gfs'],
  async run(images, { to, keep }, context) {
    const { files, out, json, signal, progress } = context;
    if (to === undefined) throw new UsageError('Say --to FOLDER.');
    const done: HeaderBackup[] = [];
    let rc: number = EXIT.ok;
    for (const image of images) {
      if (signal.aborted) throw cancelled();
      try {
        const backup = await backupHeaders(files.resolve(image), applyEnvironment(), {
          to: files.resolve(to),
          keep,
          signal,
          progress: (at, total) => progress.tell(`Save headers of ${image}`, at, total, 'bytes'),
        });
        progress.clear();
        done.push(backup);
        if (json) continue;
        const { folder, manifest, removed } = backup;
        await out.line(out.style('bold', safe(folder)));
        for (const { offset, length, holds } of manifest.regions)
          await out.line(`  ${offset}  ${formatBytes(length)}  ${holds.join(', ')}`);
        for (const old of removed) await out.line(`  taken away: ${safe(old)}`);
      } catch (thrown) {
        // one disk that is gone is no reason to leave the others without a backup
        progress.clear();
        rc = Math.max(rc, await context.report(thrown));
      }
    }
    if (json)
      await out.json({
        schema: 'platter.backup-headers/1',
        backups: done.map(({ folder, manifest: { disk, regions, article }, removed }) => ({
          folder,
          disk,
          regions,
          article,
          removed,
        })),
      });
    return rc;
  },
});

function parseKeep(text: string): Keep {
  if (text === 'gfs') return text;
  const count = parseCount(text);
  if (count < 1) throw new UsageError('At least one backup is kept.');
  return count;
}
