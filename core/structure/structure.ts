import { bug } from '../errors.ts';
import type { Codec } from './codecs.ts';

/**
 * How sure we are of what a field means. Proven: bytes of two or more real volumes and two independent readers; seen: bytes
 * of one kind and one reader; reported: one reader or document only; inferred: our own reading.
 */
export type Confidence = 'proven' | 'seen' | 'reported' | 'inferred';

/** What a row of a structure's table says beside its codec. */
export interface RowNotes<T> {
  /** One plain sentence. */
  help: string;
  /** What this value means, for people; null when there is nothing to add. */
  explain?: (value: T) => string | null;
  /** Reserved or unused bytes, folded in views when they are zero. */
  reserved?: boolean;
  /** For formats nobody has published; absent where there is a specification. */
  confidence?: Confidence;
}

export interface Row<T> extends RowNotes<T> {
  readonly offset: number;
  readonly codec: Codec<T>;
}

/** One row: where a field stands, how it is coded, what it is for. */
export function row<T>(offset: number, codec: Codec<T>, help: string, notes: Omit<RowNotes<T>, 'help'> = {}): Row<T> {
  return { offset, codec, help, ...notes };
}

type RowsOf<V> = { readonly [K in keyof V]: Row<V[K]> };

/** A field of a structure without a value: what a page needs to draw and explain it. */
export interface FieldInfo {
  /** Name in the structure, as `checksum` or `parentLocator1.dataOffset`. */
  readonly name: string;
  /** From the structure's start. */
  readonly offset: number;
  readonly length: number;
  readonly kind: string;
  readonly help: string;
  readonly reserved: boolean;
  /** How sure we are of the meaning; absent where there is a specification. */
  readonly confidence?: Confidence;
}

/** A field with what its bytes say. */
export interface DecodedField extends FieldInfo {
  readonly value: number | string;
  readonly text: string;
  /** What the value means; null when there is nothing to add. */
  readonly note: string | null;
}

export interface StructureNotes {
  /** As people call it: "Footer". */
  title: string;
  /** One or two plain sentences. */
  help: string;
  /** Document and section. */
  spec: string;
}

/** One on-disk structure: a table that parses, serialises, decodes and explains. */
export interface Structure<V> extends StructureNotes {
  /** As `vhd.footer`; unique in the program. */
  readonly id: string;
  readonly length: number;
  readonly fields: readonly FieldInfo[];
  /** Where a field stands, by name. */
  field(name: keyof V & string): FieldInfo;
  /** Never throws for content; Bug when fewer than `length` bytes stand at `at`, since callers check or pad first. */
  parse(bytes: Uint8Array, at?: number): V;
  /** `base` with the given values written over it: what we do not understand stays. */
  serialise(values: Partial<V>, base?: Uint8Array): Uint8Array;
  /** Every field of `bytes`, in order of offset. */
  decode(bytes: Uint8Array, at?: number): DecodedField[];
}

/**
 * Makes a structure of `length` bytes from its rows. Rows must cover every byte exactly once (gaps are rows); that is
 * checked here, when the module loads.
 */
export function structure<V extends object>(
  id: string,
  length: number,
  notes: StructureNotes,
  rows: RowsOf<V>,
): Structure<V> {
  const table = (Object.entries(rows) as [keyof V & string, Row<V[keyof V & string]>][]).sort(
    (a, b) => a[1].offset - b[1].offset,
  );
  let end = 0;
  for (const [name, { offset, codec }] of table) {
    if (offset !== end) throw bug(`${id}.${name} stands at ${offset}, the row before ends at ${end}`);
    end += codec.length;
  }
  if (end !== length) throw bug(`the rows of ${id} cover ${end} of ${length} bytes`);

  const fields = table.map(([name, { offset, codec, help, reserved, confidence }]): FieldInfo => {
    const info = { name, offset, length: codec.length, kind: codec.kind, help, reserved: reserved ?? false };
    return confidence ? { ...info, confidence } : info;
  });

  const self: Structure<V> = {
    id,
    length,
    ...notes,
    fields,
    field(name) {
      const found = fields.find((candidate) => candidate.name === name);
      if (!found) throw bug(`${id} has no field ${name}`);
      return found;
    },
    parse(bytes, at = 0) {
      if (bytes.length < at + length) throw bug(`${id} needs ${length} bytes, ${bytes.length - at} given`);
      const out: Partial<V> = {};
      for (const [name, { offset, codec }] of table) out[name] = codec.read(bytes, at + offset);
      return out as V;
    },
    serialise(values, base) {
      const out = new Uint8Array(length);
      if (base) out.set(base.subarray(0, length));
      for (const [name, { offset, codec }] of table) {
        const value = values[name];
        if (value !== undefined) codec.write(out, offset, value);
      }
      return out;
    },
    decode(bytes, at = 0) {
      const values = self.parse(bytes, at);
      return table.map(([name, { codec, explain }], index): DecodedField => {
        const value = values[name];
        const info = fields[index];
        if (!info) throw bug(`${id} lost field ${name}`);
        return { ...info, value: codec.toJson(value), text: codec.toText(value), note: explain?.(value) ?? null };
      });
    },
  };
  return self;
}
