import { create } from 'zustand';
import type { ChainRow } from '../../app/contract/types.ts';

/** Paths of images that the page reads itself begin with this: no host knows them. */
const DROPPED = 'dropped:';

/** A dropped file as an image of the case. */
export interface DroppedImage {
  file: File;
  row: ChainRow;
}

interface DroppedStore {
  images: ReadonlyMap<string, DroppedImage>;
}

export const useDropped = create<DroppedStore>()(() => ({ images: new Map() }));

/** Whether an image was dropped here and is read by the page alone. */
export function isDropped(path: string): boolean {
  return path.startsWith(DROPPED);
}

/** The path a dropped file goes by in this window: two of one name are told apart by a number. */
export function droppedPath(file: File): string {
  const { images } = useDropped.getState();
  for (let number = 1; ; number += 1) {
    const path = `${DROPPED}${number > 1 ? `${number}/` : ''}${file.name}`;
    const known = images.get(path);
    if (!known || (known.file.size === file.size && known.file.lastModified === file.lastModified)) return path;
  }
}

export function addDropped(image: DroppedImage): void {
  useDropped.setState(({ images }) => ({ images: new Map(images).set(image.row.path, image) }));
}

export function forgetDropped(): void {
  if (useDropped.getState().images.size > 0) useDropped.setState({ images: new Map() });
}
