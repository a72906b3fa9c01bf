import type { ImageSummary } from '../../core/chain/summary.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Input } from '../contract/contract.ts';
import type { ChainProblem, ChainRow, ChainSnapshot, CheckSummaryRow, ImageDetail } from '../contract/types.ts';
import { verdictOf } from '../describe/verdict.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { Pool } from '../jobs/pool.ts';
import type { Judged } from '../jobs/tasks/judge.ts';
import type { Served } from '../jobs/tasks/task.ts';
import type { Case } from './case.ts';
import { chainRow, chainRows } from './rows.ts';

/** Images a thread checks before it answers. */
const BATCH = 16;
const READERS = 4;

/** Chain trees and single images of the case. */
export class Images {
  readonly #case: Case;
  readonly #pool: Pool;
  readonly #served: Served;
  #snapshot: ChainSnapshot | null = null;
  #rows = new Map<string, ChainRow>();

  constructor(opened: Case, pool: Pool, served: Served) {
    this.#case = opened;
    this.#pool = pool;
    this.#served = served;
  }

  /** All rows of the case as it is now. */
  snapshot(): ChainSnapshot {
    const { rev, images, links, roots, problems } = this.#case;
    if (this.#snapshot?.rev !== rev) {
      const { rows, problems: ofSet } = chainRows(images, (path) => this.#case.verdict(path), links, roots);
      this.#snapshot = { rev, rows, problems: [...problems, ...ofSet.map((one) => this.#asFound(one))] };
      this.#rows = new Map(rows.map((row) => [row.path, row]));
    }
    return this.#snapshot;
  }

  /** Two images of one id, one of which Platter wrote from the other, are no problem. */
  #asFound(problem: ChainProblem): ChainProblem {
    if (problem.code !== 'chain.duplicate-id') return problem;
    const known = this.#case.findingsOfSet(problem.path).find(({ severity }) => severity === 'info');
    return known ? { ...problem, code: 'known-copy', message: known.message } : problem;
  }

  async detail(path: string): Promise<ImageDetail> {
    const known = await this.#case.judgeInput(path);
    const { summary, detail } = await this.#pool.run('inspect', { ...known, served: this.#served });
    const findings = this.#withSet(path, detail.findings);
    const candidates = this.#case.links.get(path)?.candidates ?? [];
    return { ...detail, findings, row: this.#row(summary, findings), candidates };
  }

  /** The row as the table has it, with what was found just now. */
  #row(summary: ImageSummary, findings: readonly Finding[]): ChainRow {
    this.snapshot();
    const verdict = verdictOf(findings);
    const row = this.#rows.get(summary.path);
    return row ? { ...row, ...verdict } : chainRow(summary, verdict, this.#case.roots);
  }

  /** A finding of the whole set is told once, also where the image's own chain shows it. */
  #withSet(path: string, findings: Finding[]): Finding[] {
    const more = this.#case.findingsOfSet(path).filter(({ code }) => !findings.some((known) => known.code === code));
    return [...findings, ...more];
  }

  async findings({ path, chain }: Input<'image.findings'>): Promise<Finding[]> {
    const paths = chain ? this.#withAncestors([path]) : [path];
    let own: Finding[] = [];
    await this.#judge(paths, { deep: false, chain }, undefined, (judged) => {
      if (judged.path === path) own = judged.findings;
    });
    return own;
  }

  /** Checks images of the case; one partial result an image. */
  async check(
    { paths, deep, chain }: Input<'findings.check'>,
    { flag, progress, partial }: JobContext<CheckSummaryRow>,
  ): Promise<{ images: number; healthy: number; errors: number; warnings: number }> {
    const asked = paths ?? [...this.#case.images.keys()];
    const all = chain ? this.#withAncestors(asked) : asked;
    const result = { images: 0, healthy: 0, errors: 0, warnings: 0 };
    const take = ({ path, findings, error }: Judged): void => {
      const { errors, warnings } = verdictOf(findings);
      const healthy = errors + warnings === 0;
      result.images += 1;
      result.healthy += healthy ? 1 : 0;
      result.errors += errors;
      result.warnings += warnings;
      const infos = findings.length - errors - warnings;
      const name = this.#case.images.get(path)?.name ?? path.split(/[\\/]/).pop() ?? path;
      partial([{ path, name, healthy, errors, warnings, infos, findings, error }]);
      progress('Checking images', result.images, all.length, 'images');
    };
    const tell = (done: number, total: number): void => progress('Reading bitmaps', done, total, 'blocks');
    await this.#judge(all, { deep, chain }, { flag, tell: deep && all.length === 1 ? tell : null }, take);
    return result;
  }

  #withAncestors(paths: readonly string[]): string[] {
    const out = new Set(paths);
    for (const path of out) {
      const link = this.#case.links.get(path);
      if (link && link.path !== null && !link.raw && link.verdict !== 'id-mismatch') out.add(link.path);
    }
    return [...out];
  }

  /** Judges images, with `chain` each after its parent, whose errors are then the child's concern. */
  async #judge(
    paths: readonly string[],
    { deep, chain }: { deep: boolean; chain: boolean },
    job: (Pick<JobContext<never>, 'flag'> & { tell: ((done: number, total: number) => void) | null }) | undefined,
    take: (judged: Judged) => void,
  ): Promise<void> {
    const served = this.#served;
    const found = new Map<string, Finding[]>();
    for (const level of chain ? this.#levels(paths) : [[...paths]]) {
      const reader = async (): Promise<void> => {
        for (
          let batch = level.splice(0, deep ? 1 : BATCH);
          batch.length > 0;
          batch = level.splice(0, deep ? 1 : BATCH)
        ) {
          const images = await Promise.all(batch.map((path) => this.#case.judgeInput(path, this.#above(path, found))));
          const options = job
            ? {
                flag: job.flag,
                long: deep,
                onMessage: (told: { done: number; total: number }) => job.tell?.(told.done, told.total),
              }
            : {};
          for (const judged of await this.#pool.run('judge', { images, deep, served }, options)) {
            const findings = this.#withSet(judged.path, judged.findings);
            if (chain) found.set(judged.path, findings);
            take({ ...judged, findings });
          }
        }
      };
      await Promise.all(Array.from({ length: READERS }, reader));
    }
  }

  #above(path: string, found: ReadonlyMap<string, Finding[]>): Finding[] | null {
    const parent = this.#case.links.get(path)?.path ?? null;
    return parent === null ? null : (found.get(parent) ?? null);
  }

  /** Images by their distance from the furthest ancestor that is among them. */
  #levels(paths: readonly string[]): string[][] {
    const among = new Set(paths);
    const depth = new Map<string, number>();
    for (const path of paths) {
      const trail: string[] = [];
      let at: string | null = path;
      while (at !== null && among.has(at) && !depth.has(at) && !trail.includes(at)) {
        trail.push(at);
        at = this.#case.links.get(at)?.path ?? null;
      }
      let level = at === null ? 0 : (depth.get(at) ?? -1) + 1;
      for (const step of trail.reverse()) {
        depth.set(step, level);
        level += 1;
      }
    }
    const levels: string[][] = [];
    for (const [path, level] of depth) (levels[level] ??= []).push(path);
    return levels;
  }
}
