import { readdir, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFiles } from '../../core/chain/check.ts';
import { gptHeader } from '../../core/formats/gpt/layout.ts';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { nodeFiles } from '../../core/io/node/files.ts';
import { zeroFooter } from '../../core/testing/damage.ts';
import { makeRepository, writeRepository } from '../../core/testing/repository.ts';
import type { ChainRow } from '../contract/types.ts';
import { base, child, id, MIB, open, Place, pattern, run, STILL, TIME } from './testing/place.ts';

const NIL = '00000000-0000-0000-0000-000000000000';

describe('the case', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  const brief = ({ name, depth, role, verdict }: ChainRow): unknown[] => [name, depth, role, verdict];

  it('shows a folder as chain trees, parents before children, by name', async () => {
    await place.put('leaf-b.vhd', child(3, { id: id(1), name: 'base.vhd' }, []));
    await place.put('leaf-a.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    await place.put('base.vhd', base(1, [pattern(0)]));
    await place.put('alone.vhd', base(4, []));
    await place.put('orphan.vhd', child(5, { id: id(99), name: 'lost.vhd' }, []));
    await place.put('below/raw-child.vhd', child(6, { id: NIL, name: '../disk.raw' }, []));
    await place.put('disk.raw', { size: 24 * MIB, extents: [] });
    await place.put('picture.qcow2', 'QFI\xfb');
    await place.put('notes.txt', 'nothing of ours');
    const services = place.services();
    const state = await open(services, [place.evidence]);
    expect(state).toMatchObject({ name: 'evidence', images: 8, scanning: null });
    const { rev, rows, problems } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rev).toBe(state.rev);
    expect(rows.map(brief)).toEqual([
      ['alone.vhd', 0, 'base', null],
      ['base.vhd', 0, 'base', null],
      ['leaf-a.vhd', 1, 'leaf', 'ok'],
      ['leaf-b.vhd', 1, 'leaf', 'ok'],
      ['disk.raw', 0, 'raw', null],
      ['raw-child.vhd', 1, 'leaf', 'ok'],
      ['orphan.vhd', 0, 'leaf', 'missing'],
      ['picture.qcow2', 0, 'other', null],
    ]);
    expect(problems).toEqual([]);
    const orphan = rows.find(({ name }) => name === 'orphan.vhd');
    expect(orphan).toMatchObject({ parentName: 'lost.vhd', errors: 1, worst: { code: 'parent.missing' } });
    expect(rows.find(({ name }) => name === 'raw-child.vhd')).toMatchObject({
      folder: 'below',
      parent: place.at('disk.raw'),
    });
  });

  it('counts the findings that platter check lists, image by image', async () => {
    const repository = makeRepository(60, 3);
    await writeRepository(place.evidence, repository);
    await place.put('twin-a.vhd', base(7, []));
    await place.put('twin-b.vhd', base(7, []));
    const services = place.services();
    await open(services, [place.evidence]);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    const paths = rows.map((row) => row.path);
    const checked = await checkFiles(nodeFiles, paths, { now: Date.now(), duplicates: true });
    const count = (findings: { severity: string }[], severity: string): number =>
      findings.filter((finding) => finding.severity === severity).length;
    const expected = checked.map(({ path: at, findings }) => [
      at,
      count(findings, 'error'),
      count(findings, 'warning'),
    ]);
    expect(rows.map((row) => [row.path, row.errors, row.warnings]).sort()).toEqual(expected.sort());
    expect(rows.filter(({ worst }) => worst?.code === 'chain.duplicate-id')).toHaveLength(2);
    // the image itself says the same as its row
    for (const row of rows.filter(({ errors, warnings }) => errors + warnings > 0)) {
      const detail = await services.handlers['image.detail']({ path: row.path }, STILL);
      expect(detail.row).toEqual(row);
      expect(count(detail.findings, 'error')).toBe(row.errors);
    }
    const { result, partials } = await run(services, 'findings.check', { paths: null, deep: false, chain: false });
    expect(partials).toHaveLength(rows.length);
    const state = await services.handlers['case.state']({}, STILL);
    expect(result).toMatchObject({ images: rows.length, errors: state.errors, warnings: state.warnings });
  });

  it('checks a chain parent first, so that a child hears of its parent, and reads bitmaps when asked', async () => {
    await place.put('base.vhd', zeroFooter(base(1, [pattern(0)]), 'end'));
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    const services = place.services();
    await open(services, [place.at('leaf.vhd')]);
    const { partials } = await run(services, 'findings.check', {
      paths: [place.at('leaf.vhd')],
      deep: true,
      chain: true,
    });
    const codes = (partials as { name: string; findings: { code: string }[] }[]).map(({ name, findings }) => [
      name,
      findings.map(({ code }) => code),
    ]);
    expect(codes).toEqual([
      ['base.vhd', expect.arrayContaining(['footer.missing'])],
      ['leaf.vhd', expect.arrayContaining(['parent.damaged'])],
    ]);
    const { findings } = await services.handlers['image.findings']({ path: place.at('leaf.vhd'), chain: true }, STILL);
    expect(findings.map(({ code }) => code)).toContain('parent.damaged');
  });

  it('lays an image out in file order, gaps and what is missing included', async () => {
    const image = zeroFooter(base(1, [pattern(0), pattern(4096 * 3)], { tableAt: 4096 }), 'end');
    await place.put('disk.vhd', image);
    const services = place.services();
    await open(services, [place.at('disk.vhd')]);
    const detail = await services.handlers['image.detail']({ path: place.at('disk.vhd') }, STILL);
    const parts = detail.parts.map((part) => [part.id, part.at, part.state]);
    expect(parts.slice(0, 4)).toEqual([
      ['copy', 0, 'ok'],
      ['header', 512, 'ok'],
      ['gap-0x600', 1536, 'ok'],
      ['bat', 4096, 'ok'],
    ]);
    expect(parts.find(([part]) => part === 'footer')?.[2]).toBe('missing');
    let end = 0;
    for (const part of detail.parts) {
      expect(part.at).toBeLessThanOrEqual(end);
      end = Math.max(end, part.at + part.length);
    }
    expect(end).toBe(image.size);
    const checks = Object.fromEntries(detail.checks.map(({ title, state }) => [title, state]));
    expect(checks).toMatchObject({ 'Footer': 'error', 'Footer copy': 'ok', 'Dynamic header': 'ok' });
    const facts = Object.fromEntries(detail.facts.map(({ label, value }) => [label, value]));
    expect(facts).toMatchObject({
      'Kind': 'Dynamic',
      'Virtual size': '24 MiB',
      'Blocks': '2 of 12',
      'Unique id': id(1),
    });
  });

  it('finds the partition tables of raw and fixed disks, whatever they promise', async () => {
    const size = 4 * MIB;
    const sector = (text: string, at = 0) => {
      const bytes = new Uint8Array(512);
      bytes.set(Buffer.from(text), at);
      return bytes;
    };
    const boot = sector('');
    boot.set([0x55, 0xaa], 510);
    const gpt = gptHeader.serialise(
      { signature: 'EFI PART', partitionEntryLba: 2n, numberOfPartitionEntries: 128, sizeOfPartitionEntry: 128 },
      new Uint8Array(512),
    );
    const absurd = gptHeader.serialise({ numberOfPartitionEntries: 0xffff_ffff }, gpt);
    const extents = [
      { at: 0, bytes: boot },
      { at: 512, bytes: gpt },
      { at: size - 512, bytes: absurd },
    ];
    await place.put('disk.raw', { size, extents });
    const services = place.services();
    const { parts } = await services.handlers['image.detail']({ path: place.at('disk.raw') }, STILL);
    expect(parts.map((part) => [part.id, part.at, part.length])).toEqual([
      ['mbr', 0, 512],
      ['gpt', 512, 512],
      ['gpt-entries', 1024, 128 * 128],
      ['content', 17408, size - 512 - 17408],
      ['gpt-backup', size - 512, 512],
    ]);
    const fixed = { kind: 'fixed' as const, virtualSize: size, id: id(8), timeStamp: 1 };
    await place.put('fixed.vhd', buildVhd({ ...fixed, writes: [{ sector: 0, bytes: boot }] }));
    const detail = await services.handlers['image.detail']({ path: place.at('fixed.vhd') }, STILL);
    expect(detail.parts.map((part) => part.id)).toEqual(['mbr', 'content', 'footer']);
  });

  it('says where a parent was looked for', async () => {
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    await place.put('moved/renamed.vhd', base(1, []));
    const services = place.services();
    await open(services, [place.evidence]);
    const { row, candidates } = await services.handlers['image.detail']({ path: place.at('leaf.vhd') }, STILL);
    expect(row).toMatchObject({ verdict: 'moved', parent: place.at('moved/renamed.vhd') });
    expect(candidates.map(({ via, verdict }) => [via, verdict])).toContainEqual(['unique id', 'moved']);
  });

  it('opens more beside what is open, closes, and remembers both', async () => {
    await place.put('a/one.vhd', base(1, []));
    await place.put('b/two.vhd', base(2, []));
    const services = place.services();
    await open(services, [place.at('a')]);
    expect(await open(services, [place.at('b')], true)).toMatchObject({ images: 2, name: 'a, b' });
    expect(await open(services, [place.at('b')], true)).toMatchObject({ images: 2 });
    expect(await open(services, [place.at('b/two.vhd')])).toMatchObject({ images: 1, name: 'two.vhd' });
    expect(await services.handlers['evidence.close']({}, STILL)).toMatchObject({ images: 0, name: '', roots: [] });
    const { recent } = await place.services().handlers['evidence.recent']({}, STILL);
    expect(recent.map(({ name, kind }) => [name, kind])).toEqual([
      ['two.vhd', 'file'],
      ['b', 'folder'],
      ['a', 'folder'],
    ]);
    await services.handlers['evidence.forgetRecent']({}, STILL);
    expect((await place.services().handlers['evidence.recent']({}, STILL)).recent).toEqual([]);
  });

  it('opens several things at once, one after the other, and none of them halfway', async () => {
    await writeRepository(place.at('large'), makeRepository(150));
    await place.put('b/leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    await place.put('c/base.vhd', base(1, []));
    const services = place.services();
    const add = (name: string) => services.handlers['evidence.openPath']({ paths: [place.at(name)], add: true }, STILL);
    await Promise.all([add('large'), add('b'), add('c')]);
    await Promise.all(services.jobs.list().map((job) => services.jobs.result(job.id)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const state = await services.handlers['case.state']({}, STILL);
    expect(state).toMatchObject({ images: 152, scanning: null, name: 'large, b, c' });
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    // the parent came later: the child was judged again
    expect(rows.find(({ name }) => name === 'leaf.vhd')).toMatchObject({ verdict: 'moved', errors: 0 });
    const leaf = await services.handlers['disk.detail']({ path: place.at('b/leaf.vhd') }, STILL);
    expect(leaf.incomplete).toBe(false);
  });

  it('finds a parent that is opened later, also where the child was looked at before', async () => {
    await place.put('b/leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    await place.put('c/base.vhd', base(1, []));
    const services = place.services();
    await open(services, [place.at('b')]);
    const path = place.at('b/leaf.vhd');
    expect((await services.handlers['disk.detail']({ path }, STILL)).incomplete).toBe(true);
    await open(services, [place.at('c')], true);
    expect((await services.handlers['disk.detail']({ path }, STILL)).incomplete).toBe(false);
  });

  it('is read by what was opened only: a page starts no reading of its own', async () => {
    const services = place.services();
    const job = services.jobs.start('evidence.scan', { paths: [place.evidence] });
    await expect(services.jobs.result(job)).rejects.toMatchObject({ code: 'usage' });
  });

  it('opens also where nothing can be remembered', async () => {
    await place.put('disk.vhd', base(1, []));
    const services = place.services({ state: place.at('disk.vhd') });
    expect(await open(services, [place.evidence])).toMatchObject({ images: 1 });
    expect(place.logged.join()).toContain('not kept');
  });

  it('reads the folders again when it is told', async () => {
    await place.put('one.vhd', base(1, []));
    await place.put('two.vhd', base(2, []));
    const services = place.services();
    await open(services, [place.evidence]);
    await unlink(place.at('one.vhd'));
    await place.put('three.vhd', base(3, []));
    const state = await services.handlers['evidence.reload']({}, STILL);
    if (state.scanning !== null) await services.jobs.result(state.scanning);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ name }) => name)).toEqual(['three.vhd', 'two.vhd']);
  });

  it('answers at once for a large folder and tells how far it is', async () => {
    await writeRepository(place.evidence, makeRepository(400));
    const services = place.services();
    const seen: number[] = [];
    const phases = new Set<string>();
    services.onEvent((name, payload) => {
      if (name === 'case.changed' && 'rev' in payload) seen.push(payload.rev);
      if (name === 'jobs.changed' && 'jobs' in payload)
        for (const { progress } of payload.jobs) if (progress) phases.add(progress.phase);
    });
    const state = await open(services, [place.evidence]);
    expect(state).toMatchObject({ images: 400, scanning: null });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
    expect([...phases].length).toBeGreaterThan(0);
  });

  it('is left readable when reading it is cancelled', async () => {
    await writeRepository(place.evidence, makeRepository(300));
    const services = place.services();
    const opening = services.handlers['evidence.openPath']({ paths: [place.evidence], add: false }, STILL);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const job = services.jobs.list().find(({ kind }) => kind === 'evidence.scan');
    if (job) services.jobs.cancel(job.id);
    await opening;
    if (job) await services.jobs.result(job.id).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    const { problems } = await services.handlers['chains.snapshot']({}, STILL);
    expect(problems.map(({ code }) => code)).toContain('incomplete');
    expect((await services.handlers['case.state']({}, STILL)).scanning).toBeNull();
  });

  it('shows a file that cannot be read, and goes on with the others', async () => {
    await place.put('good.vhd', base(1, []));
    await place.put('empty.vhd', '');
    const services = place.services();
    await open(services, [place.evidence]);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.find(({ name }) => name === 'empty.vhd')).toMatchObject({
      role: 'other',
      worst: { code: 'image.empty' },
    });
    expect(rows.find(({ name }) => name === 'good.vhd')).toMatchObject({ errors: 0 });
  });

  it('leaves no trace beside the evidence', async () => {
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, [pattern(4096)]));
    await place.put('base.vhd', base(1, [pattern(0)]));
    await place.put(
      'fixed.vhd',
      buildVhd({ kind: 'fixed', virtualSize: 4 * MIB, id: id(3), timeStamp: 1, writes: [] }),
    );
    const trace = async () =>
      Promise.all(
        (await readdir(place.evidence)).map(async (name) => {
          const { size, mtimeMs, ctimeMs, atimeMs } = await stat(place.at(name));
          return [name, size, mtimeMs, ctimeMs, process.getuid?.() === 0 ? 0 : atimeMs];
        }),
      );
    const before = await trace();
    const services = place.services();
    await open(services, [place.evidence]);
    const leaf = { space: 'guest' as const, path: place.at('leaf.vhd') };
    await services.handlers['bytes.read']({ target: leaf, at: 0, length: MIB }, STILL);
    await services.handlers['bookmarks.save'](
      { id: null, path: leaf.path, space: 'guest', at: 0, length: 1, note: '' },
      STILL,
    );
    await run(services, 'findings.check', { paths: null, deep: true, chain: true });
    await run(services, 'bytes.hash', { target: leaf, at: 0, length: null, algorithms: ['sha256'] });
    expect(await trace()).toEqual(before);
  });

  it('says that a file changed or is gone, and reads it as it is after a reload', async () => {
    await place.put('disk.vhd', base(1, [pattern(0)]));
    const services = place.services();
    await open(services, [place.evidence]);
    const target = { space: 'guest' as const, path: place.at('disk.vhd') };
    const read = () => services.handlers['bytes.read']({ target, at: 0, length: 512 }, STILL);
    expect((await read()).bytes).toHaveLength(512);
    await utimes(target.path, new Date(TIME), new Date(TIME + 5000));
    const wait = () => new Promise((resolve) => setTimeout(resolve, 1100));
    await wait();
    await expect(read()).rejects.toMatchObject({
      code: 'gone',
      message: /was written to/,
      place: { path: target.path, hint: /Reload/ },
    });
    const { scanning } = await services.handlers['evidence.reload']({}, STILL);
    if (scanning !== null) await services.jobs.result(scanning);
    expect((await read()).bytes).toHaveLength(512);
    await unlink(target.path);
    await wait();
    await expect(read()).rejects.toMatchObject({ code: 'gone', message: /not there any more/ });
    const file = { space: 'file' as const, path: path.join(place.evidence, 'never.vhd') };
    await expect(services.handlers['bytes.read']({ target: file, at: 0, length: 1 }, STILL)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
