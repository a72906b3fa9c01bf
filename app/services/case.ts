import { duplicateIds } from '../../core/chain/checks.ts';
import { findParent, type ParentLink, type ParentLookup } from '../../core/chain/parents.ts';
import type { ImageSummary } from '../../core/chain/summary.ts';
import { asPlatterError, PlatterError } from '../../core/errors.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Files } from '../../core/io/files.ts';
import { type Signal, throwIfAborted } from '../../core/io/source.ts';
import type { CaseRoot, CaseState, ChainProblem } from '../contract/types.ts';
import { type Verdict, verdictOf } from '../describe/verdict.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { Pool } from '../jobs/pool.ts';
import type { JudgeInput } from '../jobs/tasks/judge.ts';
import type { ScannedFile } from '../jobs/tasks/scan.ts';
import { breathe, type Served } from '../jobs/tasks/task.ts';
import { withKnownCopies } from './known-copies.ts';

/** Images a thread reads before it answers: a page's own question waits for no more than that. */
const BATCH = 32;
/** Batches under way at a time. */
const READERS = 4;
/** Milliseconds between two announcements of a case that is still being read, at least. */
const ANNOUNCE = 500;
/** More ancestors than any known system makes. */
const MAX_ANCESTORS = 1024;

/** What is open: the roots, every image found under them, how their parents were found, and what the checks say. */
export class Case {
  roots: CaseRoot[] = [];
  readonly images = new Map<string, ImageSummary>();
  /** How many findings each image has by itself and in its chain; absent while it was not checked yet. */
  readonly #verdicts = new Map<string, Verdict>();
  /** Children whose parent was looked for. */
  readonly links = new Map<string, ParentLink>();
  problems: ChainProblem[] = [];
  /** Job that reads the folders; null when everything is read. */
  scanning: string | null = null;
  rev = 0;
  /** Finds parents among the images of the case first, then on the disk. */
  readonly lookup: ParentLookup;

  readonly #files: Files;
  readonly #pool: Pool;
  readonly #served: Served;
  readonly #changed: () => void;
  /** Images outside the roots that a child named as its parent; null where nothing is. */
  readonly #outside = new Map<string, Promise<ImageSummary | null>>();
  readonly #byId = new Map<string, ImageSummary[]>();
  readonly #byIdentity = new Map<string, ImageSummary>();
  #duplicates = new Map<string, Finding>();
  #counted = { rev: 0, errors: 0, warnings: 0 };
  readonly #copies: () => Promise<ReadonlyMap<string, string>>;

