import { bug } from '../../../errors.ts';
import { SparseBuilder } from '../../../io/sparse.ts';
import { NIL_UUID, printable } from '../../../structure/codecs.ts';
import { BATMAP_V1_1, BATMAP_V1_2 } from '../batmap.ts';
import { setBit } from '../bitmap.ts';
import {
  BATMAP_COOKIE,
  DEFAULT_BLOCK_SIZE,
  FOOTER_COOKIE,
  FOOTER_LENGTH,
  HEADER_COOKIE,
  HEADER_LENGTH,
  NO_OFFSET,
  SECTOR,
  SHORT_FOOTER_LENGTH,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
} from '../constants.ts';
import { geometryFor } from '../geometry.ts';
import { legalBlockSize } from '../read.ts';
import { putBlocks, putSectors, writeCount } from './blocks.ts';
import { locatorFields, placeLocators, vhdUtilLocators } from './locators.ts';
import { sealBatmap, sealFooter, sealHeader } from './seal.ts';
import { type BatmapSpec, type BuiltVhd, CREATORS, type Creator, type VhdPlaces, type VhdSpec } from './spec.ts';

const DISK_TYPE = { fixed: TYPE_FIXED, dynamic: TYPE_DYNAMIC, differencing: TYPE_DIFFERENCING };
const VERSION_1_0 = 0x0001_0000;

/**
 * Builds a whole image in memory, as extents: holes cost nothing. The order in the file is vhd-util's: copy, header, BAT,
 * batmap, locator texts, blocks, footer. A spec that contradicts itself is a Bug: this writes what is right; see
 * core/testing for what is wrong.
 */
export function buildVhd(spec: VhdSpec): BuiltVhd {
  const sectors = Math.floor(spec.virtualSize / SECTOR);
  for (const write of spec.writes ?? []) {
    if (write.sector < 0 || write.sector + writeCount(write) > sectors) {
      throw bug(`a write at sector ${write.sector} leaves a disk of ${sectors} sectors`);
    }
  }
  return spec.kind === 'fixed' ? buildFixed(spec) : buildSparse(spec);
}

function buildFixed(spec: VhdSpec): BuiltVhd {
  const out = new SparseBuilder({ size: spec.virtualSize, extents: [] });
  for (const write of spec.writes ?? []) putSectors(out, write.sector * SECTOR, write, 0, writeCount(write));
  const places: VhdPlaces = {
    copyAt: null,
    headerAt: null,
    tableAt: null,
    batmapAt: null,
    mapAt: null,
    locatorsAt: [],
    blocks: new Map(),
    footerAt: spec.virtualSize,
  };
  return finish(out, places, footerOf(spec, NO_OFFSET), spec);
}

