import { listImages } from '../../../core/chain/list.ts';
import { type ImageSummary, summarise } from '../../../core/chain/summary.ts';
import { asPlatterError, type ErrorData, refusal } from '../../../core/errors.ts';
import type { Finding, Severity } from '../../../core/findings/finding.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { hasVhdName, type Image, readImage } from '../../../core/image.ts';
import type { FileInfo } from '../../../core/io/files.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import type { ChainRow } from '../../contract/types.ts';
import { giveBackTables } from './memory.ts';
import { filesOf, type Served, type TaskContext } from './task.ts';

/** Images among files and folders, folders below included. */
export async function list(
  { paths, served }: { paths: string[]; served: Served },
  { flag }: TaskContext,
): Promise<{ paths: string[]; failures: { path: string; error: ErrorData }[] }> {
  const listing = await listImages(filesOf(served), paths, { recursive: true, others: true }, flag);
  return {
    paths: listing.paths,
    failures: listing.failures.map(({ path, error }) => ({ path, error: error.toData() })),
  };
}

/** One image of a folder, read as far as a list of images needs. */
export interface ScannedImage {
  path: string;
  /** Null when the file could not be read; `error` says why then. */
  summary: ImageSummary | null;
  worst: ChainRow['worst'];
  error: ErrorData | null;
}

/** A scanned image that could be read. */
export type ReadImage = ScannedImage & { summary: ImageSummary };

/** An image that was read, with its findings counted. */
export function scanned(image: Image, info: FileInfo, name: string, findings: readonly Finding[]): ReadImage {
  const of = (severity: Severity): Finding[] => findings.filter((finding) => finding.severity === severity);
  const errors = of('error');
  const warnings = of('warning');
  const gravest = errors[0] ?? warnings[0];
  return {
    path: image.path,
    summary: summarise(image, info, name, { errors: errors.length, warnings: warnings.length }),
    worst: gravest ? { code: gravest.code, severity: gravest.severity, message: firstSentence(gravest.message) } : null,
    error: null,
  };
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

/** Bytes of block allocation tables after which memory is given back. */
const MANY_TABLES = 8 * 1024 * 1024;
let tables = 0;

/** Summaries of files, one after another; a file that cannot be read does not keep the others from being. */
export async function summaries(
  { paths, served }: { paths: string[]; served: Served },
  { flag }: TaskContext,
): Promise<ScannedImage[]> {
  const files = filesOf(served);
  const out: ScannedImage[] = [];
  for (const path of paths) {
    throwIfAborted(flag);
    try {
      const info = await files.info(path);
      if (!info) throw refusal('not-found', `${path}: there is no such file.`, { path });
      const source = await files.open(path);
      try {
        const image = await readImage(path, source, flag);
        const findings = await checkImage(image, { now: Date.now(), vhdName: hasVhdName(path) }, flag);
        out.push(scanned(image, info, files.nameOf(path), findings));
        tables += image.vhd?.bat?.entries.byteLength ?? 0;
      } finally {
        await source.close();
      }
      if (tables > MANY_TABLES) {
        tables = 0;
        giveBackTables();
      }
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      out.push({ path, summary: null, worst: null, error: error.toData() });
    }
  }
  return out;
}
