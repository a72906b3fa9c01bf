import { GuestDisk } from '../../../core/chain/guest.ts';
import { layerOf } from '../../../core/chain/layer.ts';
import { type Image, readImage } from '../../../core/image.ts';
import type { OpenFile } from '../../../core/io/files.ts';
import type { ByteSource, Signal } from '../../../core/io/source.ts';
import { filesOf, type Served } from './task.ts';

/** What a job reads: a file's own bytes, or a guest's disk whose chain the host has found already. */
export interface OpenedTarget {
  path: string;
  /** Null for the file's own bytes; else the chain, leaf first. */
  chain: { members: { path: string; raw: boolean }[]; incomplete: boolean } | null;
}

/** Opens a target for the length of `work`. `disk` is null for a file's own bytes. */
export async function withTarget<R>(
  { path, chain }: OpenedTarget,
  served: Served,
  signal: Signal,
  work: (source: ByteSource, disk: GuestDisk | null) => Promise<R>,
): Promise<R> {
  const files = filesOf(served);
  const opened: OpenFile[] = [];
  const open = async (file: string): Promise<OpenFile> => {
    const source = await files.open(file);
    opened.push(source);
    return source;
  };
  try {
    if (!chain) return await work(await open(path), null);
    const images: Image[] = [];
    for (const { path: file, raw } of chain.members) {
      const source = await open(file);
      images.push(
        raw ? { path: file, source, format: 'raw', vhd: null, foreign: null } : await readImage(file, source, signal),
      );
    }
    const disk = new GuestDisk(
      images.map((image) => layerOf(image)),
      chain.incomplete,
    );
    return await work(disk, disk);
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}
