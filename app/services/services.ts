import path from 'node:path';
import { readLog } from '../../core/apply/log.ts';
import { type PlatterError, refusal } from '../../core/errors.ts';
import { nodeFiles } from '../../core/io/node/files.ts';
import { explainLines } from '../../core/vmfs/identifiers.ts';
import type { Handlers } from '../contract/contract.ts';
import type { HostInfo } from '../contract/types.ts';
import { JobService } from '../jobs/jobs.ts';
import type { Pool } from '../jobs/pool.ts';
import type { Host } from '../rpc/serve.ts';
import { Bookmarks } from './bookmarks.ts';
import { Case } from './case.ts';
import { jobCatalogue } from './catalogue.ts';
import { confinedFiles } from './confined.ts';
import { Disks } from './disks.ts';
import { EventBus } from './events.ts';
import { Evidence } from './evidence.ts';
import { Images } from './images.ts';
import { copiesOf } from './known-copies.ts';
import { Desk, type DeskParts } from './operations/desk.ts';
import { applyEnvironment, confinedEnvironment } from './operations/environment.ts';
import { Folds } from './operations/folds.ts';
import { Partitions } from './operations/save-partition.ts';
import { Tables } from './operations/tables.ts';
import { Recent } from './recent.ts';
import { buildSample } from './sample/sample.ts';

/** What differs from host to host. */
export interface HostParts {
  host: HostInfo['host'];
  version: string;
  /** Folders that may be opened; null for all. */
  served: string[] | null;
  pool: Pool;
  /** Where settings, bookmarks and the sample are kept; see stateFolder(). */
  state: string;
  /** Bugs, and settings that could not be read. */
  log(message: string, error?: PlatterError): void;
  /** The system's own dialogs, where there are any. */
  choose?: (kind: 'files' | 'folder') => Promise<string[]>;
  /** What `vhd-util check` prints of an image. */
  vhdUtilCheck?: (
    path: string,
    visible: (path: string) => Promise<boolean>,
  ) => Promise<{ exitCode: number; text: string }>;
}

/** Everything a host serves to its pages. */
export interface Services extends Host {
  events: EventBus;
  jobs: JobService;
  /** Stops jobs and threads and closes files. */
  close(): Promise<void>;
}

export function createServices(parts: HostParts): Services {
  const sample = path.join(parts.state, 'sample');
  const served = parts.served === null ? null : [...parts.served, sample];
  const files = served === null ? nodeFiles : confinedFiles(nodeFiles, served);
  const announce = (message: string): void => parts.log(message);
  const events = new EventBus();
  const whole = applyEnvironment(parts.state);
  const env = served === null ? whole : confinedEnvironment(whole, served);
  const opened = new Case(
    files,
    parts.pool,
    served,
    () => events.emit('case.changed', opened.state()),
    async () => copiesOf((await readLog(env)).entries),
  );
  const disks = new Disks(files, opened);
  const images = new Images(opened, parts.pool, served);
  const recent = new Recent(parts.state, announce);
  const bookmarks = new Bookmarks(parts.state, announce);
  const deskParts: DeskParts = {
    env,
    files,
    troubled: () => opened.troubled(),
    async changed(paths, context) {
      await disks.close();
      await opened.refresh(paths, context);
      await disks.close();
    },
  };
  const desk = new Desk(deskParts);
  const partitions = new Partitions(deskParts, opened, disks);
  const folds = new Folds(deskParts, opened, desk);
  const tables = new Tables(deskParts, desk);
  const log = (error: PlatterError): void => parts.log(error.stack ?? error.message, error);
  const jobs = new JobService(
    jobCatalogue({ opened, disks, images, desk, partitions, folds, tables, pool: parts.pool, served }),
    (changed) => events.emit('jobs.changed', { jobs: changed }),
    log,
  );
  const evidence = new Evidence({ files, served: parts.served, opened, disks, jobs, recent });

  const openSample = async (): Promise<ReturnType<Case['state']>> => {
    const { folder } = await buildSample(sample);
    return evidence.open({ paths: [folder], add: false });
  };

  const handlers: Handlers = {
    'host.info': () => ({
      host: parts.host,
      version: parts.version,
      platform: process.platform,
      servedFolders: parts.served,
      dialogs: parts.choose !== undefined,
    }),
    'evidence.openPath': (input) => evidence.open(input),
    'evidence.matchDropped': async (input) => ({ path: await evidence.match(input) }),
    'evidence.openSample': openSample,
    'evidence.close': () => evidence.close(),
    'evidence.recent': async () => ({ recent: await recent.list() }),
    'evidence.forgetRecent': async () => {
      await recent.forget();
      return { recent: [] };
    },
    'evidence.reload': () => evidence.reload(),
    'files.choose': async ({ kind }) => {
      if (!parts.choose) throw refusal('unsupported', 'This host has no dialogs of its own.');
      return { paths: await parts.choose(kind) };
    },
    'files.list': ({ folder }) => evidence.list(folder),
    'case.state': () => opened.state(),
    'chains.snapshot': () => images.snapshot(),
    'image.detail': ({ path: file }) => images.detail(file),
    'image.findings': async (input) => ({ findings: await images.findings(input) }),
    'image.vhdUtilCheck': async ({ path: file }) => {
      if (!parts.vhdUtilCheck) throw refusal('unsupported', 'This host has no vhd-util face.');
      if ((await files.info(file)) === null)
        throw refusal('not-found', `${file}: there is no such file.`, { path: file });
      return parts.vhdUtilCheck(file, async (named) => {
        return files.info(named).then(
          () => true,
          () => false,
        );
      });
    },
    'disk.detail': ({ path: file }, signal) => disks.detail(file, signal),
    'disk.map': async (input, signal) => ({ cells: await disks.map(input, signal) }),
    'disk.runs': async (input, signal) => ({ runs: await disks.runs(input, signal) }),
    'disk.partitions': (input, signal) => partitions.list(input, signal),
    'bytes.read': (input, signal) => disks.read(input, signal),
    'bookmarks.list': async ({ path: file }) => ({ bookmarks: await bookmarks.list(file) }),
    'bookmarks.save': (input) => bookmarks.save(input),
    'bookmarks.remove': async ({ id }) => ({ removed: await bookmarks.remove(id) }),
    'repair.plan': (input) => desk.plan(input),
    'coalesce.plan': (input, signal) => folds.planCoalesce(input, signal),
    'export.plan': (input, signal) => folds.planExport(input, signal),
    'relink.plan': (input, signal) => folds.planRelink(input, signal),
    'headers.list': async (input) => ({ backups: await tables.backups(input) }),
    'vml.explain': ({ text }) => ({ lines: explainLines(text) }),
    'operations.list': async ({ path: file }) => ({ operations: await desk.list(file) }),
    'jobs.list': () => ({ jobs: jobs.list() }),
    'jobs.cancel': ({ job }) => ({ cancelling: jobs.cancel(job) }),
    'jobs.dismiss': ({ job }) => ({ dismissed: jobs.dismiss(job) }),
  };

  return {
    handlers,
    jobs,
    events,
    onEvent: (listener) => events.on(listener),
    log,
    async close() {
      await jobs.close();
      await disks.close();
      await parts.pool.close();
    },
  };
}