  /** `copies`: files that Platter wrote, with the images they were made from. */
  constructor(
    files: Files,
    pool: Pool,
    served: Served,
    changed: () => void,
    copies: () => Promise<ReadonlyMap<string, string>> = () => Promise.resolve(new Map()),
  ) {
    this.#copies = copies;
    this.#files = files;
    this.#pool = pool;
    this.#served = served;
    this.#changed = changed;
    this.lookup = {
      files,
      summaryOf: (path) => this.summaryAt(path),
      withId: (id) => Promise.resolve(this.#byId.get(id) ?? []),
    };
  }

  state(): CaseState {
    // every page asks, and a case may have thousands of images: counted once for each change
    if (this.#counted.rev !== this.rev) this.#counted = this.#count();
    const { errors, warnings } = this.#counted;
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

  #count(): { rev: number; errors: number; warnings: number } {
    const out = { rev: this.rev, errors: 0, warnings: 0 };
    for (const path of this.images.keys()) {
      const verdict = this.verdict(path);
      out.errors += verdict?.errors ?? 0;
      out.warnings += verdict?.warnings ?? 0;
    }
    return out;
  }

  /** Images with a finding above info. */
  troubled(): string[] {
    const isTroubled = (verdict: Verdict | null): boolean => verdict !== null && verdict.errors + verdict.warnings > 0;
    return [...this.images.keys()].filter((path) => isTroubled(this.verdict(path))).sort();
  }

  /** How many findings an image has, those of the whole set included; null while it was not checked yet. */
  verdict(path: string): Verdict | null {
    const own = this.#verdicts.get(path);
    if (!own) return null;
    const twin = this.#duplicates.get(path);
    return twin ? added(own, twin) : own;
  }

  touch(): void {
    this.rev += 1;
    this.#changed();
  }

  clear(): void {
    this.roots = [];
    this.images.clear();
    this.#verdicts.clear();
    this.problems = [];
    this.#forgetLinks();
  }

  #forgetLinks(): void {
    this.links.clear();
    this.#outside.clear();
    this.#byId.clear();
    this.#byIdentity.clear();
    this.#duplicates.clear();
  }

  /** Reads files again that changed, and new ones that lie under an opened folder; what is gone leaves the case. */
  async refresh(paths: readonly string[], context: JobContext<never>): Promise<void> {
    const own = paths.filter((path) => this.images.has(path) || this.#isUnderRoot(path));
    const there: string[] = [];
    for (const path of own) {
      if ((await this.#files.info(path)) !== null) there.push(path);
      this.images.delete(path);
      this.#verdicts.delete(path);
    }
    this.problems = this.problems.filter(({ path }) => !own.includes(path));
    await this.#readFiles(there, context);
    await this.#judge(await this.#findParents(context.flag), context);
    this.touch();
  }

  #isUnderRoot(path: string): boolean {
    return this.roots.some(({ path: root, kind }) => {
      return kind === 'folder' && (path.startsWith(`${root}/`) || path.startsWith(`${root}\\`));
    });
  }

  /** The image and its ancestors by the links that are known. */
  #ancestry(path: string): string[] {
    const out = new Set<string>();
    for (let at: string | null = path; at !== null && !out.has(at) && out.size < MAX_ANCESTORS; ) {
      out.add(at);
      at = this.links.get(at)?.path ?? null;
    }
    return [...out];
  }

  /** Reads images under `paths` into the case: first what each is, then whose child, last what is wrong with it. */
  async scan(paths: string[], context: JobContext<never>): Promise<{ images: number }> {
    const { flag, progress } = context;
    try {
      progress('Looking for images', 0, null, 'images');
      const found = await this.#pool.run('list', { paths, served: this.#served }, { flag });
      throwIfAborted(flag);
      for (const { path, error } of found.failures)
        this.problems.push({ path, code: error.code, message: error.message });
      const fresh = found.paths.filter((path) => !this.images.has(path));
      await this.#readFiles(fresh, context);
      progress('Finding parents', fresh.length, fresh.length, 'images');
      const concerned = await this.#findParents(flag);
      this.touch();
      await this.#judge(concerned, context);
      return { images: fresh.length };
    } catch (thrown) {
      const { message } = asPlatterError(thrown);
      for (const path of paths)
        this.problems.push({ path, code: 'incomplete', message: `Not everything was read. ${message}` });
      throw thrown;
    }
  }

  async #readFiles(paths: readonly string[], { flag, progress }: JobContext<never>): Promise<void> {
    const served = this.#served;
    await this.#inBatches(paths, async (batch, done) => {
      for (const file of await this.#pool.run('summaries', { paths: batch, served }, { flag })) this.#take(file);
      progress('Reading images', done(), paths.length, 'images');
    });
  }

