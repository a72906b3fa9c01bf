import { create } from 'zustand';
import type { Client } from '../../../app/contract/contract.ts';
import type { Bookmark } from '../../../app/contract/types.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { report } from '../../state/notices.ts';

/** Grows with each change, so that every list is asked for again. */
const useRevision = create<{ revision: number }>()(() => ({ revision: 0 }));

const NONE: readonly Bookmark[] = [];

/** Bookmarks of an image, by space and place. */
export function useBookmarks(path: string): readonly Bookmark[] {
  const client = useClient();
  const revision = useRevision((state) => state.revision);
  const answer = useAnswer(path, `${path}:${revision}`, async (signal) => {
    const { bookmarks } = await client.call('bookmarks.list', { path }, signal);
    return bookmarks.toSorted((a, b) => a.space.localeCompare(b.space) || a.at - b.at);
  });
  return answer.value ?? NONE;
}

export async function saveBookmark(
  client: Client,
  bookmark: Pick<Bookmark, 'path' | 'space' | 'at' | 'length' | 'note'> & { id: string | null },
): Promise<void> {
  try {
    await client.call('bookmarks.save', bookmark);
  } catch (thrown) {
    report(thrown, 'Saving the bookmark');
  }
  useRevision.setState(({ revision }) => ({ revision: revision + 1 }));
}

export async function removeBookmark(client: Client, id: string): Promise<void> {
  try {
    await client.call('bookmarks.remove', { id });
  } catch (thrown) {
    report(thrown, 'Removing the bookmark');
  }
  useRevision.setState(({ revision }) => ({ revision: revision + 1 }));
}
