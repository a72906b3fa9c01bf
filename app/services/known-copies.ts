import type { LogEntry } from '../../core/apply/log.ts';
import type { ImageSummary } from '../../core/chain/summary.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { operationRows } from './operations/desk.ts';

/** Files that the log says were written as a copy of another and not taken back, each with the image it was made from. */
export function copiesOf(entries: readonly LogEntry[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const { state, entry } of operationRows(entries))
    if (state === 'applied' && entry.output !== null && entry.kind !== 'export' && !out.has(entry.output))
      // what was folded keeps the id of the child, which stands in the note
      out.set(entry.output, entry.kind === 'coalesce' ? (entry.note ?? entry.target) : entry.target);
  return out;
}

/**
 * Images of one id that are one image and its copies, all written by Platter: that is told, and is no warning. Where another file
 * has the id, too, the findings stay as they are.
 */
export function withKnownCopies(
  found: ReadonlyMap<string, Finding>,
  images: ReadonlyMap<string, ImageSummary>,
  copies: ReadonlyMap<string, string>,
): Map<string, Finding> {
  const out = new Map(found);
  const groups = new Map<string, ImageSummary[]>();
  for (const path of copies.size === 0 ? [] : found.keys()) {
    const image = images.get(path);
    const id = image?.vhd?.id;
    if (image && id) groups.set(id, [...(groups.get(id) ?? []), image]);
  }
  for (const [id, group] of groups) {
    const [origin, ...others] = new Set(group.map(({ path }) => originOf(path, copies)));
    if (origin === undefined || others.length > 0) continue;
    for (const { path } of group) {
      const finding = found.get(path);
      const names = group.filter((one) => one.path !== path).map(({ name }) => name);
      if (finding)
        out.set(path, {
          ...finding,
          severity: 'info',
          prognosis: 'cosmetic',
          message: messageOf(id, names, copies.has(path)),
        });
    }
  }
  return out;
}

function originOf(path: string, copies: ReadonlyMap<string, string>): string {
  const seen = new Set<string>();
  let at = path;
  for (let next = copies.get(at); next !== undefined && !seen.has(at); next = copies.get(at)) {
    seen.add(at);
    at = next;
  }
  return at;
}

function messageOf(id: string, names: readonly string[], isCopy: boolean): string {
  const others = names.slice(0, 8).join(', ');
  const made = isCopy
    ? `Platter wrote this file, and it keeps the id ${id} of ${others}.`
    : `Platter wrote ${others} from this image, with the same id ${id}.`;
  return `${made} Before anything mounts them by id, keep only one in this folder: put the copy in the image’s place, or move it elsewhere.`;
}
