import type { ImageDetail } from '../../../app/contract/types.ts';

export type Fact = ImageDetail['facts'][number];

/** Long facts, as ids and times, stand at the right; short ones at the left, about as many. */
export function twoColumns(facts: readonly Fact[]): [Fact[], Fact[]] {
  const left = facts.filter(({ mono }) => !mono);
  const right = facts.filter(({ mono }) => mono);
  while (left.length > right.length + 1) {
    const last = left.pop();
    if (last) right.push(last);
  }
  return [left, right];
}
