/** Text is handed on in pieces of this many bytes. */
const PIECE = 64 * 1024;
const WIDTH = 16;
const ALL = 0xffff;

const code = (character: string): number => character.charCodeAt(0);
const DIGITS = Array.from('0123456789abcdef', code);
const SPACE = code(' ');
const BAR = code('|');
const UNKNOWN = code('?');
const NEWLINE = code('\n');
const STAR = code('*');

/** Bytes from one byte's hex to the next one's: two digits and a space. */
const STEP = 3;
/** Bytes of the hex of a whole line: the two halves are a space apart. */
const HEX_WIDTH = WIDTH * STEP + 1;
/** Bytes of the longest line: an offset of 14 digits, hex, characters, and what is between them. */
const LONGEST = 14 + 2 + HEX_WIDTH + 2 + WIDTH + 2;

/** Takes text; what it was given may be overwritten once it has answered. */
export type Write = (text: Uint8Array) => Promise<void>;

/**
 * Bytes as `hexdump -C` prints them: 16 a line, lines like the one before folded to a `*`, the end's offset on the last line.
 * Bytes that are not known (in a parent that is missing) show as `??`.
 */
export class HexDump {
  /** Offset of the line that is being filled. */
  #at: number;
  readonly #write: Write;
  readonly #line = new Uint8Array(WIDTH);
  /** Bit i: byte i of the line is known. */
  #known = 0;
  #filled = 0;
  readonly #before = new Uint8Array(WIDTH);
  #beforeKnown = 0;
  #hasBefore = false;
  #folded = false;
  readonly #text = new Uint8Array(PIECE);
  #used = 0;

  constructor(at: number, write: Write) {
    this.#at = at;
    this.#write = write;
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(WIDTH - this.#filled, bytes.length - done);
      for (let i = 0; i < count; i += 1) this.#line[this.#filled + i] = bytes[done + i] ?? 0;
      this.#fill(count, true);
      done += count;
      if (this.#used > PIECE - 2 * LONGEST) await this.#flush();
    }
  }

  /** A run of zeros, or of bytes that are not known. However long it is, it costs a few lines. */
  async run(length: number, known: boolean): Promise<void> {
    let left = length;
    const short = (count: number): void => {
      this.#line.fill(0, this.#filled, this.#filled + count);
      this.#fill(count, known);
      left -= count;
    };
    if (this.#filled > 0) short(Math.min(left, WIDTH - this.#filled));
    // one line to show and one to fold; the others would change nothing
    for (let lines = 0; lines < 2 && left >= WIDTH; lines += 1) short(WIDTH);
    const whole = left - (left % WIDTH);
    this.#at += whole;
    left -= whole;
    if (left > 0) short(left);
    await this.#flush();
  }

  /** The last line and the end's offset; nothing when there were no bytes. */
  async end({ offset = true } = {}): Promise<void> {
    const any = this.#hasBefore || this.#filled > 0;
    if (this.#filled > 0) this.#used = putLine(this.#text, this.#used, this.#at, this.#line, this.#filled, this.#known);
    if (any && offset) {
      this.#used = putOffset(this.#text, this.#used, this.#at + this.#filled);
      this.#put(NEWLINE);
    }
    await this.#flush();
  }

  #fill(count: number, known: boolean): void {
    if (known) this.#known |= ((1 << count) - 1) << this.#filled;
    this.#filled += count;
    if (this.#filled < WIDTH) return;
    if (this.#isLikeBefore()) {
      if (!this.#folded) {
        this.#put(STAR);
        this.#put(NEWLINE);
      }
      this.#folded = true;
    } else {
      this.#used = putLine(this.#text, this.#used, this.#at, this.#line, WIDTH, this.#known);
      this.#folded = false;
      for (let i = 0; i < WIDTH; i += 1) this.#before[i] = this.#line[i] ?? 0;
      this.#beforeKnown = this.#known;
      this.#hasBefore = true;
    }
    this.#at += WIDTH;
    this.#filled = 0;
    this.#known = 0;
  }

  #isLikeBefore(): boolean {
    if (!this.#hasBefore || this.#known !== this.#beforeKnown) return false;
    for (let i = 0; i < WIDTH; i += 1) if (this.#line[i] !== this.#before[i]) return false;
    return true;
  }

  #put(byte: number): void {
    this.#text[this.#used] = byte;
    this.#used += 1;
  }

  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    const used = this.#used;
    this.#used = 0;
    await this.#write(this.#text.subarray(0, used));
  }
}

/** Offset in hex, at least eight digits. Answers where the next byte goes, as all of these do. */
function putOffset(out: Uint8Array, to: number, offset: number): number {
  const length = Math.max(8, offset.toString(16).length);
  let rest = offset;
  for (let i = length - 1; i >= 0; i -= 1) {
    out[to + i] = DIGITS[rest % 16] ?? 0;
    rest = Math.floor(rest / 16);
  }
  return to + length;
}

/** One line of up to 16 bytes: offset, hex, characters, newline. */
function putLine(out: Uint8Array, start: number, at: number, bytes: Uint8Array, count: number, known: number): number {
  let to = putOffset(out, start, at);
  const hex = to + 2;
  const bar = hex + HEX_WIDTH + 1;
  out.fill(SPACE, to, bar);
  out[bar] = BAR;
  to = bar + 1;
  for (let i = 0; i < count; i += 1) {
    const byte = bytes[i] ?? 0;
    const place = hex + i * STEP + (i < WIDTH / 2 ? 0 : 1);
    const isKnown = (known & (1 << i)) !== 0;
    out[place] = isKnown ? (DIGITS[byte >> 4] ?? 0) : UNKNOWN;
    out[place + 1] = isKnown ? (DIGITS[byte & 15] ?? 0) : UNKNOWN;
    out[to + i] = !isKnown ? UNKNOWN : byte >= 0x20 && byte < 0x7f ? byte : 0x2e;
  }
  out[to + count] = BAR;
  out[to + count + 1] = NEWLINE;
  return to + count + 2;
}

/** The bytes of one field, with its name and value beside the first line; lines that repeat are folded. */
export function fieldText(at: number, bytes: Uint8Array, label: string): string {
  const room = new Uint8Array(LONGEST);
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += WIDTH) {
    const part = bytes.subarray(i, i + WIDTH);
    const before = bytes.subarray(i - WIDTH, i);
    const same = i > 0 && part.length === WIDTH && part.every((byte, index) => byte === before[index]);
    if (same) {
      if (lines[lines.length - 1] !== '*') lines.push('*');
      continue;
    }
    const end = putLine(room, 0, at + i, part, part.length, ALL);
    const line = String.fromCharCode(...room.subarray(0, end - 1));
    // the label stands where it would beside a whole line
    lines.push(i === 0 ? `${line}${' '.repeat(WIDTH - part.length)}  ${label}` : line);
  }
  return lines.map((line) => `${line}\n`).join('');
}
