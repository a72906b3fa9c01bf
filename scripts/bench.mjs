// npm run bench: coalesce and export beside dd, cp and qemu-img, in one run; medians of RUNS. Needs 12 GiB of room.
// BENCH_DIR=FOLDER measures that disk; BENCH_RUNS=1 is a quick look.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './entries.mjs';

const RUNS = Number(process.env.BENCH_RUNS ?? '5');
const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'platter-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
const at = (name) => join(folder, name);
const env = { ...process.env, PLATTER_STATE: at('state') };
const has = (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const BLOCK = 2 * 1024 * 1024;

run('node', join(root, 'scripts/build.mjs'), '--node-only', '--if-stale');

function run(program, ...args) {
  const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** Seconds and peak memory of a command. */
function timed(...commands) {
  const began = performance.now();
  let memory = 0;
  for (const [program, ...args] of commands) {
    const measured = existsSync('/usr/bin/time');
    const all = measured ? ['/usr/bin/time', '-f', '%M', program, ...args] : [program, ...args];
    const { status, stderr } = spawnSync(all[0], all.slice(1), {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    if (measured) memory = Math.max(memory, Number(stderr.trim().split('\n').pop()) / 1024);
  }
  return { seconds: (performance.now() - began) / 1000, memory };
}

const platter = (...args) => [process.execPath, join(root, 'dist/cli.js'), ...args];
const sync = ['sync'];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Runs ours and theirs in turn, so that both see the same weather. */
function compare(title, goal, ours, theirs, before = () => {}) {
  const all = [[], []];
  let memory = 0;
  for (let round = 0; round < RUNS; round += 1) {
    for (const [index, commands] of [ours, theirs].entries()) {
      before();
      spawnSync('sync');
      const { seconds, memory: peak } = timed(...commands);
      all[index].push(seconds);
      if (index === 0) memory = Math.max(memory, peak);
    }
  }
  const [a, b] = all.map(median);
  const ratio = a / b;
  console.log(
    `${title}\n  platter ${a.toFixed(2)} s, ${theirs.map((command) => command[0]).join(' + ')} ${b.toFixed(2)} s: ${ratio.toFixed(2)} × (goal ${goal}) ${ratio <= goal ? 'ok' : 'MISSED'}; peak ${memory.toFixed(0)} MB`,
  );
}

/** A VHD whose blocks are all written, or in each block every other 4 KiB. */
async function vhd(name, { blocks, scattered, parent, id }) {
  const total = 1024;
  const head = Buffer.alloc(1536 + 4096 + 512 + 512 + 512);
  const put = (bytes, offset) => bytes.copy(head, offset);
  const footer = Buffer.alloc(512);
  footer.write('conectix');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x10000, 12);
  footer.writeBigUInt64BE(512n, 16);
  footer.write('tap\0', 28);
  footer.writeUInt32BE(0x10003, 32);
  footer.writeBigUInt64BE(BigInt(total * BLOCK), 40);
  footer.writeBigUInt64BE(BigInt(total * BLOCK), 48);
  footer.writeUInt16BE(4161, 56);
  footer[58] = 16;
  footer[59] = 63;
  footer.writeUInt32BE(parent ? 4 : 3, 60);
  Buffer.from(id.repeat(16)).copy(footer, 68);
  seal(footer, 64);
  const header = Buffer.alloc(1024);
  header.write('cxsparse');
  header.fill(0xff, 8, 16);
  header.writeBigUInt64BE(1536n, 16);
  header.writeUInt32BE(0x10000, 24);
  header.writeUInt32BE(total, 28);
  header.writeUInt32BE(BLOCK, 32);
  if (parent) {
    Buffer.from(parent.id.repeat(16)).copy(header, 40);
    Buffer.from(parent.name, 'utf16le').swap16().copy(header, 64);
    const text = Buffer.from(`file://./${parent.name}`);
    header.write('MacX', 576);
    header.writeUInt32BE(512, 580);
    header.writeUInt32BE(text.length, 584);
    header.writeBigUInt64BE(BigInt(1536 + 4096 + 1024), 592);
    put(text, 1536 + 4096 + 1024);
  }
  seal(header, 36);
  const table = Buffer.alloc(4096, 0xff);
  const first = 8192 - 512;
  for (let block = 0; block < blocks; block += 1)
    table.writeUInt32BE((first + block * (BLOCK + 4096)) / 512, block * 4);
  const map = Buffer.alloc(512);
  if (!scattered) for (let block = 0; block < blocks; block += 1) map[block >> 3] |= 0x80 >> (block & 7);
  const batmap = Buffer.alloc(512);
  batmap.write('tdbatmap');
  batmap.writeBigUInt64BE(BigInt(1536 + 4096 + 512), 8);
  batmap.writeUInt32BE(1, 16);
  batmap.writeUInt32BE(0x10002, 20);
  batmap.writeUInt32BE(~map.reduce((sum, byte) => sum + byte, 0) >>> 0, 24);
  put(footer, 0);
  put(header, 512);
  put(table, 1536);
  put(batmap, 1536 + 4096);
  put(map, 1536 + 4096 + 512);
  const file = await open(at(name), 'w');
  await file.write(head, 0, head.length, 0);
  const data = Buffer.alloc(BLOCK);
  for (let word = 0; word < BLOCK; word += 4) data.writeUInt32LE((word * 2654435761) >>> 0, word);
  const bitmap = Buffer.alloc(512, 0xff);
  // one bit a sector: eight sectors that are there, eight that are not
  if (scattered) for (let byte = 1; byte < 512; byte += 2) bitmap[byte] = 0;
  for (let block = 0; block < blocks; block += 1) {
    const place = first + block * (BLOCK + 4096);
    await file.write(bitmap, 0, 512, place);
    data.writeUInt32LE(block, 0);
    if (!scattered) await file.write(data, 0, BLOCK, place + 512);
    else for (let page = 0; page < 512; page += 2) await file.write(data, page * 4096, 4096, place + 512 + page * 4096);
  }
  const end = blocks === 0 ? head.length : first + (blocks - 1) * (BLOCK + 4096) + 512 + BLOCK;
  await file.write(footer, 0, 512, end);
  await file.sync();
  await file.close();
}

function seal(bytes, place) {
  bytes.writeUInt32BE(0, place);
  bytes.writeUInt32BE(~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0, place);
}

console.log(`${RUNS} runs each in ${folder}`);
await vhd('empty.vhd', { blocks: 0, id: 'b' });
const parent = { id: 'b', name: 'base.vhd' };
const again = () => {
  for (const name of ['base.vhd', 'out', 'dd.out', 'q.out']) rmSync(at(name), { force: true });
  rmSync(at('state'), { recursive: true, force: true });
  spawnSync('sh', ['-c', `rm -rf '${at('base.vhd')}'.platter-*; cp '${at('empty.vhd')}' '${at('base.vhd')}'`]);
};
const wanted = (number) => (process.env.BENCH_ONLY ?? '1234').includes(number);

const direct = [
  'dd',
  `if=${at('full.vhd')}`,
  `of=${at('dd.out')}`,
  'bs=4M',
  'iflag=direct',
  'oflag=direct',
  'conv=fsync',
];
const fold = (name) => platter('coalesce', at(name), '--in-place', '--no-hash');
if (wanted('1')) {
  await vhd('full.vhd', { blocks: 1024, parent, id: 'f' });
  compare(
    '2 GiB of full blocks into an empty parent, read back, guest not hashed',
    1.2,
    [fold('full.vhd')],
    [direct],
    again,
  );
  rmSync(at('full.vhd'));
}
if (wanted('2')) {
  await vhd('scattered.vhd', { blocks: 256, scattered: true, parent, id: 's' });
  const copy = ['cp', '--sparse=never', at('scattered.vhd'), at('dd.out')];
  compare('65,536 scattered runs of 4 KiB, read back, guest not hashed', 5, [fold('scattered.vhd')], [copy], again);
  rmSync(at('scattered.vhd'));
}
if (has('qemu-img')) {
  const convert = ['qemu-img', 'convert', '-f', 'vpc', '-O', 'raw'];
  const source = at('whole.vhd');
  await vhd('whole.vhd', { blocks: 1024, id: 'w' });
  if (wanted('3'))
    compare(
      'export of 2 GiB to raw, not hashed',
      1,
      [platter('export', source, '--output', at('out'), '--no-hash'), sync],
      [[...convert, '-t', 'none', '-T', 'none', source, at('q.out')], sync],
      again,
    );
  if (wanted('4'))
    compare(
      'export of 2 GiB to raw, hashed in the same pass and read back',
      1,
      [platter('export', source, '--output', at('out')), sync],
      [[...convert, source, at('q.out')], sync, ['sha256sum', at('q.out')]],
      again,
    );
} else console.log('qemu-img is not here (Debian: apt-get install qemu-utils): export is not compared.');
