import type { ImageSummary } from '../../chain/summary.ts';
import { refusal } from '../../errors.ts';
import type { Finding } from '../../findings/finding.ts';
import { msToVhdTime } from '../../formats/vhd/constants.ts';
import type { DynamicHeader } from '../../formats/vhd/layout.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import { NIL_UUID } from '../../structure/codecs.ts';
import { Draft } from '../draft.ts';
import { type Step, stepsOf } from '../plan.ts';
import { pointAt } from '../vhd/parent-strategies.ts';
import { relativePath } from '../vhd/surroundings.ts';

export interface Pointing {
  /** Absolute path of the child that is changed. */
  path: string;
  image: VhdImage;
  findings: readonly Finding[];
  parent: ImageSummary;
  /** Folder from which the child will look for its parent. */
  folder: string;
  /** Also the parent's id and time are written: it is another parent than the one the child names. */
  adopt: { modified: number } | null;
}

/** Points a child at a parent: its header and locators. @throws refusal where that cannot be written. */
export async function pointChild(pointing: Pointing): Promise<{ steps: Step[]; draft: Draft }> {
  const { path, image, findings, parent, folder, adopt } = pointing;
  const draft = new Draft(image.source);
  const fields: Partial<DynamicHeader> = { parentUnicodeName: parent.name };
  if (adopt) {
    fields.parentUniqueId = parent.vhd?.id ?? NIL_UUID;
    fields.parentTimeStamp = msToVhdTime(adopt.modified);
  }
  const refused = await pointAt(
    {
      path,
      draft,
      image,
      findings,
      surroundings: {
        children: [],
        parent: null,
        childHolds: () => Promise.resolve(null),
        now: 0,
        newId: '',
      },
      asked: true,
    },
    {
      summary: parent,
      verdict: 'moved',
      relativePath: relativePath(folder, parent.path),
      absolutePath: parent.path,
    },
    fields,
    `The parent is ${parent.path}.`,
  );
  if (refused) throw refusal('data-damaged', `${path} cannot be pointed at its parent: ${refused.refused}`, { path });
  return { steps: stepsOf(draft.edits, path), draft };
}
