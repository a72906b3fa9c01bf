import * as z from 'zod/mini';
import { EXPORT_FORMATS } from '../../core/export/formats.ts';
import { type Finding, REPAIR_STRATEGIES } from '../../core/findings/finding.ts';
import type { Signal } from '../../core/io/source.ts';
import type { ExplainedLine } from '../../core/vmfs/identifiers.ts';
import {
  type CallName,
  call,
  type EventName,
  event,
  type InputOf,
  type JobName,
  job,
  type OutputOf,
  type PartialOf,
  type PayloadOf,
  type ResultOf,
  typed,
} from './define.ts';
import type {
  Bookmark,
  ByteAnswer,
  CaseState,
  ChainSnapshot,
  CheckSummaryRow,
  CoalesceAnswer,
  CoalesceListRow,
  CoalesceResult,
  DiskDetail,
  ExportAnswer,
  ExportResult,
  FolderEntry,
  FoundBackup,
  HeaderBackupResult,
  HeaderPlanAnswer,
  HostInfo,
  ImageDetail,
  JobInfo,
  MapCell,
  OperationResult,
  OperationRow,
  PartitionsAnswer,
  PlanAnswer,
  RecentCase,
  RelinkAnswer,
  SafePlanRow,
  SafeResultRow,
  SavedPartition,
  SearchHit,
  TablePlanAnswer,
  VmfsAnswer,
} from './types.ts';

const path = z.string().check(z.minLength(1), z.maxLength(8192), z.regex(/^[^\0]*$/, 'no zero bytes'));
const offset = z.number().check(z.int(), z.nonnegative(), z.lte(Number.MAX_SAFE_INTEGER));
const count = offset;
const nothing = z.object({});
const jobId = z.string().check(z.maxLength(64));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** Bytes answered in one call at most. */
export const MAX_READ = 4 * 1024 * 1024;

/** Bytes at each end of a dropped file that are hashed to find it again. */
export const DROP_PROBE = 64 * 1024;

/**
 * A file's own bytes, or the guest's disk of the chain that ends in it; with `window` that stretch alone, as a disk of its own
 * whose offsets begin at 0: a partition is one.
 */
const target = z.object({
  space: z.enum(['file', 'guest']),
  path,
  window: z.optional(z.object({ at: offset, length: count })),
});

const pattern = z.discriminatedUnion('kind', [
  /** Text, looked for in each of the encodings. */
  z.object({
    kind: z.literal('text'),
    text: z.string().check(z.minLength(1), z.maxLength(4096)),
    encodings: z.array(z.enum(['ascii', 'utf8', 'utf16le', 'utf16be'])),
    ignoreCase: z.boolean(),
  }),
  /** Hex digits with `?` for any nibble: "63 6f ?? 65". */
  z.object({ kind: z.literal('hex'), hex: z.string().check(z.minLength(2), z.maxLength(8192)) }),
  /** A regular expression over bytes as Latin-1; matches are at most 4 KiB long. */
  z.object({
    kind: z.literal('regex'),
    source: z.string().check(z.minLength(1), z.maxLength(4096)),
    ignoreCase: z.boolean(),
  }),
]);

const space = z.enum(['file', 'guest']);

const planId = z.string().check(z.maxLength(64));

/** Where a plan is applied: to a new file, or to the image itself after the user has unlocked that. */
const writeTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copy'), output: path }),
  z.object({ kind: z.literal('in-place') }),
]);

/** Where a coalesce goes: to a new file, or into the parent itself. */
const foldTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copy'), output: path }),
  /** `removeChild`: into the journal, when all was read back; undo brings it back. */
  z.object({ kind: z.literal('in-place'), relinkChildren: z.boolean(), removeChild: z.boolean() }),
]);

const exportFormat = z.enum(EXPORT_FORMATS);

/**
 * Everything a page can ask of its host. Offsets and sizes are safe integers in bytes; paths are absolute paths of the
 * host. Failures arrive as PlatterError.
 */
