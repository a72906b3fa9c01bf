import type { Finding } from '../../core/findings/finding.ts';
import type { Input } from '../contract/contract.ts';
import type { ChainRow, ChainSnapshot, ImageDetail } from '../contract/types.ts';
import type { Pool } from '../jobs/pool.ts';
import type { ReadImage } from '../jobs/tasks/scan.ts';
import type { Served } from '../jobs/tasks/task.ts';
import type { Case } from './case.ts';
import { chainRow, chainRows } from './rows.ts';

/** Chain trees and single images of the case. */
export class Images {
  readonly #case: Case;
  readonly #pool: Pool;
  readonly #served: Served;
  #snapshot: ChainSnapshot | null = null;

  constructor(opened: Case, pool: Pool, served: Served) {
    this.#case = opened;
    this.#pool = pool;
    this.#served = served;
  }

  /** All rows of the case as it is now. */
  snapshot(): ChainSnapshot {
    const { rev, images, links, roots, problems } = this.#case;
    if (this.#snapshot?.rev !== rev) {
      const { rows, problems: ofSet } = chainRows(images, links, roots);
      this.#snapshot = { rev, rows, problems: [...problems, ...ofSet] };
    }
    return this.#snapshot;
  }

  async detail(path: string): Promise<ImageDetail> {
    const { scanned, detail } = await this.#pool.run('inspect', { path, served: this.#served });
    const link = this.#case.links.get(path);
    return { ...detail, row: this.#row(path, scanned), candidates: link?.candidates ?? [] };
  }

  #row(path: string, { summary, worst }: ReadImage): ChainRow {
    const row = this.snapshot().rows.find((known) => known.path === path);
    return row ?? chainRow(summary, worst, this.#case.roots);
  }

  async findings({ path }: Input<'image.findings'>): Promise<Finding[]> {
    const { detail } = await this.#pool.run('inspect', { path, served: this.#served });
    return detail.findings;
  }
}
