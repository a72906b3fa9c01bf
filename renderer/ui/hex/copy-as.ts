import { ROW } from './lines.ts';

export type CopyForm = 'hex' | 'spaced' | 'dump' | 'c' | 'base64' | 'text';

/** Bytes that are put on the clipboard at most; more is a file. */
export const MAX_COPY = 1024 * 1024;

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Bytes that stood at `at` in the form asked for; `name` is what a C array is called. */
export function copyAs(form: CopyForm, bytes: Uint8Array, at: number, name: string): string {
  switch (form) {
    case 'hex':
      return Array.from(bytes, hex).join('');
    case 'spaced':
      return rows(bytes, (row) => Array.from(row, hex).join(' '));
    case 'dump':
      return rows(bytes, (row, offset) => dumpLine(row, at + offset));
    case 'c': {
      const lines = rows(bytes, (row) => `  ${Array.from(row, (byte) => `0x${hex(byte)},`).join(' ')}`);
      return `/* ${bytes.length} bytes at 0x${at.toString(16)} */\nstatic const unsigned char ${identifier(name)}[${bytes.length}] = {\n${lines}\n};\n`;
    }
    case 'base64':
      return base64(bytes);
    case 'text':
      return asText(bytes);
  }
}

function rows(bytes: Uint8Array, line: (row: Uint8Array, offset: number) => string): string {
  const out = [];
  for (let offset = 0; offset < bytes.length; offset += ROW)
    out.push(line(bytes.subarray(offset, offset + ROW), offset));
  return out.join('\n');
}

/** As `hexdump -C` and `platter hex` print it. */
function dumpLine(row: Uint8Array, at: number): string {
  const cells = Array.from(row, hex);
  const left = cells.slice(0, 8).join(' ').padEnd(23);
  const right = cells.slice(8).join(' ').padEnd(23);
  const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${at.toString(16).padStart(8, '0')}  ${left}  ${right}  |${text}|`;
}

function identifier(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+|_+$/g, '');
  return /^[A-Za-z_]/.test(text) ? text : `bytes_${text}`;
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** UTF-8 where it is that, else Latin-1; without the zeros around it. */
function asText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  }
  // eslint-disable-next-line no-control-regex -- zero bytes and control characters are what is looked for
  return text.replace(/^\0+|\0+$/g, '').replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '.');
}
