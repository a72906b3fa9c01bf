import { bug, refusal } from '../../core/errors.ts';

/*
 * A frame is `u32 length · JSON · raw bytes`, the length (big-endian) being the JSON's. The JSON is
 * `{m: message, b: [[path, at, length], …]}`: byte arrays anywhere in the message travel behind the JSON, and `b` says where each
 * belongs. So nothing in the message has a special meaning, and parsing needs no reviver.
 */

/** Frames a page may send. */
export const MAX_REQUEST = 8 * 1024 * 1024;
/** Frames a host may send: a snapshot of a very large folder is the largest. */
export const MAX_ANSWER = 256 * 1024 * 1024;

type Key = string | number;
interface Hole {
  path: Key[];
  bytes: Uint8Array;
}

/** Levels of nesting a message may have: far more than any of ours, far less than a stack. */
const MAX_DEPTH = 64;

/** Packs a message. @throws Bug for what JSON cannot say: u64 values travel as text. */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const holes: Hole[] = [];
  const plain = hasBytes(message, 0) ? withoutBytes(message, [], holes) : message;
  let at = 0;
  const places = holes.map(({ path, bytes }) => {
    const place = [path, at, bytes.length];
    at += bytes.length;
    return place;
  });
  const json = new TextEncoder().encode(JSON.stringify(holes.length === 0 ? { m: plain } : { m: plain, b: places }));
  const frame = new Uint8Array(4 + json.length + at);
  new DataView(frame.buffer).setUint32(0, json.length);
  frame.set(json, 4);
  let to = 4 + json.length;
  for (const { bytes } of holes) {
    frame.set(bytes, to);
    to += bytes.length;
  }
  return frame;
}

/** Whether there is a byte array anywhere. Most messages have none, and the largest are told so in a few milliseconds. */
function hasBytes(value: unknown, depth: number): boolean {
  if (typeof value === 'bigint') throw bug('a bigint in a message');
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Uint8Array) return true;
  if (depth >= MAX_DEPTH) throw bug('a message is nested too deeply');
  if (Array.isArray(value)) return value.some((item) => hasBytes(item, depth + 1));
  for (const key in value) if (hasBytes((value as Record<Key, unknown>)[key], depth + 1)) return true;
  return false;
}

/** The value with null for byte arrays; what holds none is answered as it is. */
function withoutBytes(value: unknown, path: Key[], holes: Hole[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    holes.push({ path: [...path], bytes: value });
    return null;
  }
  const before = holes.length;
  const entries: [Key, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  const changed: [Key, unknown][] = [];
  for (const [key, item] of entries) {
    path.push(key);
    const plain = withoutBytes(item, path, holes);
    path.pop();
    if (plain !== item) changed.push([key, plain]);
  }
  if (holes.length === before) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<Key, unknown>;
  for (const [key, plain] of changed) copy[key] = plain;
  return copy;
}

/**
 * Unpacks a frame; byte arrays of the answer are views of it.
 * @throws PlatterError refusal `forbidden` that says what is malformed.
 */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length < 4) throw malformed('it is shorter than its length field');
  const length = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
  if (length > frame.length - 4) throw malformed('its JSON is longer than the frame');
  let envelope: unknown;
  try {
    envelope = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4, 4 + length)));
  } catch {
    throw malformed('its JSON cannot be parsed');
  }
  if (typeof envelope !== 'object' || envelope === null || !('m' in envelope)) throw malformed('it has no message');
  const raw = frame.subarray(4 + length);
  if ('b' in envelope) {
    if (!Array.isArray(envelope.b)) throw malformed('its list of byte arrays is none');
    for (const place of envelope.b as unknown[]) putBytes(envelope, place, raw);
  }
  return envelope.m;
}

function putBytes(envelope: { m: unknown }, place: unknown, raw: Uint8Array): void {
  if (!Array.isArray(place)) throw malformed('a byte array has no place');
  const [path, at, length] = place as unknown[];
  if (!Array.isArray(path) || path.length > MAX_DEPTH || !isCount(at) || !isCount(length) || at + length > raw.length)
    throw malformed('a byte array lies outside the frame');
  let holder: object = envelope;
  let key: Key = 'm';
  for (const step of path as unknown[]) {
    const next = Object.hasOwn(holder, key) ? (holder as Record<Key, unknown>)[key] : undefined;
    if (typeof next !== 'object' || next === null || (typeof step !== 'string' && typeof step !== 'number'))
      throw malformed('a byte array belongs nowhere');
    holder = next;
    key = step;
  }
  // only over the null the sender left there: no path may reach a prototype or replace something else
  if (!Object.hasOwn(holder, key) || (holder as Record<Key, unknown>)[key] !== null)
    throw malformed('a byte array belongs nowhere');
  (holder as Record<Key, unknown>)[key] = raw.subarray(at, at + length);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(why: string): Error {
  return refusal('forbidden', `A frame is malformed: ${why}.`);
}
