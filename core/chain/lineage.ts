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
    const steps: LineageStep[] = [];
    const seen = new Set([image.identity]);
    for (let at = image; at.vhd?.parent; ) {
      if (steps.length >= MAX_STEPS) return { steps, cycle: false, tooLong: true };
      const link: ParentLink = await this.#link(at);
      const parent: ImageSummary | null = link.path === null ? null : await this.#lookup.summaryOf(link.path);
      steps.push({ link, parent });
      if (link.verdict === 'cycle' || (parent && seen.has(parent.identity)))
        return { steps, cycle: true, tooLong: false };
      if (!parent || link.raw || link.verdict === 'id-mismatch') break;
      seen.add(parent.identity);
      at = parent;
    }
    return { steps, cycle: false, tooLong: false };
  }

  #link(child: ImageSummary): Promise<ParentLink> {
    let link = this.#links.get(child.path);
    if (!link) this.#links.set(child.path, (link = findParent(child, this.#lookup)));
    return link;
  }
}
