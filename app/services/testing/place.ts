import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import type { GuestWrite, VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../../core/formats/vhd/constants.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import type { SparseImage } from '../../../core/io/sparse.ts';
import { asImage } from '../../../core/testing/memory-files.ts';
import type { Input, Jobs } from '../../contract/contract.ts';
import type { JobInfo } from '../../contract/types.ts';
import { inlinePool } from '../../jobs/inline-pool.ts';
import { createServices, type HostParts, type Services } from '../services.ts';

export const MIB = 1024 ** 2;
/** 2024-03-05T12:00:00Z. */
export const TIME = Date.UTC(2024, 2, 5, 12);
export const STILL = { aborted: false };

/** A UUID that is easy to tell from others. */
export const id = (number: number): string => `6f0d1f22-1d52-4fd5-93b5-${number.toString(16).padStart(12, '0')}`;

export const pattern = (sector: number, count = 1): GuestWrite => ({ sector, count, seed: sector + 1 });

/** A dynamic disk of 24 MiB in blocks of 2 MiB. */
export function base(number: number, writes: GuestWrite[], more: Partial<VhdSpec> = {}) {
  return buildVhd({
    kind: 'dynamic',
    virtualSize: 24 * MIB,
    id: id(number),
    timeStamp: msToVhdTime(TIME) - 600,
    writes,
    ...more,
  });
}

/** Its child. */
export function child(
  number: number,
  parent: { id: string; name: string },
  writes: GuestWrite[],
  more: Partial<VhdSpec> = {},
) {
  return buildVhd({
    kind: 'differencing',
    virtualSize: 24 * MIB,
    id: id(number),
    timeStamp: msToVhdTime(TIME) - 300,
    parent: { ...parent, timeStamp: msToVhdTime(TIME) },
    writes,
    ...more,
  });
}

/** Folders of one test: `evidence` is served, `outside` is not, `state` is Platter's own. */
export class Place {
  readonly folder: string;
  readonly evidence: string;
  readonly outside: string;
  readonly state: string;
  readonly logged: string[] = [];
  readonly #services: Services[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.evidence = path.join(folder, 'evidence');
    this.outside = path.join(folder, 'outside');
    this.state = path.join(folder, 'state');
  }

  static async make(): Promise<Place> {
    const place = new Place(await realpath(await mkdtemp(path.join(tmpdir(), 'platter-services-'))));
    await mkdir(place.evidence);
    await mkdir(place.outside);
    return place;
  }

  at(name: string): string {
    return path.join(this.evidence, name);
  }

  /** Writes an image, or text as Latin-1, into the evidence folder, or to an absolute path. */
  async put(name: string, image: SparseImage | string, mtime = TIME): Promise<string> {
    const file = path.resolve(this.evidence, name);
    await mkdir(path.dirname(file), { recursive: true });
    const content = typeof image === 'string' ? asImage(Uint8Array.from(Buffer.from(image, 'latin1'))) : image;
    await writeSparse(file, content, { mtime });
    return file;
  }

  services(parts: Partial<HostParts> = {}): Services {
    const services = createServices({
      host: 'web',
      version: '0.0.0',
      served: [this.evidence],
      pool: inlinePool(),
      state: this.state,
      log: (message) => this.logged.push(message),
      ...parts,
    });
    this.#services.push(services);
    return services;
  }

  async remove(): Promise<void> {
    for (const services of this.#services) await services.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Opens paths as the case and waits until everything is read. */
export async function open({ handlers, jobs }: Services, paths: string[], add = false) {
  const state = await handlers['evidence.openPath']({ paths, add }, STILL);
  if (state.scanning !== null) await jobs.result(state.scanning);
  await new Promise((resolve) => setImmediate(resolve));
  return handlers['case.state']({}, STILL);
}

/** Starts a job and waits for its end. */
export async function run<N extends Jobs>({ jobs }: Services, name: N, input: Input<N>) {
  const job = jobs.start(name, input);
  const result = await jobs.result(job);
  const info = jobs.list().find((known) => known.id === job) as JobInfo;
  return { result, partials: jobs.partials(job, 0), info };
}