function buildSparse(spec: VhdSpec): BuiltVhd {
  const { parent, virtualSize } = spec;
  if ((parent === undefined) !== (spec.kind === 'dynamic')) throw bug(`a ${spec.kind} disk and its parent do not fit`);
  const blockSize = spec.blockSize ?? DEFAULT_BLOCK_SIZE;
  if (!legalBlockSize(blockSize)) throw bug(`blocks of ${blockSize} bytes`);
  const blocks = Math.ceil(virtualSize / blockSize);
  const entries = spec.tableEntries ?? blocks;
  if (entries < blocks) throw bug(`${entries} BAT entries for ${blocks} blocks`);
  const headerAt = spec.headerAt ?? FOOTER_LENGTH;
  const tableAt = spec.tableAt ?? headerAt + HEADER_LENGTH;
  const isTap = byTapdisk(creatorOf(spec));

  const out = new SparseBuilder();
  let end = tableAt + Math.ceil((entries * 4) / SECTOR) * SECTOR;
  const tableEnd = end;
  const batmap = batmapOf(spec);
  const batmapAt = batmap ? end : null;
  const mapLength = Math.max(1, Math.ceil(entries / 8 / SECTOR)) * SECTOR;
  if (batmap) end += SECTOR + mapLength;
  const locators = placeLocators(parent ? (parent.locators ?? vhdUtilLocators(`./${parent.name}`)) : [], end);
  for (const locator of locators.placed) if (locator) out.put(locator.at, locator.bytes);

  const placed = putBlocks(out, locators.end, {
    blockSize,
    blocks,
    writes: spec.writes ?? [],
    order: spec.blockOrder ?? [],
    dataAlign: spec.dataAlign ?? (isTap ? 4096 : SECTOR),
  });

  // vhd-util leaves zeros between the last entry and the sector's end, others the mark of an unallocated block
  const table = new Uint8Array(tableEnd - tableAt).fill(0xff, 0, isTap ? entries * 4 : undefined);
  const view = new DataView(table.buffer);
  for (const [block, { bitmapAt }] of placed.places) view.setUint32(block * 4, bitmapAt / SECTOR);
  out.put(tableAt, table);

  if (batmap && batmapAt !== null) putBatmap(out, batmapAt, mapLength, batmap, placed.full);
  out.put(
    headerAt,
    sealHeader({
      cookie: HEADER_COOKIE,
      dataOffset: NO_OFFSET,
      tableOffset: BigInt(tableAt),
      headerVersion: VERSION_1_0,
      maxTableEntries: entries,
      blockSize,
      parentUniqueId: parent?.id ?? NIL_UUID,
      parentTimeStamp: parent?.timeStamp ?? 0,
      parentUnicodeName: parent?.name ?? '',
      ...locatorFields(locators.placed),
    }),
  );
  const footer = footerOf(spec, BigInt(headerAt));
  out.put(0, footer);
  const places: VhdPlaces = {
    copyAt: 0,
    headerAt,
    tableAt,
    batmapAt,
    mapAt: batmapAt === null ? null : batmapAt + SECTOR,
    locatorsAt: locators.placed.map((locator) => locator?.at ?? null),
    blocks: placed.places,
    footerAt: placed.end,
  };
  return finish(out, places, footer, spec);
}

function finish(out: SparseBuilder, places: VhdPlaces, footer: Uint8Array, spec: VhdSpec): BuiltVhd {
  out.put(places.footerAt, spec.shortFooter ? footer.subarray(0, SHORT_FOOTER_LENGTH) : footer);
  return { ...out.image(), places };
}

function putBatmap(out: SparseBuilder, at: number, length: number, spec: BatmapSpec, full: readonly number[]): void {
  const map = new Uint8Array(length);
  for (const block of full) setBit(map, block, true);
  const header = sealBatmap(
    {
      cookie: BATMAP_COOKIE,
      batmapOffset: BigInt(at + SECTOR),
      batmapSize: length / SECTOR,
      batmapVersion: spec.version === '1.1' ? BATMAP_V1_1 : BATMAP_V1_2,
      marker: spec.marker ?? 0,
      ...(spec.keyHash && { keyHashCookie: 1, keyHashNonce: spec.keyHash.nonce, keyHash: spec.keyHash.hash }),
    },
    map,
  );
  out.put(at, header);
  out.put(at + SECTOR, map);
}

function creatorOf(spec: VhdSpec): Creator {
  return spec.creator ?? CREATORS.tapdisk;
}

function byTapdisk(creator: Creator): boolean {
  return printable(creator.application) === 'tap';
}

function batmapOf(spec: VhdSpec): BatmapSpec | null {
  if (spec.batmap !== undefined) return spec.batmap === 'none' ? null : spec.batmap;
  const creator = creatorOf(spec);
  if (!byTapdisk(creator) || creator.version < CREATORS.tapdisk11.version) return null;
  return { version: creator.version === CREATORS.tapdisk11.version ? '1.1' : '1.2' };
}

function footerOf(spec: VhdSpec, dataOffset: bigint): Uint8Array {
  const creator = creatorOf(spec);
  return sealFooter({
    cookie: FOOTER_COOKIE,
    features: 2,
    fileFormatVersion: VERSION_1_0,
    dataOffset,
    timeStamp: spec.timeStamp,
    creatorApplication: creator.application,
    creatorVersion: creator.version,
    creatorHostOs: creator.hostOs,
    originalSize: BigInt(spec.originalSize ?? spec.virtualSize),
    currentSize: BigInt(spec.virtualSize),
    diskGeometry: spec.geometry ?? geometryFor(spec.virtualSize),
    diskType: DISK_TYPE[spec.kind],
    uniqueId: spec.id,
    savedState: spec.savedState ? 1 : 0,
    hidden: spec.hidden ? 1 : 0,
  });
}
