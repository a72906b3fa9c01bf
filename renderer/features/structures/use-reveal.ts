import { useEffect } from 'react';
import type { StructurePart } from '../../../app/contract/types.ts';
import { type Reveal, useView } from '../../state/view.ts';
import { takeReveal } from '../hex/places.ts';

/** Shows what the window was asked to show, once each time, when it lies in this part and the part is `ready`. */
export function useReveal(path: string, part: StructurePart, ready: boolean, show: (reveal: Reveal) => void): void {
  const reveal = useView((state) => state.reveal);
  useEffect(() => {
    if (!ready || reveal?.path !== path || reveal.space !== 'file') return;
    if (reveal.at < part.at || reveal.at >= part.at + Math.max(1, part.length)) return;
    if (takeReveal(reveal)) show(reveal);
    // only a new wish moves the view
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [reveal?.serial, part.id, ready]);
}
