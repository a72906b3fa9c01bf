import { clampLength } from '../../core/io/source.ts';
import type { Input, Target } from '../contract/contract.ts';
import type { ByteAnswer, SearchHit } from '../contract/types.ts';

/** What to read of the whole target for `length` bytes at `at` of its window. */
export function readWindow({ window }: Target, at: number, length: number): { at: number; length: number } {
  return window ? { at: window.at + at, length: clampLength(at, length, window.length) } : { at, length };
}

/** Bytes of the whole target as those of its window. */
export function asWindow({ window }: Target, answer: ByteAnswer): ByteAnswer {
  if (!window) return answer;
  const { at, size, bytes, runs } = answer;
  return {
    at: at - window.at,
    size: clampLength(window.at, window.length, size),
    bytes,
    runs: runs.map((run) => ({ ...run, at: run.at - window.at })),
  };
}

/** A search of the window as one of the whole target, and its hits as the window's. */
export function searchWindow(
  { window }: Target,
  { from, to }: Pick<Input<'bytes.search'>, 'from' | 'to'>,
): { from: number; to: number | null; shifted: (hit: SearchHit) => SearchHit } {
  if (!window) return { from, to, shifted: (hit) => hit };
  return {
    from: from + window.at,
    to: window.at + Math.min(to ?? window.length, window.length),
    shifted: (hit) => ({ ...hit, at: hit.at - window.at }),
  };
}

/** A range of the window as one of the whole target. */
export function hashWindow(
  { window }: Target,
  { at, length }: Pick<Input<'bytes.hash'>, 'at' | 'length'>,
): { at: number; length: number | null } {
  if (!window) return { at, length };
  return { at: at + window.at, length: clampLength(at, length ?? window.length, window.length) };
}