export const contract = {
  'host.info': call(nothing, typed<HostInfo>()),

  /** Opens files and folders as the case (`add`: beside what is open). Folders are read below too. */
  'evidence.openPath': call(
    z.object({ paths: z.array(path).check(z.minLength(1), z.maxLength(10_000)), add: z.boolean() }),
    typed<CaseState>(),
  ),
  /** A browser's dropped file, found again under the served folders; null when it is not there. */
  'evidence.matchDropped': call(
    z.object({ name: path, size: count, headSha256: sha256, tailSha256: sha256 }),
    typed<{ path: string | null }>(),
  ),
  /** Builds the sample storage repository in Platter's own state folder and opens it. */
  'evidence.openSample': call(nothing, typed<CaseState>()),
  'evidence.close': call(nothing, typed<CaseState>()),
  'evidence.recent': call(nothing, typed<{ recent: RecentCase[] }>()),
  'evidence.forgetRecent': call(nothing, typed<{ recent: RecentCase[] }>()),
  /** Reads the opened folders again. */
  'evidence.reload': call(nothing, typed<CaseState>()),

  /** The system's dialog; empty when dismissed. Only where `dialogs` is true. */
  'files.choose': call(z.object({ kind: z.enum(['files', 'folder']) }), typed<{ paths: string[] }>()),
  /** A folder's content for the page's own dialog; null asks for the served folders. */
  'files.list': call(
    z.object({ folder: z.nullable(path) }),
    typed<{ folder: string | null; parent: string | null; entries: FolderEntry[] }>(),
  ),

  'case.state': call(nothing, typed<CaseState>()),
  'chains.snapshot': call(nothing, typed<ChainSnapshot>()),

  'image.detail': call(z.object({ path }), typed<ImageDetail>()),
  'image.findings': call(z.object({ path, chain: z.boolean() }), typed<{ findings: Finding[] }>()),
  /** What `vhd-util check` prints of the image, with its exit code. */
  'image.vhdUtilCheck': call(z.object({ path }), typed<{ exitCode: number; text: string }>()),

  'disk.detail': call(z.object({ path }), typed<DiskDetail>()),
  /** Cells for blocks [from, to), `per` blocks a cell; at most 20,000 cells. */
  'disk.map': call(
    z.object({ path, from: count, to: count, per: count.check(z.positive()) }),
    typed<{ cells: MapCell[] }>(),
  ),
  /** Runs of a guest range of at most 256 MiB. */
  'disk.runs': call(z.object({ path, at: offset, length: count }), typed<{ runs: ByteAnswer['runs'] }>()),

  /** Partition table and file systems; null `sectorSize`: what the table shows. A missing parent's stretches read as zeros. */
  'disk.partitions': call(
    z.object({ path, sectorSize: z.nullable(count.check(z.gte(512), z.lte(65_536))) }),
    typed<PartitionsAnswer>(),
  ),

  'bytes.read': call(z.object({ target, at: offset, length: count.check(z.lte(MAX_READ)) }), typed<ByteAnswer>()),

  'bookmarks.list': call(z.object({ path: z.nullable(path) }), typed<{ bookmarks: Bookmark[] }>()),
  'bookmarks.save': call(
    z.object({
      id: z.nullable(z.string()),
      path,
      space,
      at: offset,
      length: count,
      note: z.string().check(z.maxLength(4096)),
    }),
    typed<Bookmark>(),
  ),
  'bookmarks.remove': call(z.object({ id: z.string() }), typed<{ removed: boolean }>()),

  /** Plans a repair; null strategies: the recommended ones. Nothing is written. */
  'repair.plan': call(
    z.object({ path, strategies: z.nullable(z.array(z.enum(REPAIR_STRATEGIES))) }),
    typed<PlanAnswer>(),
  ),
  /** What folding an image into its parent (or `into`, an ancestor) would move, and what stands against it. Nothing is written. */
  'coalesce.plan': call(z.object({ path, into: z.nullable(path) }), typed<CoalesceAnswer>()),
  /** What exporting the guest's disk of an image would take; a missing parent is said, not refused. */
  'export.plan': call(z.object({ path }), typed<ExportAnswer>()),
  /**
   * Plans pointing a child at its parent; null `parent`: the only candidate with the right id. `output`: the changed copy, whose
   * folder the new locators start from. Applied with `repair.apply`. Nothing is written.
   */
  'relink.plan': call(
    z.object({
      path,
      parent: z.nullable(path),
      search: z.array(path).check(z.maxLength(64)),
      output: z.nullable(path),
      /** Typed reason for a parent whose id is another; the log keeps it. */
      reason: z.nullable(z.string().check(z.maxLength(2000))),
    }),
    typed<RelinkAnswer>(),
  ),
  /** Header backups in a folder that can be of a disk, the likeliest first: those of its size. Empty where the folder is not there. */
  'headers.list': call(z.object({ path, folder: path }), typed<{ backups: FoundBackup[] }>()),
  /** Explains vml paths, device names, volume ids and lines that list them. */
  'vml.explain': call(z.object({ text: z.string().check(z.maxLength(65_536)) }), typed<{ lines: ExplainedLine[] }>()),

  'operations.list': call(z.object({ path: z.nullable(path) }), typed<{ operations: OperationRow[] }>()),

  'jobs.list': call(nothing, typed<{ jobs: JobInfo[] }>()),
  'jobs.cancel': call(z.object({ job: jobId }), typed<{ cancelling: boolean }>()),
  /** Takes an ended job off the list. */
  'jobs.dismiss': call(z.object({ job: jobId }), typed<{ dismissed: boolean }>()),

  /** Search from `from` to the end of the target (or `to`), hits as partial results, at most `limit`. */
  'bytes.search': job(
    z.object({ target, pattern, from: offset, to: z.nullable(offset), limit: count }),
    typed<{ hits: number; capped: boolean; skippedHoles: number }>(),
    typed<SearchHit>(),
  ),
  /** Hashes of a range; holes are refused. */
  'bytes.hash': job(
    z.object({ target, at: offset, length: z.nullable(count), algorithms: z.array(z.enum(['sha256', 'sha1', 'md5'])) }),
    typed<{ size: number; digests: Record<string, string> }>(),
  ),
  /** Checks images of the case (null: all of them) in parallel; one partial result an image. */
  'findings.check': job(
    z.object({ paths: z.nullable(z.array(path)), deep: z.boolean(), chain: z.boolean() }),
    typed<{ images: number; healthy: number; errors: number; warnings: number }>(),
    typed<CheckSummaryRow>(),
  ),
  /**
   * VMFS volumes of disks: of one, or of all LUNs that a spanned volume may be on. `presented` is what a host is shown (a
   * vml path, a device's name, lines of a listing, or an exported SMF XML), to be compared with the headers; `lun` goes with
   * names that have none. Every sector is looked at where no volume is in its place, or with `everySector`.
   */
  'vmfs.volumes': job(
    z.object({
      paths: z.array(path).check(z.minLength(1), z.maxLength(64)),
      presented: z.nullable(z.string().check(z.maxLength(1_048_576))),
      lun: z.nullable(count.check(z.lte(0xffff))),
      everySector: z.boolean(),
    }),
    typed<VmfsAnswer>(),
  ),
  /** Reads folders into the case; started by the host itself. */
  'evidence.scan': job(z.object({ paths: z.array(path) }), typed<{ images: number }>()),

  /** Applies a plan the host keeps. Not cancelled once it writes. */
  'repair.apply': job(z.object({ planId, target: writeTarget, acceptLoss: z.boolean() }), typed<OperationResult>()),
  /**
   * Plans a partition table from what stands on a raw disk; it may have to look at every sector. Applied with `repair.apply`.
   * Nothing is written.
   */
  'table.plan': job(z.object({ path, label: z.enum(['auto', 'mbr', 'gpt']) }), typed<TablePlanAnswer>()),
  /** Plans for every image of the case that has findings; one partial result an image. */
  'repair.planAll': job(nothing, typed<{ images: number; safe: number }>(), typed<SafePlanRow>()),
  /** Applies plans that lose nothing, one after another; others among them are refused. */
  'repair.applyAll': job(
    z.object({ planIds: z.array(planId), target: z.enum(['copy', 'in-place']) }),
    typed<{ applied: number; failed: number }>(),
    typed<SafeResultRow>(),
  ),
  /** Hidden parents of the case with one child: what folding it into them frees and costs; one partial result a pair. */
  'coalesce.list': job(nothing, typed<{ pairs: number }>(), typed<CoalesceListRow>()),
  /** Folds an image into an ancestor, and proves it. Cancelled, everything is as it was. */
  'coalesce.run': job(
    z.object({ path, into: z.nullable(path), target: foldTarget, prove: z.boolean() }),
    typed<CoalesceResult>(),
  ),
  /** Writes the guest's disk of a chain as one new image. `holes`: a missing parent's stretches as zeros, listed. */
  'export.run': job(
    z.object({
      path,
      output: path,
      format: exportFormat,
      flavour: z.enum(['xenserver', 'hyperv']),
      azure: z.boolean(),
      holes: z.boolean(),
      hash: z.boolean(),
    }),
    typed<ExportResult>(),
  ),
  /** Writes one partition to a new file: sparse, hashed, read back. `holes`: a missing parent's stretches as zeros, listed. */
  'partition.save': job(
    z.object({ path, partition: count, sectorSize: z.nullable(count), output: path, holes: z.boolean() }),
    typed<SavedPartition>(),
  ),
  /**
   * Copies a raw disk's partition table and VMFS headers into a folder of their own below `folder`; `keep`: how many backups of
   * this disk stay there, null for all.
   */
  'headers.backup': job(
    z.object({
      path,
      folder: path,
      keep: z.nullable(z.union([z.literal('gfs'), count.check(z.positive(), z.lte(10_000))])),
    }),
    typed<HeaderBackupResult>(),
  ),
  /**
   * Plans to write a header backup back: `backup` is its folder, or a file with the first sectors of the disk. It is read as a
   * whole. Applied with `repair.apply`. Nothing is written.
   */
  'headers.plan': job(z.object({ path, backup: path }), typed<HeaderPlanAnswer>()),
  'operations.undo': job(z.object({ operation: z.string().check(z.maxLength(128)) }), typed<{ notes: string[] }>()),
  'operations.resume': job(z.object({ path }), typed<{ notes: string[] }>()),
  'operations.rollback': job(z.object({ path }), typed<{ notes: string[] }>()),

  'case.changed': event(typed<CaseState>()),
  /** Jobs whose state or progress changed, at most ten times a second. */
  'jobs.changed': event(typed<{ jobs: JobInfo[] }>()),
  /** The host asks the page to show something: a menu command, a file opened from the desktop. */
  'host.command': event(
    typed<{ command: 'open-files' | 'open-folder' | 'find' | 'go-to' | 'toggle-inspector' | 'about' }>(),
  ),
} as const;

