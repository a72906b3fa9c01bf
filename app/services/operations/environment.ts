import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { nodeWriteFiles } from '../../../core/io/node/sink.ts';
import { confinedFiles } from '../confined.ts';
import { stateFolder } from '../store.ts';

/** The real system, and Platter's own state folder. */
export function applyEnvironment(state = stateFolder()): ApplyEnvironment {
  return { files: nodeWriteFiles, state };
}

/**
 * The same for a host that may see `folders` only: whatever a plan looks for by names that stand in an image is looked for there
 * and nowhere else. Platter's own state is read as ever.
 */
export function confinedEnvironment(env: ApplyEnvironment, folders: readonly string[]): ApplyEnvironment {
  return { ...env, files: { ...env.files, ...confinedFiles(env.files, [...folders, env.state]) } };
}

/** Folder for journals that may not lie beside their image, as when a script written for vhd-util repairs it. */
export function journalFolder(env: ApplyEnvironment): string {
  return path.join(env.state, 'journals');
}

/** A random id for an image that needs a new one. */
export const newId = (): string => randomUUID();
