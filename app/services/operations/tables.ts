import type { Input } from '../../contract/contract.ts';
import type { FoundBackup, HeaderBackupResult, HeaderPlanAnswer, TablePlanAnswer } from '../../contract/types.ts';
import type { JobContext } from '../../jobs/jobs.ts';
import type { Desk, DeskParts } from './desk.ts';
import { backupHeaders } from './headers/backup.ts';
import { findBackups } from './headers/find.ts';
import { planRestoreOf } from './headers/restore.ts';
import { planRebuildOf } from './rebuild.ts';

/** Partition tables and header backups for pages: planned here, and kept, applied and undone by the desk. */
export class Tables {
  readonly #parts: DeskParts;
  readonly #desk: Desk;

  constructor(parts: DeskParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
  }

  async plan({ path: image, label }: Input<'table.plan'>, context: JobContext<never>): Promise<TablePlanAnswer> {
    // a path the host may not open is not planned for: its file system refuses it
    await this.#parts.files.info(image);
    const { plan, rebuild } = await planRebuildOf(image, this.#parts.env, {
      label,
      signal: context.flag,
      progress: (done, total) => context.progress('Looking for headers', done, total, 'bytes'),
    });
    return {
      planId: this.#desk.keep(plan),
      plan,
      suggestedOutput: await this.#desk.freeName(image, 'rebuilt'),
      rebuild,
    };
  }

  async backup(
    { path: image, folder, keep }: Input<'headers.backup'>,
    context: JobContext<never>,
  ): Promise<HeaderBackupResult> {
    // paths the host may not open are neither read nor written to: its file system refuses them
    await this.#parts.files.info(image);
    await this.#parts.files.info(folder);
    const backup = await backupHeaders(image, this.#parts.env, {
      to: folder,
      ...(keep !== null && { keep }),
      signal: context.flag,
      progress: (done, total) => context.progress('Copying headers', done, total, 'bytes'),
    });
    const regions = backup.manifest.regions.map(({ offset, length, holds }) => ({ offset, length, holds }));
    return { folder: backup.folder, regions, removed: backup.removed };
  }

  backups({ path: image, folder }: Input<'headers.list'>): Promise<FoundBackup[]> {
    return findBackups(folder, image, this.#parts.files);
  }

  async planRestore(
    { path: image, backup }: Input<'headers.plan'>,
    context: JobContext<never>,
  ): Promise<HeaderPlanAnswer> {
    await this.#parts.files.info(image);
    await this.#parts.files.info(backup);
    const { plan, time, parts } = await planRestoreOf(backup, image, this.#parts.env, context.flag);
    return {
      planId: this.#desk.keep(plan),
      plan,
      suggestedOutput: await this.#desk.freeName(image, 'restored'),
      time,
      parts,
    };
  }
}
