import { onesComplementSum } from '../../../structure/checksum.ts';
import { FOOTER_COOKIE, FOOTER_LENGTH } from '../constants.ts';
import { type Footer, footer } from '../layout.ts';

/** Differing fields beyond which votes are guesses: 2ⁿ combinations are tried. */
const MAX_DIFFERENCES = 12;

/**
 * The footer that two damaged ones add up to, field by field: the only mixture of both whose cookie and checksum are right.
 * Null when there is none, or more than one.
 */
export function voteFooter(a: Uint8Array, b: Uint8Array): Uint8Array | null {
  if (a.length !== FOOTER_LENGTH || b.length !== FOOTER_LENGTH) return null;
  const differing = differingFields(a, b).map((name) => footer.field(name));
  if (differing.length === 0 || differing.length > MAX_DIFFERENCES) return null;
  let found: Uint8Array | null = null;
  for (let choice = 0; choice < 1 << differing.length; choice += 1) {
    const mixed = a.slice();
    for (const [bit, { offset, length }] of differing.entries()) {
      if (choice & (1 << bit)) mixed.set(b.subarray(offset, offset + length), offset);
    }
    const value = footer.parse(mixed);
    if (value.cookie !== FOOTER_COOKIE) continue;
    if (onesComplementSum(mixed, footer.field('checksum').offset) !== value.checksum) continue;
    if (found) return null;
    found = mixed;
  }
  return found;
}

/** Names of the footer's fields in which two differ. */
export function differingFields(a: Uint8Array, b: Uint8Array): (keyof Footer)[] {
  return footer.fields
    .filter(({ offset, length }) => {
      for (let i = offset; i < offset + length; i += 1) if (a[i] !== b[i]) return true;
      return false;
    })
    .map(({ name }) => name as keyof Footer);
}
