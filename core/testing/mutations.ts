import { toHex } from '../structure/codecs.ts';
import type { FieldInfo, Structure } from '../structure/structure.ts';

/** One changed field of a structure. */
export interface FieldMutation {
  /** As `vhd.footer.currentSize: all ones`. */
  name: string;
  field: FieldInfo;
  /** The structure's bytes with the field changed; the given ones stay. The checksum is not made again. */
  apply(bytes: Uint8Array): Uint8Array;
}

type Change = [name: string, change: (field: Uint8Array) => void];

const CHANGES: Change[] = [
  ['zero', (field) => field.fill(0)],
  ['all ones', (field) => field.fill(0xff)],
  ['one', (field) => field.fill(0).set([1], field.length - 1)],
  ['high bit only', (field) => field.fill(0).set([0x80])],
  ['largest positive', (field) => field.fill(0xff).set([0x7f])],
  ['one more', (field) => carry(field, 1)],
  ['one less', (field) => carry(field, -1)],
  ['first bit flipped', (field) => field.set([(field[0] ?? 0) ^ 0x80])],
  ['last bit flipped', (field) => field.set([(field.at(-1) ?? 0) ^ 1], field.length - 1)],
  ['bytes reversed', (field) => field.reverse()],
];

/** Big-endian ±1; of a little-endian field it is another wrong value, which is as good. */
function carry(field: Uint8Array, by: 1 | -1): void {
  for (let i = field.length - 1; i >= 0; i -= 1) {
    const byte = (field[i] ?? 0) + by;
    field[i] = byte;
    if (byte >= 0 && byte < 256) return;
  }
}

/**
 * Every field of a structure with the values that break readers: nothing, everything, the edges of signed and unsigned
 * numbers, near misses, swapped bytes. Those that change nothing in `bytes` are left out.
 */
export function* fieldMutations<V>(table: Structure<V>, bytes: Uint8Array): Generator<FieldMutation> {
  for (const field of table.fields) {
    const seen = new Set([toHex(bytes.subarray(field.offset, field.offset + field.length))]);
    for (const [name, change] of CHANGES) {
      const apply = (given: Uint8Array): Uint8Array => {
        const out = given.slice();
        change(out.subarray(field.offset, field.offset + field.length));
        return out;
      };
      const result = toHex(apply(bytes).subarray(field.offset, field.offset + field.length));
      if (seen.has(result)) continue;
      seen.add(result);
      yield { name: `${table.id}.${field.name}: ${name}`, field, apply };
    }
  }
}
