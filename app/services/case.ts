import type { ParentLink, ParentLookup } from '../../core/chain/parents.ts';
import { findParent } from '../../core/chain/parents.ts';
import type { ImageSummary } from '../../core/chain/summary.ts';
import { PlatterError } from '../../core/errors.ts';
import type { Files } from '../../core/io/files.ts';
import { throwIfAborted } from '../../core/io/source.ts';
import type { CaseRoot, CaseState, ChainProblem } from '../contract/types.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { Pool } from '../jobs/pool.ts';
import type { ScannedImage } from '../jobs/tasks/scan.ts';
import { breathe, type Served } from '../jobs/tasks/task.ts';

/** Images a thread reads before it answers. */
const BATCH = 32;
/** Milliseconds between two announcements of a case that is still being read. */
const ANNOUNCE = 500;

/** What is open: the roots, every image found under them, and how their parents were found. */
export class Case {
  roots: CaseRoot[] = [];
  readonly images = new Map<string, ScannedImage>();
  /** Children whose parent was looked for. */
  readonly links = new Map<string, ParentLink>();
  readonly problems: ChainProblem[] = [];
  /** Job that reads the folders; null when everything is read. */
  scanning: string | null = null;
  rev = 0;

  readonly #files: Files;
  readonly #pool: Pool;
  readonly #served: Served;
  readonly #changed: () => void;
  /** Images outside the roots that a child named as its parent; null where nothing is. */
  readonly #outside = new Map<string, Promise<ScannedImage | null>>();
  #byId: Map<string, ImageSummary[]> | null = null;

  constructor(files: Files, pool: Pool, served: Served, changed: () => void) {
    this.#files = files;
    this.#pool = pool;
    this.#served = served;
    this.#changed = changed;
    this.lookup = {
      files,
      summaryOf: async (path) => (await this.imageAt(path))?.summary ?? null,
      withId: (id) => Promise.resolve(this.#index().get(id) ?? []),
    };
  }

  state(): CaseState {
    let errors = 0;
    let warnings = 0;
    for (const { summary } of this.images.values()) {
      errors += summary?.errors ?? 0;
      warnings += summary?.warnings ?? 0;
    }
    return {
      rev: this.rev,
      name: this.roots.map(({ name }) => name).join(', '),
      roots: [...this.roots],
      images: this.images.size,
      errors,
      warnings,
      scanning: this.scanning,
    };
  }

  /** Images with a finding above info. */
  troubled(): string[] {
    return [...this.images.values()]
      .filter(({ summary }) => (summary?.errors ?? 0) + (summary?.warnings ?? 0) > 0)
      .map(({ path }) => path)
      .sort();
  }

  touch(): void {
    this.rev += 1;
    this.#changed();
  }

  clear(): void {
    this.roots = [];
    this.images.clear();
    this.#forget();
    this.problems.length = 0;
  }

  #forget(): void {
    this.links.clear();
    this.#outside.clear();
    this.#byId = null;
  }

  /** Reads files again that changed, and new ones that lie under an opened folder; what is gone leaves the case. */
  async refresh(paths: readonly string[], context: JobContext<never>): Promise<void> {
    const known = paths.filter((path) => this.images.delete(path) || this.#isUnderRoot(path));
    const there: string[] = [];
    for (const path of known) if ((await this.#files.info(path)) !== null) there.push(path);
    await this.scan(there, context);
    this.touch();
  }

  #isUnderRoot(path: string): boolean {
    return this.roots.some(({ path: root, kind }) => {
      return kind === 'folder' && (path.startsWith(`${root}/`) || path.startsWith(`${root}\\`));
    });
  }

  /** Reads images under `paths` into the case. */
  async scan(paths: string[], context: JobContext<never>): Promise<{ images: number }> {
    const { flag } = context;
    const served = this.#served;
    context.progress('Looking for images', 0, null, 'images');
    const found = await this.#pool.run('list', { paths, served }, { flag });
    throwIfAborted(flag);
    for (const { path, error } of found.failures)
      this.problems.push({ path, code: error.code, message: error.message });

    const queue = found.paths.filter((path) => !this.images.has(path));
    const total = queue.length;
    let done = 0;
    let announced = Date.now();
    const reader = async (): Promise<void> => {
      for (let batch = queue.splice(0, BATCH); batch.length > 0; batch = queue.splice(0, BATCH)) {
        for (const image of await this.#pool.run('summaries', { paths: batch, served }, { flag })) {
          this.images.set(image.path, image);
          if (image.error)
            this.problems.push({ path: image.path, code: image.error.code, message: image.error.message });
        }
        done += batch.length;
        context.progress('Reading images', done, total, 'images');
        if (Date.now() - announced > ANNOUNCE) {
          announced = Date.now();
          this.touch();
        }
      }
    };
    await Promise.all([reader(), reader()]);
    this.#forget();
    context.progress('Finding parents', total, total, 'images');
    await this.#findParents(flag);
    return { images: total };
  }

  async #findParents(flag: { aborted: boolean }): Promise<void> {
    let looked = 0;
    for (const { summary } of this.images.values()) {
      throwIfAborted(flag);
      if (!summary?.vhd?.parent) continue;
      this.links.set(summary.path, await findParent(summary, this.lookup));
      looked += 1;
      if (looked % 50 === 0) await breathe();
    }
  }

  /** Finds parents among the images of the case first, then on the disk. */
  readonly lookup: ParentLookup;

  /** The image at a path, of the case or not; null when there is none or it must not be looked at. */
  async imageAt(path: string): Promise<ScannedImage | null> {
    const known = this.images.get(path);
    if (known) return known;
    let outside = this.#outside.get(path);
    if (!outside) this.#outside.set(path, (outside = this.#readOutside(path)));
    return outside;
  }

  async #readOutside(path: string): Promise<ScannedImage | null> {
    try {
      const info = await this.#files.info(path);
      if (!info || (info.kind !== 'file' && info.kind !== 'block-device')) return null;
      const [image] = await this.#pool.run('summaries', { paths: [path], served: this.#served });
      return image?.summary ? image : null;
    } catch (thrown) {
      // a place we may not look at holds no parent; neither does one that cannot be read
      if (thrown instanceof PlatterError && (thrown.kind === 'refusal' || thrown.kind === 'failure')) return null;
      throw thrown;
    }
  }

  #index(): Map<string, ImageSummary[]> {
    if (this.#byId) return this.#byId;
    const index = new Map<string, ImageSummary[]>();
    for (const { summary } of this.images.values()) {
      const id = summary?.vhd?.id;
      if (!summary || !id) continue;
      const group = index.get(id);
      if (group) group.push(summary);
      else index.set(id, [summary]);
    }
    return (this.#byId = index);
  }
}
