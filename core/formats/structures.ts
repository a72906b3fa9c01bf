import type { Structure } from '../structure/structure.ts';
import { gptEntry, gptHeader } from './gpt/layout.ts';
import { mbr, mbrPartition } from './mbr/layout.ts';
import { batmapHeader, dynamicHeader, footer, locatorEntry } from './vhd/layout.ts';
import { fsHeader } from './vmfs/fs.ts';
import { heartbeat, lvmExtent, lvmHeader, lvmVolume } from './vmfs/lvm.ts';

/** A structure whose values nobody looks at by name: what a view that shows any table needs. */
export type AnyStructure = Pick<
  Structure<Record<string, unknown>>,
  'id' | 'title' | 'help' | 'spec' | 'length' | 'fields' | 'decode'
>;

const ALL: readonly AnyStructure[] = [
  footer,
  dynamicHeader,
  locatorEntry,
  batmapHeader,
  mbr,
  mbrPartition,
  gptHeader,
  gptEntry,
  lvmHeader,
  lvmVolume,
  lvmExtent,
  heartbeat,
  fsHeader,
];

const BY_ID = new Map(ALL.map((structure) => [structure.id, structure]));

/** The table with this id, as `vhd.footer`; null when there is none. */
export function structureById(id: string): AnyStructure | null {
  return BY_ID.get(id) ?? null;
}
