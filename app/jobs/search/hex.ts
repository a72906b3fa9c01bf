import { refusal } from '../../../core/errors.ts';
import { BytePattern } from './byte-pattern.ts';

const DIGIT = /^[0-9a-f?]$/i;

/** "63 6f ?? 6?": two digits a byte, `?` for any digit, blanks wherever. @throws refusal `bad-pattern`. */
export function hexPattern(text: string): BytePattern {
  const digits = text.replace(/\s+/g, '').split('');
  const odd = digits.find((digit) => !DIGIT.test(digit));
  if (odd !== undefined) throw refusal('bad-pattern', `${JSON.stringify(odd)} is no hex digit and no wildcard.`);
  if (digits.length === 0 || digits.length % 2 === 1)
    throw refusal('bad-pattern', 'Hex needs two digits for each byte.', {
      hint: 'Write ? for a digit that may be any.',
    });
  if (digits.every((digit) => digit === '?'))
    throw refusal('bad-pattern', 'A pattern of wildcards alone is everywhere.');
  const positions: number[][] = [];
  for (let i = 0; i < digits.length; i += 2) positions.push(bytesOf(digits[i] ?? '?', digits[i + 1] ?? '?'));
  return new BytePattern(positions);
}

function bytesOf(high: string, low: string): number[] {
  const choices = (digit: string): number[] =>
    digit === '?' ? Array.from({ length: 16 }, (_, value) => value) : [Number.parseInt(digit, 16)];
  return choices(high).flatMap((upper) => choices(low).map((lower) => upper * 16 + lower));
}
