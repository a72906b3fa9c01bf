import { FS_AT, HEARTBEAT_AT, HEARTBEAT_FREE, HEARTBEAT_IN_USE } from '../formats/vmfs/constants.ts';
import { heartbeat } from '../formats/vmfs/lvm.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import type { FsSighting } from './volume.ts';

/** A slot that a host had taken when the image was made, or one that is neither taken nor free. */
export interface HeartbeatSlot {
  slot: number;
  /** Offset in the source. */
  at: number;
  state: 'in-use' | 'damaged';
  /** Id of the host. */
  owner: string;
  sequence: bigint;
  /** Microseconds the host had been up. */
  uptime: bigint;
}

export interface Heartbeats {
  at: number;
  /** Bytes from one slot to the next. */
  stride: number;
  slots: number;
  free: number;
  /** Slots that hold nothing at all: older volumes make them when first needed. */
  blank: number;
  taken: HeartbeatSlot[];
}

/** Slots listed at most. */
const MAX_TAKEN = 64;

/** Slots of the heartbeat region, of `fs`: 2,048 of a sector each, in VMFS-6 1,024 of its alignment. */
export function heartbeatShape({ value }: FsSighting): { stride: number; slots: number } {
  const { majorVersion, mdAlignment } = value;
  if (majorVersion < 24) return { stride: 512, slots: 2048 };
  const sane = mdAlignment >= 512 && mdAlignment <= 65_536 && mdAlignment % 512 === 0;
  return { stride: sane ? mdAlignment : 4096, slots: 1024 };
}

/** Where the heartbeats of a file system stand: 3 MiB into its logical volume, 1 MiB behind its header. */
export function heartbeatsAt({ at }: FsSighting): number {
  return at + (HEARTBEAT_AT - FS_AT);
}

/** Reads the heartbeats behind a file system's header. @throws failure when they cannot be read. */
export async function readHeartbeats(source: ByteSource, fs: FsSighting, signal?: Signal): Promise<Heartbeats> {
  const { stride, slots } = heartbeatShape(fs);
  const at = heartbeatsAt(fs);
  const bytes = await source.read(at, stride * slots, signal);
  const out: Heartbeats = { at, stride, slots, free: 0, blank: 0, taken: [] };
  for (let slot = 0; (slot + 1) * stride <= bytes.length; slot += 1) {
    const value = heartbeat.parse(bytes, slot * stride);
    if (value.magic === HEARTBEAT_FREE) out.free += 1;
    else if (value.magic === 0) out.blank += 1;
    else if (out.taken.length < MAX_TAKEN) {
      const state = value.magic === HEARTBEAT_IN_USE ? 'in-use' : 'damaged';
      const { owner, sequence, uptime } = value;
      out.taken.push({ slot, at: at + slot * stride, state, owner, sequence, uptime });
    }
  }
  return out;
}
