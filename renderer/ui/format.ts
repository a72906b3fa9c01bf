import { formatCount } from '../../core/structure/text.ts';

export { formatBytes as formatSize, formatCount, formatOffset } from '../../core/structure/text.ts';

/** "507,037,696 bytes". */
export function formatBytes(bytes: number): string {
  return `${formatCount(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

/** "1 error", "5 errors". */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${formatCount(count)} ${count === 1 ? word : words}`;
}

/** A moment in UTC: "2015-11-15 23:06:44Z". Takes milliseconds since 1970 or ISO 8601; what is no moment stays as it is. */
export function formatTime(moment: number | string): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** The same moment on this computer's clock, with the zone. */
export function formatLocalTime(moment: number | string): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  return date.toLocaleString('sv-SE', { timeZoneName: 'short' });
}

/** A length of time: "00:00:07". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/**
 * Where a name may be cut: the head may lose its end, the tail stays. The tail is the extension with the last four
 * characters before it; a name without one keeps its last eight.
 */
export function splitName(name: string): [head: string, tail: string] {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 8 ? name.length - dot : 0;
  const long = extension > 0 ? extension + 4 : 8;
  // a name that is short already keeps its extension only
  const tail = name.length > long + 8 ? long : extension;
  return tail === 0 ? [name, ''] : [name.slice(0, -tail), name.slice(-tail)];
}

/** A name cut to `length` characters in its middle; the first eight and the extension always stay. */
export function shortenName(name: string, length: number): string {
  const [head, tail] = splitName(name);
  const kept = Math.max(8, length - tail.length - 1);
  if (name.length <= length || head.length <= kept) return name;
  return `${head.slice(0, kept)}…${tail}`;
}

/** Whether a tip says anything that is not to be read in the element already, as "512 bytes" over "512 B" does not. */
export function tellsMore(shown: string, tip: string): boolean {
  const plain = (text: string): string =>
    text
      .replace(/\bbytes?\b/g, 'B')
      .replace(/\s+/g, ' ')
      .trim()
      .toLowerCase();
  return !plain(shown).includes(plain(tip));
}
