/** Text is handed on in pieces of about this many characters. */
const PIECE = 64 * 1024;
const WIDTH = 16;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ASCII = Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
const ALL = 0xffff;

/**
 * Bytes as `hexdump -C` prints them: 16 a line, lines like the one before folded to a `*`, the end's offset on the last line.
 * Bytes that are not known (in a parent that is missing) show as `??`.
 */
export class HexDump {
  /** Offset of the line that is being filled. */
  #at: number;
  #line = new Uint8Array(WIDTH);
  /** Bit i: byte i of the line is known. */
  #known = 0;
  #filled = 0;
  #before = new Uint8Array(WIDTH);
  #beforeKnown = 0;
  #hasBefore = false;
  #folded = false;
  #text = '';

  constructor(at: number) {
    this.#at = at;
  }

  /** Text that is complete so far, when there is enough of it. */
  take(all = false): string {
    if (!all && this.#text.length < PIECE) return '';
    const text = this.#text;
    this.#text = '';
    return text;
  }

  bytes(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(WIDTH - this.#filled, bytes.length - done);
      this.#line.set(bytes.subarray(done, done + count), this.#filled);
      this.#fill(count, true);
      done += count;
    }
  }

  /** A run of zeros, or of bytes that are not known. However long it is, it costs a few lines. */
  run(length: number, known: boolean): void {
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
  }

  /** The last line and the end's offset; nothing when there were no bytes. */
  end({ offset = true } = {}): void {
    if (this.#filled > 0) {
      this.#print(this.#filled);
      this.#at += this.#filled;
    }
    if (offset && (this.#hasBefore || this.#filled > 0)) this.#text += `${offsetText(this.#at)}\n`;
    this.#filled = 0;
  }

  #fill(count: number, known: boolean): void {
    if (known) this.#known |= ((1 << count) - 1) << this.#filled;
    this.#filled += count;
    if (this.#filled < WIDTH) return;
    if (this.#isLikeBefore()) {
      if (!this.#folded) this.#text += '*\n';
      this.#folded = true;
    } else {
      this.#print(WIDTH);
      this.#folded = false;
      this.#before.set(this.#line);
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

  #print(count: number): void {
    this.#text += `${lineText(this.#at, this.#line.subarray(0, count), this.#known)}\n`;
  }
}

function offsetText(offset: number): string {
  return offset.toString(16).padStart(8, '0');
}

/** One line of up to 16 bytes: offset, hex, characters. */
function lineText(at: number, bytes: Uint8Array, known: number): string {
  let hex = '';
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    const isKnown = (known & (1 << i)) !== 0;
    hex += `${i === WIDTH / 2 ? '  ' : ' '}${isKnown ? (HEX[byte] ?? '') : '??'}`;
    text += isKnown ? (ASCII[byte] ?? '') : '?';
  }
  return `${offsetText(at)} ${hex.padEnd(HEX_WIDTH)}  |${text}|`;
}

/** Characters of the hex of a whole line, with its spaces. */
const HEX_WIDTH = WIDTH * 3 + 1;
/** Characters of a whole line without its offset. */
const LINE_WIDTH = HEX_WIDTH + WIDTH + 5;

/** The bytes of one field, with its name and value beside the first line; lines that repeat are folded. */
export function fieldText(at: number, bytes: Uint8Array, label: string): string {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += WIDTH) {
    const part = bytes.subarray(i, i + WIDTH);
    const before = bytes.subarray(i - WIDTH, i);
    const same = i > 0 && part.length === WIDTH && part.every((byte, index) => byte === before[index]);
    if (same) {
      if (lines[lines.length - 1] !== '*') lines.push('*');
      continue;
    }
    const line = lineText(at + i, part, ALL);
    lines.push(i === 0 ? `${line.padEnd(offsetText(at).length + LINE_WIDTH)}  ${label}` : line);
  }
  return lines.map((line) => `${line}\n`).join('');
}
