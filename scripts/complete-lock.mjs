// Adds to package-lock.json the optional packages for other systems that a registry mirror did not carry. npm leaves those out
// when it writes the lock, and `npm ci` then refuses the lock everywhere. Run after an `npm install` that changed it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** What a name such as `binding-linux-arm-gnueabihf` says of where its package runs. */
function platform(name) {
  const words = name.split('/').at(-1).split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return { cpu: [cpu], ...(libc && os === 'linux' ? { libc: [libc] } : {}), os: [os] };
}

const path = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = {};
for (const [holder, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = [`node_modules/${name}`, `${holder}/node_modules/${name}`].some((at) => at in lock.packages);
    const where = platform(name);
    if (known || where === undefined || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const { cpu, ...rest } = where;
    const dev = entry.dev === true ? { dev: true } : {};
    added[`node_modules/${name}`] = { version, cpu, ...dev, ...rest, optional: true };
  }
}
const [top, ...others] = Object.entries(lock.packages);
const sorted = [...others, ...Object.entries(added)].sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries([top, ...sorted]);
if (Object.keys(added).length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${Object.keys(added).length} packages of other systems added to the lock`);
