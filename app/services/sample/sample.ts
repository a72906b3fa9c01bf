import path from 'node:path';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { makeFolder, writeSparse } from '../../../core/io/node/sparse.ts';
import type { PlacedBytes, SparseImage } from '../../../core/io/sparse.ts';
import { type SampleImage, sampleImages } from './images.ts';

export interface Sample {
  /** The storage repository's folder. */
  folder: string;
  files: {
    /** Absolute. */
    path: string;
    /** What it shows, one or two plain sentences. */
    shows: string;
  }[];
}

const NAME = 'sample-repository';
const README = 'README.txt';

/** Builds under way, by folder: asking twice at once builds one. */
const running = new Map<string, Promise<Sample>>();

/**
 * Builds the sample case, a small storage repository, inside `folder` (made when it is not there): some 10 MiB on disk where
 * holes cost nothing. One that is there and just as it was built is used again. One that was changed, or never finished, is
 * left alone, and the sample is built beside it under the next free name.
 * @throws PlatterError failure `no-space`, `write-failed`, `read-failed`.
 */
export function buildSample(folder: string): Promise<Sample> {
  const key = path.resolve(folder);
  let build = running.get(key);
  if (!build) {
    build = findOrBuild(key).finally(() => running.delete(key));
    running.set(key, build);
  }
  return build;
}

async function findOrBuild(folder: string): Promise<Sample> {
  const images = sampleImages();
  const readme = text(readMe(images));
  await makeFolder(folder, { recursive: true });
  for (let number = 1; ; number += 1) {
    const place = path.join(folder, number === 1 ? NAME : `${NAME}-${number}`);
    const sample = {
      folder: place,
      files: images.map(({ path: file, shows }) => ({ path: path.join(place, file), shows })),
    };
    if (await makeFolder(place)) {
      await write(place, images, readme);
      return sample;
    }
    if (await isAsBuilt(place, images, readme)) return sample;
  }
}

/** The README last: a folder without it was never finished. */
async function write(place: string, images: readonly SampleImage[], readme: SparseImage): Promise<void> {
  for (const { path: file, image, mtime } of images) {
    const target = path.join(place, file);
    await makeFolder(path.dirname(target));
    await writeSparse(target, image, { mtime });
  }
  await writeSparse(path.join(place, README), readme);
}

async function isAsBuilt(place: string, images: readonly SampleImage[], readme: SparseImage): Promise<boolean> {
  const all = [{ path: README, image: readme, mtime: null }, ...images];
  for (const { path: name, image, mtime } of all) {
    const file = path.join(place, name);
    const info = await nodeFiles.info(file);
    if (info?.kind !== 'file' || info.size !== image.size) return false;
    if (mtime !== null && info.modified !== mtime) return false;
    if (!(await holds(file, image.extents))) return false;
  }
  return true;
}

async function holds(file: string, extents: readonly PlacedBytes[]): Promise<boolean> {
  const open = await nodeFiles.open(file);
  try {
    for (const { at, bytes } of extents) {
      if (Buffer.compare(await open.read(at, bytes.length), bytes) !== 0) return false;
    }
    return true;
  } finally {
    await open.close();
  }
}

function text(content: string): SparseImage {
  const bytes = new TextEncoder().encode(content);
  return { size: bytes.length, extents: [{ at: 0, bytes }] };
}

const WIDTH = 96;

function readMe(images: readonly SampleImage[]): string {
  const list = images.map(({ path: file, shows }) => `${file}\n${wrap(shows, '    ')}\n`).join('\n');
  return `${wrap(
    'Platter’s sample case: a small XenServer storage repository as it looks after a bad night. Everything in it is made up, ' +
      'and nothing in it can be harmed: a copy that was changed is left as it is, and a fresh one is built.',
    '',
  )}

${wrap(
  'The guests hold boot records, first sectors of file systems, logs and database dumps: enough to look at and to search ' +
    '(try “peterparker”, “INSERT INTO invoices”, or “Übersicht” as UTF-16), but no file system can be mounted.',
  '',
)}

${list}`;
}

function wrap(content: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of content.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join('\n');
}
