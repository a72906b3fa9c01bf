import { hexNumber, type Output } from './output.ts';
import { baseName } from './system.ts';

/** Sector numbers, in pages of 64 Ki. */
class Sectors {
  readonly #pages = new Map<number, Uint8Array>();

  add(sector: number): void {
    const page = Math.floor(sector / PAGE);
    let bits = this.#pages.get(page);
    if (!bits) this.#pages.set(page, (bits = new Uint8Array(PAGE / 8)));
    const at = (sector % PAGE) >> 3;
    bits[at] = (bits[at] ?? 0) | (0x80 >> (sector & 7));
  }

  has(sector: number): boolean {
    const bits = this.#pages.get(Math.floor(sector / PAGE));
    return bits !== undefined && ((bits[(sector % PAGE) >> 3] ?? 0) & (0x80 >> (sector & 7))) !== 0;
  }

  *all(): Generator<number> {
    for (const [page, bits] of this.#pages) {
      for (let i = 0; i < PAGE; i += 1) if (((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0) yield page * PAGE + i;
    }
  }
}

const PAGE = 65536;

/** What `check -s` counts of one image. */
export interface ImageStats {
  name: string;
  /** Sectors the table has room for. */
  total: number;
  allocated: number;
  written: Sectors;
  writtenCount: number;
}

export function imageStats(name: string, total: number): ImageStats {
  return { name, total, allocated: 0, written: new Sectors(), writtenCount: 0 };
}

/** One line an image, from the base to the leaf; `images` has the leaf first. */
export async function printStats(out: Output, images: ImageStats[]): Promise<void> {
  const [base, ...others] = images.toReversed();
  if (!base) return;
  await out.line(counts(base));
  const below = new Sectors();
  for (const sector of base.written.all()) below.add(sector);
  let parent = base;
  for (const image of others) {
    let notInParent = 0;
    let notBelow = 0;
    for (const sector of image.written.all()) {
      // what is behind the base's end is not looked at
      if (sector >= base.total) continue;
      if (!parent.written.has(sector)) notInParent += 1;
      if (!below.has(sector)) notBelow += 1;
      below.add(sector);
    }
    const share = (count: number): string => `${hexNumber(count)} (${percent(count, image.writtenCount)}%)`;
    await out.line(
      `${counts(image)} secs not in parent: ${share(notInParent)} secs not in ancestors: ${share(notBelow)}`,
    );
    parent = image;
  }
}

function counts({ name, allocated, writtenCount }: ImageStats): string {
  const written = `${hexNumber(writtenCount)} (${percent(writtenCount, allocated)}%)`;
  return `${baseName(name)}: secs allocated: ${hexNumber(allocated)} secs written: ${written}`;
}

/** Two decimals of a quotient in single precision, rounded half to even, as C prints it. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '0.00';
  const share = Math.fround(Math.fround(Math.fround(part) / Math.fround(whole)) * 100);
  // exact: 24 bits times 100 fit a double
  const hundredths = share * 100;
  const floor = Math.floor(hundredths);
  const rest = hundredths - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return `${Math.floor(rounded / 100)}.${String(rounded % 100).padStart(2, '0')}`;
}
