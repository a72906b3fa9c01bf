import { asPlatterError, type PlatterError } from '../errors.ts';
import { findParent, type ParentLink, type ParentLookup } from './parents.ts';
import type { ImageSummary } from './summary.ts';

/** One step up a chain. */
export interface LineageStep {
  link: ParentLink;
  /** The file taken for the parent; null when there is none. */
  parent: ImageSummary | null;
}

/** The way from an image to its base, as far as it goes. */
export interface Lineage {
  /** Nearest first; empty for a base. */
  steps: LineageStep[];
  /** It comes back to an image it has been at. */
  cycle: boolean;
  /** It was not followed to its end. */
  tooLong: boolean;
  /** Why it could not be followed further: a folder that may not be entered, a disk that fails. */
  failure: PlatterError | null;
}

/** More members than any known system makes. */
const MAX_STEPS = 1024;

/** Finds lineages; links are looked up once each, however many images share them. */
export class Lineages {
  readonly #lookup: ParentLookup;
  readonly #links = new Map<string, Promise<ParentLink>>();

  constructor(lookup: ParentLookup) {
    this.#lookup = lookup;
  }

  async of(image: ImageSummary): Promise<Lineage> {
    const lineage: Lineage = { steps: [], cycle: false, tooLong: false, failure: null };
    try {
      await this.#climb(image, lineage);
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      lineage.failure = error;
    }
    return lineage;
  }

  async #climb(image: ImageSummary, lineage: Lineage): Promise<void> {
    const seen = new Set([image.identity]);
    for (let at = image; at.vhd?.parent; ) {
      lineage.tooLong = lineage.steps.length >= MAX_STEPS;
      if (lineage.tooLong) return;
      const link: ParentLink = await this.#link(at);
      const parent = link.path === null ? null : await this.#lookup.summaryOf(link.path);
      lineage.steps.push({ link, parent });
      lineage.cycle = link.verdict === 'cycle' || (parent !== null && seen.has(parent.identity));
      if (lineage.cycle || !parent || link.raw || link.verdict === 'id-mismatch') return;
      seen.add(parent.identity);
      at = parent;
    }
  }

  #link(child: ImageSummary): Promise<ParentLink> {
    let link = this.#links.get(child.path);
    if (!link) this.#links.set(child.path, (link = findParent(child, this.#lookup)));
    return link;
  }
}
