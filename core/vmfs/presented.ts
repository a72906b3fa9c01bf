import { explainLines } from './identifiers.ts';
import { readSmf, type SmfLun } from './smf.ts';
import { type Presented, parsePresented } from './snapshot.ts';

/** What a host would be shown, of each LUN of a target's configuration. */
export function presentedOf(luns: readonly SmfLun[]): Presented[] {
  return luns.flatMap(({ guid, lun, group }) => {
    const presented = parsePresented(guid, lun);
    return presented ? [{ ...presented, text: `${guid} of ${group}` }] : [];
  });
}

/**
 * What a host is shown, from a text that somebody typed or pasted: a vml path or a device's name, lines that list them, or
 * a target's exported configuration. Nothing when there is none of these in it.
 * @throws refusal for XML without a guid.
 */
export function presentedFrom(text: string, lun: number | null): Presented[] {
  const one = parsePresented(text, lun);
  if (one) return [one];
  if (text.trimStart().startsWith('<')) return presentedOf(readSmf(text, 'The text'));
  return explainLines(text).flatMap(({ vml, naa, t10, path }) => {
    const name = vml?.text ?? naa?.hex ?? t10?.name;
    const presented = name === undefined ? null : parsePresented(name, lun ?? (vml ? null : (path?.lun ?? null)));
    return presented ? [presented] : [];
  });
}
