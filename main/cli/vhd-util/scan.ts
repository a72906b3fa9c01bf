import { locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { toHex } from '../../../core/structure/codecs.ts';
import { type Command, EINVAL } from './command.ts';
import { attempt, Errno } from './errno.ts';
import { getopt } from './getopt.ts';
import { byBytes, glob } from './glob.ts';
import { NO_CODE, Vhd } from './libvhd.ts';
import type { Output } from './output.ts';
import { findParent, headerParentName, locatorText } from './parents.ts';
import { baseName, type System } from './system.ts';

const USAGE = `usage: [OPTIONS] FILES
options: [-m match filter] [-f fast] [-c continue on failure] [-l LVM volume] [-p pretty print] [-a scan parents] [-v verbose] [-h help] [-M show markers]`;

/** A name with more bytes is refused. */
const MAX_NAME = 1024;

interface Options {
  fast: boolean;
  /** -c: go on after a failure, and leave with 0. */
  goOn: boolean;
  tree: boolean;
  parents: boolean;
  verbose: boolean;
  markers: boolean;
}

/** A file to scan; `none` stands for one that could not be looked at, which -c scans all the same. */
interface Target {
  kind: 'vhd' | 'raw' | 'none';
  name: string;
  size: number;
}

/** What a line says. */
interface Image {
  name: string;
  parent: string | null;
  capacity: bigint;
  size: number;
  hidden: number;
  marker: number;
  keyHash: Uint8Array | null;
}

/** `vhd-util scan` */
export const scan: Command = async ({ out, system, args }) => {
  const parsed = getopt('scan', args, 'm:fcl:pavMh');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const given = new Map('complaint' in parsed ? [] : parsed.options.map(({ letter, value }) => [letter, value]));
  const files = 'complaint' in parsed ? [] : parsed.rest;
  const filter = given.get('m');
  if ('complaint' in parsed || given.has('h') || (filter === undefined && files.length === 0)) {
    await out.line(USAGE);
    return given.has('h') ? 0 : EINVAL;
  }
  if (given.has('l')) {
    out.complain('scan -l (volumes of an LVM group) is not available in this version.');
    return new Errno('ENOSYS').number;
  }
  const run = new Scan(out, system, {
    fast: given.has('f') && !given.has('p'),
    goOn: given.has('c'),
    tree: given.has('p'),
    parents: given.has('a'),
    verbose: given.has('v'),
    markers: given.has('M'),
  });
  const failure = await run.all(filter, files);
  return failure && !(given.has('c') && run.started) ? failure.number : 0;
};

class Scan {
  /** The targets are known, and their failures are no longer the command's own where it goes on. */
  started = false;
  readonly #out: Output;
  readonly #system: System;
  readonly #options: Options;
  readonly #targets: Target[] = [];
  readonly #baseNames = new Set<string>();
  /** For the tree: images without failure, by name. */
  readonly #images = new Map<string, Image>();

  constructor(out: Output, system: System, options: Options) {
    this.#out = out;
    this.#system = system;
    this.#options = options;
  }

  /** Answers the failure it ended with. */
  async all(filter: string | undefined, files: readonly string[]): Promise<Errno | null> {
    const failure = (filter === undefined ? null : await this.#match(filter)) ?? (await this.#look(files));
    if (failure) {
      this.#out.complain(`scan failed: ${failure.toString()}. Check syslog for details`);
      return failure;
    }
    this.started = true;
    let last: Errno | null = null;
    // grows while it is gone through: -a adds parents
    for (const target of this.#targets) {
      last = await this.#target(target);
      if (last && !this.#options.goOn) break;
    }
    if (this.#options.tree) await this.#printTree();
    return last;
  }

  async #match(filter: string): Promise<Errno | null> {
    const found = await glob(this.#system, filter, !this.#options.fast);
    if ('paths' in found) return this.#look(found.paths);
    if ('unreadable' in found) {
      // this one number is printed without its sign
      await this.#failed(found.unreadable, `${found.failure.number}`, 'failure scanning target');
    } else if (!found.missing) {
      return null;
    }
    const failure = new Errno('unreadable' in found ? 'EIO' : 'ENOENT');
    await this.#failed(filter, failure.toString(), 'failure scanning target');
    return failure;
  }

  /** Adds files; one that is not there ends the scan, or with -c is scanned as a file without a name. */
  async #look(files: readonly string[]): Promise<Errno | null> {
    for (const name of files) {
      const failure = await this.#add(name, 'vhd');
      if (!failure) continue;
      await this.#failed(name, failure.toString(), 'failure scanning target');
      if (!this.#options.goOn) return failure;
      this.#targets.push({ kind: 'none', name: '', size: 0 });
    }
    return null;
  }

  async #add(name: string, kind: Target['kind']): Promise<Errno | null> {
    const seen = await attempt(() => this.#system.stat(name));
    if (seen instanceof Errno) return seen;
    if (Buffer.byteLength(name) >= MAX_NAME) return new Errno('ENAMETOOLONG');
    this.#targets.push({ kind, name, size: seen.size });
    this.#baseNames.add(baseName(name));
    return null;
  }

  async #target(target: Target): Promise<Errno | null> {
    let { name } = target;
    if (this.#options.tree) {
      const canonical = await attempt(() => this.#system.canonical(name));
      if (canonical instanceof Errno) return this.#fail(name, canonical, 'resolving name');
      name = canonical;
    }
    if (target.kind !== 'vhd') {
      // a raw parent is one that only its children use
      const plain = { name, parent: null, capacity: BigInt(target.size), size: target.size, hidden: 1 };
      await this.#show({ ...plain, marker: 0, keyHash: null });
      return null;
    }
    const vhd = await attempt(() => Vhd.open(this.#system, name, { ignoreDisabled: true, fast: this.#options.fast }));
    if (vhd instanceof Errno) return this.#fail(name, vhd, 'opening file');
    try {
      return await this.#vhd(vhd, name, target.size);
    } finally {
      await vhd.close();
    }
  }

  async #vhd(vhd: Vhd, name: string, size: number): Promise<Errno | null> {
    const hidden = await attempt(() => vhd.hidden());
    if (hidden instanceof Errno) return this.#fail(name, hidden, `checking 'hidden' field`);
    const markers = await attempt(async () => (this.#options.markers ? vhd.markers() : { marker: 0, keyHash: null }));
    if (markers instanceof Errno) return this.#fail(name, markers, 'checking markers');
    const parent = vhd.differencing ? await attempt(() => this.#parentOf(vhd)) : null;
    if (parent instanceof Errno) return this.#fail(name, parent, 'getting parent');
    await this.#show({ name, parent, capacity: vhd.footer.currentSize, size, hidden: hidden & 0xff, ...markers });
    if (this.#options.parents && parent !== null) await this.#addParent(parent, vhd.parentRaw ? 'raw' : 'vhd');
    return null;
  }

  /** The name in the header with -f, else the file; failing that, what one of the locators says. */
  async #parentOf(vhd: Vhd): Promise<string> {
    const known = this.#options.fast ? headerParentName(vhd) : await attempt(() => findParent(this.#system, vhd));
    if (typeof known === 'string') return known;
    const entries = locatorEntries(vhd.header).filter(({ platformCode }) => platformCode !== NO_CODE);
    const chosen =
      entries.find(({ platformCode }) => platformCode === 'MacX') ??
      entries.findLast(({ platformCode }) => platformCode === 'W2ru') ??
      entries[0];
    if (!chosen) throw new Errno('EINVAL');
    return locatorText(vhd, chosen);
  }

  /** A parent that goes by the name of a file scanned already is taken for that one, in whichever folder it is. */
  async #addParent(parent: string, kind: Target['kind']): Promise<void> {
    const name = baseName(parent);
    if (this.#baseNames.has(name)) return;
    const failure = await this.#add(parent, kind);
    if (failure) await this.#failed(parent, failure.toString(), 'failure scanning target');
  }

  async #fail(name: string, failure: Errno, message: string): Promise<Errno> {
    await this.#failed(name, failure.toString(), message);
    return failure;
  }

  async #failed(name: string, code: string, message: string): Promise<void> {
    await this.#out.line(`vhd=${name} scan-error=${code} error-message='${message}'`);
  }

  async #show(image: Image): Promise<void> {
    if (!this.#options.tree) await this.#print(image, 0, true);
    else if (!this.#images.has(image.name)) this.#images.set(image.name, image);
  }

  async #print(image: Image, indent: number, parentKnown: boolean): Promise<void> {
    const { verbose, markers } = this.#options;
    const short = (path: string): string => (verbose ? path : baseName(path));
    const parent = image.parent === null ? 'none' : short(image.parent) + (parentKnown ? '' : ' (not found in scan)');
    const marks = markers ? `marker=${image.marker} keyhash=${toHex(image.keyHash ?? new Uint8Array())} ` : '';
    await this.#out.line(
      `${' '.repeat(indent)}vhd=${short(image.name)} capacity=${image.capacity} size=${image.size} ` +
        `hidden=${image.hidden} ${marks}parent=${parent}`,
    );
  }

  /** Hidden bases first, then the others; each with its children below it, hidden children last. */
  async #printTree(): Promise<void> {
    const images = [...this.#images.values()].sort((a, b) => byBytes(a.name, b.name));
    const children = new Map<string, Image[]>();
    for (const image of images) {
      if (image.parent === null || !this.#images.has(image.parent)) continue;
      const siblings = children.get(image.parent);
      if (siblings) siblings.push(image);
      else children.set(image.parent, [image]);
    }
    const hasParent = (image: Image): boolean => image.parent !== null && this.#images.has(image.parent);
    const printed = new Set<Image>();
    const printFrom = async (image: Image, depth: number): Promise<void> => {
      // in a circle every image comes again: once is enough
      if (printed.has(image)) return;
      printed.add(image);
      await this.#print(image, depth * 3, image.parent === null || hasParent(image));
      const below = children.get(image.name) ?? [];
      for (const child of below) if (child.hidden === 0) await printFrom(child, depth + 1);
      for (const child of below) if (child.hidden !== 0) await printFrom(child, depth + 1);
    };
    for (const image of images) if (!hasParent(image) && image.hidden !== 0) await printFrom(image, 0);
    for (const image of images) if (!hasParent(image)) await printFrom(image, 0);
    for (const image of images) await printFrom(image, 0);
  }
}
