import type { ChainRow } from '../../../app/contract/types.ts';
import { plural } from '../../ui/format.ts';

/** What an image is, in one or two plain sentences. */
export function imageSentence(row: ChainRow, children: number): string {
  const { kind, format, foreign, hidden, savedState, verdict, parentName } = row;
  const below = children === 0 ? '' : ` ${plural(children, 'image')} ${children === 1 ? 'is' : 'are'} built on it.`;
  const flags =
    (hidden ? ' It is hidden: only its children use it.' : '') +
    (savedState ? ' A machine was suspended with it: its memory belongs to this state of the disk.' : '');
  if (format !== 'vhd') {
    if (foreign !== null) return `This is ${foreign}, which Platter reads as bytes only.${below}`;
    return format === 'raw'
      ? `A raw disk: its bytes are the guest’s.${below}`
      : `What this is could not be told.${below}`;
  }
  if (kind === 'fixed') return `A fixed disk: all of the guest’s bytes, then a footer.${flags}${below}`;
  if (kind === 'dynamic') return `A dynamic disk: it holds the blocks that were ever written.${flags}${below}`;
  if (kind === null) return `A VHD whose footer does not say of what kind it is.${below}`;
  const parent = parentName === null || parentName === '' ? 'its parent' : parentName;
  const found: Record<NonNullable<ChainRow['verdict']>, string> = {
    'ok': '',
    'missing': ' The parent is not here, so what it would hold is not known.',
    'moved': ' The parent was found under another name or in another folder.',
    'id-mismatch': ' What stands in the parent’s place is another image.',
    'cycle': ' Following its parents leads back to it.',
  };
  return `A differencing disk: it holds what changed since ${parent}.${verdict === null ? '' : found[verdict]}${flags}${below}`;
}
