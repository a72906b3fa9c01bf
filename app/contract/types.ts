import type { LogEntry } from '../../core/apply/log.ts';
import type { ParentCandidate, ParentVerdict } from '../../core/chain/parents.ts';
import type { ErrorData } from '../../core/errors.ts';
import type { Extent, Finding, Severity } from '../../core/findings/finding.ts';
import type { ImageFormat } from '../../core/image.ts';
import type { DiskLayout } from '../../core/partitions/disk.ts';
import type { Plan } from '../../core/plans/plan.ts';
import type { Proposal } from '../../core/plans/table/propose.ts';
import type { VmfsDiskSummary, VmfsSpanSummary } from '../../core/vmfs/summary.ts';

/** What the host is and may do; fixed while it runs. */
export interface HostInfo {
  host: 'electron' | 'web';
  version: string;
  platform: string;
  /** Folders this host may open; null when it may open any (the desktop window). */
  servedFolders: string[] | null;
  /** The system's own open dialogs are there; else the page browses with `files.list`. */
  dialogs: boolean;
}

/** A file or folder the case was opened with. */
export interface CaseRoot {
  path: string;
  name: string;
  kind: 'file' | 'folder';
}

/** What is open. The host owns it; `rev` grows with each change. */
export interface CaseState {
  rev: number;
  /** Name of the folder or image; empty when nothing is open. */
  name: string;
  roots: CaseRoot[];
  images: number;
  errors: number;
  warnings: number;
  /** Job that is still reading the folders; null when the trees are complete. */
  scanning: string | null;
}

/** One image of the case, as the chain table and the chain picture show it. */
export interface ChainRow {
  /** Absolute path: the row's id. */
  path: string;
  name: string;
  /** Folder relative to the root it was opened with; empty at the top. */
  folder: string;
  /** Path of the row it hangs under; null for a root. */
  parent: string | null;
  depth: number;
  role: 'base' | 'parent' | 'leaf' | 'raw' | 'other';
  format: ImageFormat;
  /** What a foreign file is: "a QCOW2 image". */
  foreign: string | null;
  kind: 'fixed' | 'dynamic' | 'differencing' | null;
  id: string | null;
  virtualSize: number | null;
  fileSize: number;
  diskBytes: number;
  allocatedBytes: number;
  blocks: { total: number; allocated: number } | null;
  hidden: boolean;
  savedState: boolean;
  /** Milliseconds since 1970. */
  modified: number;
  /** ISO 8601 UTC. */
  created: string | null;
  /** How its parent was found; null for a base. */
  verdict: ParentVerdict | null;
  /** Name of the parent as the child knows it; null for a base. */
  parentName: string | null;
  errors: number;
  warnings: number;
  /** Gravest finding's code and first sentence; null when there is none above info. */
  worst: { code: string; severity: Severity; message: string } | null;
}

export interface ChainProblem {
  path: string;
  code: string;
  message: string;
}

export interface ChainSnapshot {
  rev: number;
  /** Depth-first, parents before children, roots by name. */
  rows: ChainRow[];
  problems: ChainProblem[];
}

/** A structure of an image as listed beside the hex view, in file order. */
export interface StructurePart {
  /** Unique in the image: `footer`, `copy`, `header`, `locator-1`, `bat`, `batmap`, `blocks`, `gap-0x600`, `mbr` … */
  id: string;
  title: string;
  /** Table that decodes it, as `vhd.footer`; null for tables of numbers, texts, blocks and gaps. */
  structure: string | null;
  kind: 'structure' | 'table' | 'text' | 'bitmap' | 'blocks' | 'gap';
  at: number;
  length: number;
  /** Worst finding inside; `ok` when there is none above info. `missing` where it belongs but is not. */
  state: 'ok' | Severity | 'missing';
  /** "241 of 10,240 blocks allocated"; null when the title says it all. */
  note: string | null;
}

