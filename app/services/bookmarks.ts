import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod/mini';
import { refusal } from '../../core/errors.ts';
import type { Input } from '../contract/contract.ts';
import type { Bookmark } from '../contract/types.ts';
import { JsonFile } from './store.ts';

const bookmark = z.object({
  id: z.string(),
  path: z.string(),
  space: z.enum(['file', 'guest']),
  at: z.int().check(z.nonnegative()),
  length: z.int().check(z.nonnegative()),
  note: z.string(),
  created: z.string(),
});
const shape = z.object({ version: z.literal(1), bookmarks: z.array(bookmark) });
type Shape = z.output<typeof shape>;

/** Places in images that somebody marked. */
export class Bookmarks {
  readonly #file: JsonFile<Shape>;

  constructor(state: string, announce: (message: string) => void) {
    const empty = (): Shape => ({ version: 1, bookmarks: [] });
    const accept = (parsed: unknown): Shape | null => z.safeParse(shape, parsed).data ?? null;
    this.#file = new JsonFile(path.join(state, 'bookmarks.json'), empty, accept, announce);
  }

  async list(of: string | null): Promise<Bookmark[]> {
    const { bookmarks } = await this.#file.read();
    return bookmarks.filter((known) => of === null || known.path === of);
  }

  /** Adds a bookmark, or changes the one with the given id. */
  async save({ id, ...rest }: Input<'bookmarks.save'>): Promise<Bookmark> {
    let saved: Bookmark | undefined;
    await this.#file.update(({ bookmarks }) => {
      const before = bookmarks.find((known) => known.id === id);
      if (id !== null && !before) throw refusal('not-found', 'There is no such bookmark any more.');
      const made: Bookmark = {
        ...rest,
        id: before?.id ?? randomUUID(),
        created: before?.created ?? new Date().toISOString(),
      };
      saved = made;
      return {
        version: 1,
        bookmarks: before ? bookmarks.map((known) => (known === before ? made : known)) : [...bookmarks, made],
      };
    });
    return saved as Bookmark;
  }

  async remove(id: string): Promise<boolean> {
    let removed = false;
    await this.#file.update(({ bookmarks }) => {
      const left = bookmarks.filter((known) => known.id !== id);
      removed = left.length < bookmarks.length;
      return { version: 1, bookmarks: left };
    });
    return removed;
  }
}
