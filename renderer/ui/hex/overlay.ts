/** A field as it lies over the bytes. */
export interface Span {
  at: number;
  length: number;
  name: string;
  /** 1 to 10: hue and pattern; 0 for what is not drawn, as reserved bytes. */
  tone: number;
  bad: boolean;
}

/** Fields over bytes, found by place. */
export interface Overlay {
  /** Fields that touch the range, in order. */
  spans(at: number, length: number): readonly Span[];
}

const TONES = 10;

/** Tone of the field that is number `index` among those that are drawn. */
export function toneOf(index: number): number {
  return (index % TONES) + 1;
}

/** A field without a value, as structure tables have them. */
interface Laid {
  name: string;
  offset: number;
  length: number;
  reserved: boolean;
}

/** Tones by field: neighbours differ, reserved fields have none. */
export function tonesOf(fields: readonly Laid[]): Map<string, number> {
  const tones = new Map<string, number>();
  let drawn = 0;
  for (const { name, reserved } of fields) {
    tones.set(name, reserved ? 0 : toneOf(drawn));
    if (!reserved) drawn += 1;
  }
  return tones;
}

/** The fields of a structure that stands at `at`; `bad` names those known to be wrong. */
export function fieldOverlay(at: number, fields: readonly Laid[], bad: ReadonlySet<string>): Overlay {
  const tones = tonesOf(fields);
  return overlayOf(
    fields.map(({ name, offset, length }) => {
      return { at: at + offset, length, name, tone: tones.get(name) ?? 0, bad: bad.has(name) };
    }),
  );
}

/** Spans given in order, none over another. */
export function overlayOf(all: readonly Span[]): Overlay {
  return {
    spans(at, length) {
      const out = [];
      for (let index = firstAfter(all, at); index < all.length; index += 1) {
        const span = all[index];
        if (!span || span.at >= at + length) break;
        out.push(span);
      }
      return out;
    },
  };
}

/** Equal fields without end, as the entries of a table: `stride` bytes each from `at` to `end`. */
export function tableOverlay(
  at: number,
  end: number,
  stride: number,
  entry: (index: number) => Pick<Span, 'name' | 'tone' | 'bad'>,
): Overlay {
  return {
    spans(from, length) {
      const out: Span[] = [];
      const first = Math.max(0, Math.floor((from - at) / stride));
      for (let index = first; at + index * stride < Math.min(end, from + length); index += 1)
        out.push({ at: at + index * stride, length: stride, ...entry(index) });
      return out;
    },
  };
}

/** Something about bytes that is no field. */
export interface Mark {
  at: number;
  length: number;
  kind: 'hit' | 'current' | 'note';
}

/** Marks (in order of place) that touch the range. */
export function marksIn(marks: readonly Mark[], at: number, length: number): Mark[] {
  const out = [];
  // hits may lie over each other, so the longest decides how far back one has to look
  for (let index = firstAfter(marks, at - longest(marks)); index < marks.length; index += 1) {
    const mark = marks[index];
    if (!mark || mark.at >= at + length) break;
    if (mark.at + mark.length > at) out.push(mark);
  }
  return out;
}

const lengths = new WeakMap<readonly Mark[], number>();

function longest(marks: readonly Mark[]): number {
  const known = lengths.get(marks);
  if (known !== undefined) return known;
  const found = marks.reduce((most, { length }) => Math.max(most, length), 0);
  lengths.set(marks, found);
  return found;
}

/** Index of the first that ends after `at`, in a list in order of place. */
function firstAfter(list: readonly { at: number; length: number }[], at: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = list[middle];
    if (one && one.at + one.length <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
