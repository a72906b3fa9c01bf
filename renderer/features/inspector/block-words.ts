import type { ChainOwner } from '../../../app/contract/types.ts';
import { formatCount } from '../../ui/format.ts';
import type { Share } from '../disk/shares.ts';

const COUNTS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];

/** Who holds a block, in one or two plain sentences. */
export function blockSentence(shares: readonly Share[], owners: readonly ChainOwner[]): string {
  const held = shares.filter(({ state }) => state === 'data');
  const total = shares.reduce((sum, { sectors }) => sum + sectors, 0);
  const of = (state: Share['state']): number =>
    shares.filter((one) => one.state === state).reduce((sum, { sectors }) => sum + sectors, 0);
  const sentences: string[] = [];
  const [first, second] = held;
  const role = (share: Share): string => {
    const owner = share.owner === null ? undefined : owners[share.owner];
    return owner === undefined || owners.length === 1 ? 'file' : owner.role;
  };
  if (!first) {
    if (of('lost') === total)
      return 'A file of the chain should hold this block, and its bytes are not there: it cannot be read.';
    if (of('zero') === total) return 'No file of the chain holds this block, so the guest reads zeros.';
  } else if (!second) {
    const all = first.sectors === total;
    sentences.push(
      all
        ? `The ${role(first)} holds all of this block.`
        : `The ${role(first)} holds ${formatCount(first.sectors)} of its ${formatCount(total)} sectors.`,
    );
  } else {
    const many = COUNTS[held.length] ?? formatCount(held.length);
    const rest = held.length === 2 && first.sectors + second.sectors === total;
    sentences.push(
      `${many} files hold this block. The ${role(first)} owns ${formatCount(first.sectors)} of its ${formatCount(total)} sectors` +
        (rest ? ` and the ${role(second)} the rest` : '') +
        ', so a read of the whole block takes from each.',
    );
  }
  if (of('zero') > 0 && first) sentences.push(`Nobody holds ${formatCount(of('zero'))} sectors; they read as zeros.`);
  if (of('hole') > 0) sentences.push(`${formatCount(of('hole'))} sectors would be in a parent that is missing.`);
  if (of('lost') > 0) sentences.push(`${formatCount(of('lost'))} sectors should be in a file and are not.`);
  return sentences.join(' ');
}