/** Everything the Overview and Structures tabs start from. */
export interface ImageDetail {
  row: ChainRow;
  /** Label and value pairs in reading order; `copy` is what is copied, `title` the exact value on hover. */
  facts: { label: string; value: string; title: string | null; mono: boolean }[];
  parts: StructurePart[];
  /** Which footer reads, as file offset; null when none. */
  footerAt: number | null;
  blockSize: number | null;
  bitmapBytes: number;
  dataEnd: number | null;
  findings: Finding[];
  /** Rules that were run, by structure, with a short result: what the Overview's Checks list shows. */
  checks: { title: string; state: 'ok' | Severity; text: string; part: string | null }[];
  candidates: ParentCandidate[];
  /** Opening moved the file's access time: the system would not let us keep it. */
  accessTimeMoved: boolean;
}

/** A member of an opened chain, leaf first. */
export interface ChainOwner {
  path: string;
  name: string;
  role: 'leaf' | 'parent' | 'base';
}

/** The guest's disk of an image. */
export interface DiskDetail {
  /** Guest bytes. */
  size: number;
  owners: ChainOwner[];
  /** A parent is missing or refused: its stretches are holes. */
  incomplete: boolean;
  /** Why, in one sentence; null when complete. */
  incompleteWhy: string | null;
  /** Blocks of the leaf; 1 MiB stretches for fixed and raw disks. */
  blockSize: number;
  blocks: number;
}

/** The guest's disk by its partition table, or its want of one. */
export interface PartitionsAnswer extends DiskLayout {
  /** Of the disk, in bytes. */
  size: number;
  /** A free name beside the image for each partition, by its number. */
  suggestedOutputs: Record<number, string>;
}

/** A partition that was written to a file. */
export interface SavedPartition {
  operation: string;
  output: string;
  /** Bytes written. */
  size: number;
  sha256: string;
  /** Bytes of the partition that lie past the disk's end, and are not in the file. */
  missing: number;
  /** Written as zeros for a missing parent, in guest offsets; the first of very many. */
  holes: { offset: number; length: number }[];
}

/** One cell of the block map: `blocks` neighbouring blocks. */
export interface MapCell {
  /** First block. */
  block: number;
  /** Owner (index in the chain) that holds most of it; null when nobody does. */
  owner: number | null;
  state: 'full' | 'part' | 'none' | 'hole' | 'lost';
}

/** A run of the guest's disk with its owner, as GuestDisk gives it. */
export interface ByteRun {
  at: number;
  length: number;
  state: 'data' | 'zero' | 'hole' | 'lost';
  owner: number | null;
  fileOffset: number | null;
}

/** Bytes of a file or disk. */
export interface ByteAnswer {
  at: number;
  /** Size of the whole target. */
  size: number;
  bytes: Uint8Array;
  /** Who holds them; empty for a file's own bytes. */
  runs: ByteRun[];
}

export interface SearchHit {
  at: number;
  length: number;
  /** Up to 48 bytes around it, and where the hit starts among them. */
  context: Uint8Array;
  contextAt: number;
}

export interface Bookmark {
  id: string;
  /** Image it belongs to. */
  path: string;
  /** File or guest offsets. */
  space: 'file' | 'guest';
  at: number;
  length: number;
  note: string;
  /** ISO 8601 UTC. */
  created: string;
}

export interface RecentCase {
  paths: string[];
  name: string;
  kind: 'file' | 'folder';
  /** ISO 8601 UTC. */
  opened: string;
}

export interface FolderEntry {
  name: string;
  path: string;
  kind: 'file' | 'folder';
  size: number | null;
  /** Looks like something Platter opens. */
  image: boolean;
}

export type JobState = 'queued' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface JobProgress {
  phase: string;
  done: number;
  /** Null when not known. */
  total: number | null;
  unit: 'bytes' | 'images' | 'blocks';
  /** Units a second over the last seconds; null at first. */
  rate: number | null;
  secondsLeft: number | null;
}

