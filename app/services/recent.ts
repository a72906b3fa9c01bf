import path from 'node:path';
import * as z from 'zod/mini';
import { asPlatterError } from '../../core/errors.ts';
import type { RecentCase } from '../contract/types.ts';
import { JsonFile } from './store.ts';

const entry = z.object({
  paths: z.array(z.string()),
  name: z.string(),
  kind: z.enum(['file', 'folder']),
  opened: z.string(),
});
const shape = z.object({ version: z.literal(1), recent: z.array(entry) });
type Shape = z.output<typeof shape>;

/** Cases that are remembered. */
const KEEP = 12;

/** What was opened before, latest first. */
export class Recent {
  readonly #file: JsonFile<Shape>;
  readonly #announce: (message: string) => void;

  constructor(state: string, announce: (message: string) => void) {
    this.#announce = announce;
    const empty = (): Shape => ({ version: 1, recent: [] });
    const accept = (parsed: unknown): Shape | null => z.safeParse(shape, parsed).data ?? null;
    this.#file = new JsonFile(path.join(state, 'recent.json'), empty, accept, announce);
  }

  async list(): Promise<RecentCase[]> {
    return (await this.#file.read()).recent;
  }

  async add(opened: RecentCase): Promise<void> {
    const key = JSON.stringify(opened.paths);
    const update = this.#file.update(({ recent }) => ({
      version: 1,
      recent: [opened, ...recent.filter(({ paths }) => JSON.stringify(paths) !== key)].slice(0, KEEP),
    }));
    // evidence opens also where nothing can be remembered
    await update.catch((thrown: unknown) =>
      this.#announce(`Recent cases are not kept: ${asPlatterError(thrown).message}`),
    );
  }

  async forget(): Promise<void> {
    await this.#file.update(() => ({ version: 1, recent: [] }));
  }
}
