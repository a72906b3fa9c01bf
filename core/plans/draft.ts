import { type ByteSource, clampLength, type Signal, throwIfAborted } from '../io/source.ts';
import { toHex } from '../structure/codecs.ts';

/** Why bytes change, and which field of which structure they are. */
export interface EditNote {
  /** One plain sentence. */
  why: string;
  /** As `checksum`; null when the edit is about no single field. */
  field?: string | null;
  /** As `vhd.footer`; null likewise. */
  structure?: string | null;
}

/** One change of a draft, in the order it was made. */
export interface Edit {
  action: 'write' | 'truncate';
  /** First byte changed; of a truncation, the new size. */
  at: number;
  /** Bytes that stood there, as far as the file reached; null for a truncation. */
  before: Uint8Array | null;
  /** Bytes that stand there now; null for a truncation. */
  after: Uint8Array | null;
  /** Bytes written or cut. */
  length: number;
  note: Required<EditNote>;
}

const PAGE = 4096;

/**
 * A file as it would be after some changes, without changing it: strategies write here, the same readers and checks run
 * over it, and what is left at the end are the steps of a plan. Edits are few and small; bulk data is not moved this way.
 */
export class Draft implements ByteSource {
  size: number;
  readonly base: ByteSource;
  readonly edits: Edit[] = [];
  /** Pages that edits wrote to; elsewhere the base answers, so that thousands of edits stay cheap. */
  readonly #pages = new Set<number>();
  #cutAt = Number.POSITIVE_INFINITY;

  constructor(base: ByteSource) {
    this.base = base;
    this.size = base.size;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const wanted = clampLength(at, length, this.size);
    if (at + wanted <= Math.min(this.#cutAt, this.base.size) && !this.#touches(at, wanted))
      return this.base.read(at, wanted, signal);
    const out = new Uint8Array(wanted);
    // a truncation wipes what lay beyond it for later growth
    out.set(await this.base.read(at, Math.min(wanted, clampLength(at, wanted, this.base.size)), signal));
    for (const edit of this.edits) {
      if (edit.action === 'truncate') {
        if (edit.at < at + wanted) out.fill(0, Math.max(0, edit.at - at));
      } else if (edit.after) {
        overlay(out, at, edit.after, edit.at);
      }
    }
    return out;
  }

  /** Writes bytes at an offset, growing the file when they reach past its end; nothing happens when they stand there already. */
  async write(at: number, bytes: Uint8Array, note: EditNote): Promise<void> {
    const before = await this.read(at, bytes.length);
    if (before.length === bytes.length && before.every((byte, index) => byte === bytes[index])) return;
    this.edits.push({ action: 'write', at, before, after: bytes.slice(), length: bytes.length, note: complete(note) });
    for (let page = Math.floor(at / PAGE); page * PAGE < at + bytes.length; page += 1) this.#pages.add(page);
    this.size = Math.max(this.size, at + bytes.length);
  }

  /** Cuts the file; growing is not its business. */
  truncate(size: number, note: EditNote): void {
    if (size >= this.size) return;
    this.edits.push({
      action: 'truncate',
      at: size,
      before: null,
      after: null,
      length: this.size - size,
      note: complete(note),
    });
    this.size = size;
    this.#cutAt = Math.min(this.#cutAt, size);
  }

  #touches(at: number, length: number): boolean {
    for (let page = Math.floor(at / PAGE); page * PAGE < at + length; page += 1) if (this.#pages.has(page)) return true;
    return false;
  }

  /** What changed, for telling one draft from another. */
  fingerprint(): string {
    return this.edits.map(({ action, at, after }) => `${action}@${at}:${after ? toHex(after) : ''}`).join(';');
  }
}

function complete({ why, field = null, structure = null }: EditNote): Required<EditNote> {
  return { why, field, structure };
}

function overlay(out: Uint8Array, outAt: number, bytes: Uint8Array, bytesAt: number): void {
  const from = Math.max(outAt, bytesAt);
  const to = Math.min(outAt + out.length, bytesAt + bytes.length);
  if (to > from) out.set(bytes.subarray(from - bytesAt, to - bytesAt), from - outAt);
}
