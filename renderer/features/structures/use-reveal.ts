import { useEffect } from 'react';
import type { StructurePart } from '../../../app/contract/types.ts';
import { type Reveal, useView } from '../../state/view.ts';
import { takeReveal } from '../hex/places.ts';

/**
 * Shows what the window was asked to show, once each time, when it lies in this part and the part is `ready`. What `show` answers is
 * called when it is not wanted any more.
 */
export function useReveal(
  path: string,
  part: StructurePart,
  ready: boolean,
  show: (reveal: Reveal) => (() => void) | undefined,
): void {
  const reveal = useView((state) => state.reveal);
  useEffect(() => {
    if (!ready || reveal?.path !== path || reveal.space !== 'file') return undefined;
    if (reveal.at < part.at || reveal.at >= part.at + Math.max(1, part.length)) return undefined;
    return takeReveal(reveal) ? show(reveal) : undefined;
    // only a new wish moves the view
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [reveal?.serial, part.id, ready]);
}
