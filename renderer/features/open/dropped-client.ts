import {
  type Calls,
  type Client,
  type Input,
  type Jobs,
  MAX_READ,
  type Output,
} from '../../../app/contract/contract.ts';
import type { ChainRow, ImageDetail } from '../../../app/contract/types.ts';
import { checksOf } from '../../../app/describe/checks.ts';
import { facts } from '../../../app/describe/facts.ts';
import { imageParts } from '../../../app/describe/parts.ts';
import { verdictOf } from '../../../app/describe/verdict.ts';
import { type ImageSummary, summarise } from '../../../core/chain/summary.ts';
import { type PlatterError, refusal } from '../../../core/errors.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { vhdTimeToIso } from '../../../core/formats/vhd/constants.ts';
import { dataEnd } from '../../../core/formats/vhd/read.ts';
import { hasVhdName, readImage } from '../../../core/image.ts';
import { addDropped, droppedPath, isDropped, useDropped } from '../../state/dropped.ts';
import { useView } from '../../state/view.ts';
import { BlobSource } from './blob-source.ts';

/** Reads a dropped file in the page, read-only, and shows it beside what is open. */
export async function inspectDropped(file: File): Promise<void> {
  const path = droppedPath(file);
  const { row } = await describe(file, path, { aborted: false });
  addDropped({ file, row });
  useView.getState().select(path);
}

/** What the page can say of a file by itself. Its parent is not looked for: the page sees no other file. */
async function describe(file: File, path: string, signal: { readonly aborted: boolean }): Promise<ImageDetail> {
  const source = new BlobSource(file);
  const image = await readImage(path, source, signal);
  const vhd = image.vhd && (await seeThrough(image.vhd, signal));
  const through = { ...image, vhd };
  const info = {
    path,
    kind: 'file' as const,
    size: file.size,
    diskBytes: file.size,
    modified: file.lastModified,
    identity: path,
    links: 1,
  };
  const summary = summarise(through, info, file.name);
  const findings = await checkImage(image, { now: Date.now(), vhdName: hasVhdName(file.name) }, signal);
  return {
    row: { ...rowOf(summary), ...verdictOf(findings) },
    facts: facts(through, summary).filter(({ label }) => label !== 'On disk'),
    parts: await imageParts(through, findings, signal),
    footerAt: vhd?.footer?.at ?? null,
    blockSize: summary.vhd?.blockSize ?? null,
    bitmapBytes: vhd?.bitmapBytes ?? 0,
    dataEnd: vhd ? dataEnd(vhd) : null,
    findings,
    checks: checksOf(through, findings).filter(({ title }) => title !== 'Parent'),
    candidates: [],
    accessTimeMoved: false,
  };
}

function rowOf({
  path,
  name,
  format,
  foreign,
  fileSize,
  diskBytes,
  modified,
  vhd,
}: ImageSummary): Omit<ChainRow, 'errors' | 'warnings' | 'worst'> {
  return {
    path,
    name,
    folder: '',
    parent: null,
    depth: 0,
    role: vhd ? (vhd.parent ? 'leaf' : 'base') : format === 'raw' ? 'raw' : 'other',
    format,
    foreign,
    kind: vhd?.kind ?? null,
    id: vhd?.id ?? null,
    virtualSize: vhd ? vhd.virtualSize : format === 'raw' ? fileSize : null,
    fileSize,
    diskBytes,
    allocatedBytes: vhd?.allocatedBytes ?? fileSize,
    blocks: vhd?.blocks ?? null,
    hidden: vhd?.hidden ?? false,
    savedState: vhd?.savedState ?? false,
    modified,
    created: typeof vhd?.created === 'number' ? vhdTimeToIso(vhd.created) : null,
    verdict: null,
    parentName: vhd?.parent?.name ?? null,
  };
}

/** The host's client, with the page's own answers for images that were dropped here. */
export function withDropped(client: Client): Client {
  const call = <N extends Calls>(name: N, input: Input<N>, signal?: AbortSignal): Promise<Output<N>> => {
    const path = droppedIn(input);
    if (path === null) return client.call(name, input, signal);
    return answer(path, name, input as never, signal) as Promise<Output<N>>;
  };
  const start = <N extends Jobs>(name: N, input: Input<N>): Promise<string> => {
    const path = droppedIn(input);
    return path === null ? client.start(name, input) : Promise.reject(notHere(path));
  };
  return {
    call,
    start,
    result: (name, job) => client.result(name, job),
    partials: (name, job, from) => client.partials(name, job, from),
    on: (name, listener) => client.on(name, listener),
    onConnection: (listener) => client.onConnection(listener),
    close: () => client.close(),
  };
}

/** The dropped image a question is about; null when it is the host's to answer. */
function droppedIn(input: unknown): string | null {
  const { path, target } = input as { path?: unknown; target?: { path?: unknown } };
  const asked = path ?? target?.path;
  return typeof asked === 'string' && isDropped(asked) ? asked : null;
}

async function answer(
  path: string,
  name: Calls,
  input: { target?: { space: 'file' | 'guest' }; at?: number; length?: number },
  signal?: AbortSignal,
): Promise<unknown> {
  const file = useDropped.getState().images.get(path)?.file;
  if (!file) throw refusal('not-found', `${path} is not open any more.`, { path });
  const watched = signal ?? { aborted: false };
  if (name === 'image.detail') return describe(file, path, watched);
  if (name === 'image.findings') return { findings: (await describe(file, path, watched)).findings };
  if (name === 'bookmarks.list') return { bookmarks: [] };
  if (name === 'bytes.read' && input.target?.space === 'file') {
    const { at = 0, length = 0 } = input;
    const bytes = await new BlobSource(file).read(at, Math.min(length, MAX_READ), watched);
    return { at, size: file.size, bytes, runs: [] };
  }
  throw notHere(path);
}

function notHere(path: string): PlatterError {
  return refusal('unsupported', 'That is not done with a file that was only dropped here.', {
    path,
    hint: 'Open the file, or its folder, with Open….',
  });
}