/** A job as everybody sees it; results are fetched. */
export interface JobInfo {
  id: string;
  kind: string;
  /** "Hash cfe206b7….vhd". */
  title: string;
  state: JobState;
  progress: JobProgress | null;
  /** Partial results so far. */
  partials: number;
  error: ErrorData | null;
  /** Milliseconds since 1970. */
  queued: number;
  started: number | null;
  ended: number | null;
}

/** One line of the summary of "Check all". */
export interface CheckSummaryRow {
  path: string;
  name: string;
  healthy: boolean;
  errors: number;
  warnings: number;
  infos: number;
  findings: Finding[];
  /** The file could not be read. */
  error: ErrorData | null;
}

/** A plan the host keeps until it is applied or forgotten; the page shows it and sends back only its id. */
export interface PlanAnswer {
  planId: string;
  plan: Plan;
  /** A free name for a repaired copy, beside the image. */
  suggestedOutput: string;
}

/** A partition table that could be written. */
export interface TablePlanAnswer extends PlanAnswer {
  /** Null where none is proposed: the plan's refusals say why. */
  rebuild: Proposal | null;
}

/** What an applied plan left. */
export interface OperationResult {
  operation: string;
  /** New file; null in place. */
  output: string | null;
  outputSha256: string | null;
  /** Folder with the undo images; null for a new file. */
  journal: string | null;
  notes: string[];
  findingsBefore: Finding[];
  findingsAfter: Finding[];
}

/** One operation of the log, with all its lines made one. */
export interface OperationRow {
  operation: string;
  /** Last line about it. */
  entry: LogEntry;
  state: 'interrupted' | 'applied' | 'failed' | 'undone' | 'rolled-back';
  /** It can be undone now: it was applied, was not undone, and nothing later stands on it. */
  undoable: boolean;
}

/** One image of "Repair all safe", before anything is written. */
export interface SafePlanRow {
  path: string;
  name: string;
  /** Null when the image cannot be planned for at all; then `why` says so. */
  planId: string | null;
  strategies: string[];
  /** `safe`: no loss; `lossy`: needs a person; `none`: nothing can be done by default. */
  verdict: 'safe' | 'lossy' | 'none';
  /** What would be done, or why it is not. */
  why: string;
  bytesWritten: number;
}

/** One image of "Repair all safe", done. */
export interface SafeResultRow {
  path: string;
  name: string;
  result: OperationResult | null;
  error: ErrorData | null;
}

/** What disks hold of VMFS. */
export interface VmfsAnswer {
  /** As asked for, in that order. */
  disks: (VmfsDiskSummary & { path: string; name: string })[];
  /** Logical volumes over one or more of the disks. */
  spans: VmfsSpanSummary[];
  /** What was presented, as understood; empty when nothing was. */
  presented: { text: string; lun: number | null }[];
}

/** A file by its absolute path, with the name people go by. */
export interface NamedFile {
  path: string;
  name: string;
}

/** Something that may stand against a coalesce. */
export interface FoldGate {
  id: 'damage' | 'suspended' | 'in-use' | 'room' | 'siblings' | 'growth';
  title: string;
  open: boolean;
  /** The way it stands against; null for both. */
  only: 'copy' | 'in-place' | null;
  /** What was found; of a shut gate what stands against it, and the way out. */
  text: string;
  /** Image that has to be repaired first. */
  repair: string | null;
}

/** What folding an image into an ancestor would do, both ways. */
export interface CoalesceAnswer {
  /** Images of the fold, child first; the last takes all others in. */
  folded: NamedFile[];
  /** Other images that read through one of those folded into. */
  siblings: NamedFile[];
  /** The child's own children. */
  children: NamedFile[];
  virtualSize: number;
  /** What the images above the last hold. */
  moved: { bytes: number; blocks: number };
  gates: FoldGate[];
  /** The last is a raw image, and so is a new file. */
  raw: boolean;
  /** The guest is small enough to be hashed without being asked for. */
  hashed: boolean;
  /** Bytes of data in a new file, and free beside the child; null where not known. */
  file: { needed: number; free: number | null };
  /** A free name beside the child. */
  suggestedOutput: string;
  /** Null where a gate is shut and nothing was counted. */
  inPlace: { growth: number | null; journalBytes: number | null; free: number | null; risks: string[] };
}