  #take({ path, summary, verdict, error }: ScannedFile): void {
    if (verdict) this.#verdicts.set(path, verdict);
    if (error) this.problems.push({ path, code: error.code, message: error.message });
    this.images.set(path, summary ?? unreadable(path, this.#files.nameOf(path)));
  }

  /** Finds all parents anew; answers the images that have to be judged: new ones, and those whose chain is another now. */
  async #findParents(flag: Signal): Promise<string[]> {
    const before = new Map(this.links);
    this.#forgetLinks();
    for (const summary of this.images.values()) {
      const id = summary.vhd?.id;
      if (id) this.#byId.set(id, [...(this.#byId.get(id) ?? []), summary]);
      if (!this.#byIdentity.has(summary.identity)) this.#byIdentity.set(summary.identity, summary);
    }
    let looked = 0;
    for (const summary of this.images.values()) {
      throwIfAborted(flag);
      if (!summary.vhd?.parent) continue;
      this.links.set(summary.path, await findParent(summary, this.lookup));
      looked += 1;
      if (looked % 50 === 0) await breathe();
    }
    const twins = duplicateIds([...this.images.values()].map((summary) => ({ summary, idAt: null })));
    this.#duplicates = twins.size === 0 ? twins : withKnownCopies(twins, this.images, await this.#copies());
    const paths = [...this.images.keys()];
    const changed = new Set(
      paths.filter((path) => {
        const [now, then] = [this.links.get(path), before.get(path)];
        return !this.#verdicts.has(path) || now?.path !== then?.path || now?.verdict !== then?.verdict;
      }),
    );
    return paths.filter((path) => this.#ancestry(path).some((at) => changed.has(at)));
  }

  async #judge(paths: readonly string[], { flag, progress }: JobContext<never>): Promise<void> {
    const served = this.#served;
    await this.#inBatches(paths, async (batch, done) => {
      const images = await Promise.all(batch.map((path) => this.judgeInput(path)));
      for (const { path, error: _error, ...verdict } of await this.#pool.run(
        'verdicts',
        { images, served },
        { flag },
      )) {
        this.#verdicts.set(path, verdict);
      }
      progress('Checking images', done(), paths.length, 'images');
    });
  }

  /** Hands paths to the pool, a few batches at a time; `done` counts what is finished, the batch at hand included. */
  async #inBatches(
    paths: readonly string[],
    work: (batch: string[], done: () => number) => Promise<void>,
  ): Promise<void> {
    const queue = [...paths];
    let finished = 0;
    let announced = Date.now();
    const reader = async (): Promise<void> => {
      for (let batch = queue.splice(0, BATCH); batch.length > 0; batch = queue.splice(0, BATCH)) {
        const { length } = batch;
        await work(batch, () => (finished += length));
        // the more there is, the longer a page takes to show it
        if (Date.now() - announced < ANNOUNCE + this.images.size / 5) continue;
        announced = Date.now();
        this.touch();
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }

  /** What a thread needs to judge an image: every file that was taken or considered for an ancestor. */
  async judgeInput(path: string, parentFindings: Finding[] | null = null): Promise<JudgeInput> {
    const relatives = new Map<string, ImageSummary>();
    const seen = new Set<string>();
    for (let at = await this.summaryAt(path); at?.vhd?.parent && !seen.has(at.path) && seen.size < MAX_ANCESTORS; ) {
      seen.add(at.path);
      const link: ParentLink = this.links.get(at.path) ?? (await findParent(at, this.lookup));
      for (const { path: place } of link.candidates) {
        const found = relatives.has(place) ? null : await this.summaryAt(place);
        if (found) relatives.set(place, found);
      }
      at = link.path === null || link.raw ? null : await this.summaryAt(link.path);
    }
    return { path, relatives: [...relatives.values()], parentFindings };
  }

  /** Findings that only the set of all images shows. */
  findingsOfSet(path: string): Finding[] {
    const twin = this.#duplicates.get(path);
    return twin ? [twin] : [];
  }

  /** The image at a path, of the case or not; null when there is none, or it must not be looked at. */
  async summaryAt(path: string): Promise<ImageSummary | null> {
    const known = this.images.get(path);
    if (known) return known;
    let outside = this.#outside.get(path);
    if (!outside) this.#outside.set(path, (outside = this.#readOutside(path)));
    return outside;
  }

  async #readOutside(path: string): Promise<ImageSummary | null> {
    try {
      const info = await this.#files.info(path);
      if (!info || (info.kind !== 'file' && info.kind !== 'block-device')) return null;
      // a link, or another name of an image of the case: the tree has one node for it
      const known = this.#byIdentity.get(info.identity);
      if (known) return known;
      const [image] = await this.#pool.run('summaries', { paths: [path], served: this.#served });
      return image?.summary ?? null;
    } catch (thrown) {
      // a place we may not look at holds no parent; neither does one that cannot be read
      if (thrown instanceof PlatterError && (thrown.kind === 'refusal' || thrown.kind === 'failure')) return null;
      throw thrown;
    }
  }
}

function added(verdict: Verdict, finding: Finding): Verdict {
  const one = verdictOf([finding]);
  return {
    errors: verdict.errors + one.errors,
    warnings: verdict.warnings + one.warnings,
    worst: verdict.worst?.severity === 'error' || !one.errors ? (verdict.worst ?? one.worst) : one.worst,
  };
}

/** A file that could not be read keeps its row: somebody has to see that it is there. */
function unreadable(path: string, name: string): ImageSummary {
  return {
    path,
    name,
    identity: path,
    fileSize: 0,
    diskBytes: 0,
    modified: 0,
    format: 'unknown',
    foreign: 'unreadable',
    vhd: null,
    errors: 0,
    warnings: 0,
  };
}