export type Contract = typeof contract;
export type Calls = CallName<Contract>;
export type Jobs = JobName<Contract>;
export type Events = EventName<Contract>;
export type Input<N extends Calls | Jobs> = InputOf<Contract[N]>;
export type Output<N extends Calls> = OutputOf<Contract[N]>;
export type Result<N extends Jobs> = ResultOf<Contract[N]>;
export type Partial<N extends Jobs> = PartialOf<Contract[N]>;
export type Payload<N extends Events> = PayloadOf<Contract[N]>;

export type Target = z.output<typeof target>;
export type SearchPattern = z.output<typeof pattern>;

/** What a page holds: calls, jobs and events over some pipe. */
export interface Client {
  call<N extends Calls>(name: N, input: Input<N>, signal?: AbortSignalLike): Promise<Output<N>>;
  /** Starts a job and answers its id; its state comes with `jobs.changed`. */
  start<N extends Jobs>(name: N, input: Input<N>): Promise<string>;
  /** Waits for a job's end. @throws PlatterError the job's failure; cancelled. */
  result<N extends Jobs>(name: N, job: string): Promise<Result<N>>;
  /** Partial results from number `from` on. */
  partials<N extends Jobs>(name: N, job: string, from: number): Promise<Partial<N>[]>;
  /** Calls back at each event; answers how to stop. */
  on<N extends Events>(name: N, listener: (payload: Payload<N>) => void): () => void;
  /** Whether the pipe is up; a client reconnects by itself where the transport can. */
  onConnection(listener: (state: 'connected' | 'lost') => void): () => void;
  close(): void;
}

/** What an AbortSignal offers that a client needs. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What the host implements: a function for every call; `signal` is raised when nobody waits for the answer. Jobs are run by app/jobs. */
export type Handlers = { [N in Calls]: (input: Input<N>, signal: Signal) => Output<N> | Promise<Output<N>> };