/** What a coalesce left. */
export interface CoalesceResult extends OperationResult {
  guestSha256Before: string | null;
  guestSha256After: string | null;
}

/** A hidden parent with one child. */
export interface CoalesceListRow {
  child: NamedFile;
  parent: NamedFile;
  /** Bytes that are moved at most: what the child's blocks hold. */
  cost: number;
  /** Bytes that are free again once the child is gone: its file, less what the parent grows by. */
  gain: number;
  /** Why it cannot be told; null when it can. */
  why: string | null;
}

/** What an export would write. */
export interface ExportAnswer {
  virtualSize: number;
  /** Guest bytes that some image holds. */
  dataBytes: number;
  /** Bytes of the guest's disk that a missing parent would hold. */
  holeBytes: number;
  /** Bytes that should be in a file and are not: nothing is exported then. */
  lostBytes: number;
  /** Images of the chain, leaf first. */
  chain: NamedFile[];
  /** Why the chain is incomplete; null when it is not. */
  incomplete: string | null;
  /** Bytes free in the leaf's folder; null when not known. */
  free: number | null;
  /** A free name beside the leaf for each format. */
  suggested: { raw: string; vhd: string };
}

/** What an export left. */
export interface ExportResult {
  operation: string;
  output: string;
  virtualSize: number;
  fileSize: number;
  /** Of the guest's bytes, holes counted as zeros; null when it was not asked for. */
  guestSha256: string | null;
  /** Written as zeros for a missing parent; the first of very many. */
  holes: Extent[];
  holeBytes: number;
}

/** A file that may be the parent of a child, and what speaks for and against it. */
export interface RelinkCandidateRow extends NamedFile {
  id: string | null;
  idMatches: boolean;
  virtualSize: number | null;
  sizeMatches: boolean;
  /** The child remembers this very modification time. */
  timeMatches: boolean;
  /** How it came up. */
  via: string;
  /** Whether what the child holds fits to what this file holds around it. */
  content: { verdict: 'fits' | 'unclear' | 'does-not-fit'; why: string };
}

export interface RelinkAnswer extends PlanAnswer {
  candidates: RelinkCandidateRow[];
  /** Candidate that the plan is for; null when none was chosen. */
  chosen: string | null;
  /** What the child says of its parent. */
  expected: { id: string; name: string; modified: string };
}

/** A header backup that can be of a disk. */
export interface FoundBackup {
  /** Its own folder. */
  path: string;
  name: string;
  /** ISO 8601, UTC. */
  time: string;
  /** Size of what it holds of the disk. */
  bytes: number;
  /** It was made of a disk at this very path. */
  samePath: boolean;
  table: 'mbr' | 'gpt' | 'none';
  /** How many VMFS volumes it knew of. */
  volumes: number;
}

/** What restoring a header backup would write. */
export interface HeaderPlanAnswer extends PlanAnswer {
  /** When the backup was made, in ISO 8601; null where it does not say. */
  time: string | null;
  /** What it holds, by bytes of the disk; `differs`: how many of them are others there. */
  parts: { offset: number; length: number; holds: string; differs: number }[];
}

/** A backup of a disk's table and VMFS headers. */
export interface HeaderBackupResult {
  /** Its own folder. */
  folder: string;
  /** Stretches of the disk that it holds, in bytes, and what stands there. */
  regions: { offset: number; length: number; holds: string[] }[];
  /** Folders of older backups that were removed. */
  removed: string[];
}
