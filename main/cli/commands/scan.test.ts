import { describe, expect, it } from 'vitest';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { zeroFooter } from '../../../core/testing/damage.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { makeRepository } from '../../../core/testing/repository.ts';
import { base, chain, child, idOf, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

const raw = { size: 8 * MIB, extents: [] };

describe('platter scan', () => {
  it('draws the trees of a folder, with what is wrong beside each image', async () => {
    const files = chain()
      .put('/sr/other.vhd', child(4, 1, 'base.vhd'))
      .put('/sr/orphan.vhd', child(5, 77, 'gone.vhd'))
      .put('/sr/renamed.vhd', child(6, 2, 'old.vhd', { savedState: true }))
      .put('/sr/notes.vhd', 'these are notes and no disk\n')
      .put('/sr/twin.vhd', base(5, { kind: 'fixed', virtualSize: MIB, writes: [] }));
    const { rc, out, err } = await run(files, ['scan', 'sr']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "image              role     size   data      file
      sr/base.vhd        base    8 MiB  2 MiB  2.00 MiB  hidden · ok
      ├─ other.vhd       leaf    8 MiB  2 MiB  2.01 MiB  ok
      └─ snap.vhd        parent  8 MiB  2 MiB  2.01 MiB  hidden · ok
         ├─ leaf.vhd     leaf    8 MiB  2 MiB  2.01 MiB  ok
         └─ renamed.vhd  leaf    8 MiB  2 MiB  2.01 MiB  parent moved · saved state · 2 warnings
      sr/notes.vhd       other       –      –      28 B  text · 1 error
      sr/orphan.vhd      leaf    8 MiB  2 MiB  2.01 MiB  parent missing · 1 error · 1 warning
      sr/twin.vhd        base    1 MiB  1 MiB  1.00 MiB  1 warning

      Problems
        image.foreign  sr/notes.vhd
            This is text, though its name says VHD.
        chain.duplicate-id  sr/orphan.vhd
            orphan.vhd has the id c54ad692-0ce2-4dad-aa3f-000000000005, and so has twin.vhd: a child cannot tell them apart.
        chain.duplicate-id  sr/twin.vhd
            twin.vhd has the id c54ad692-0ce2-4dad-aa3f-000000000005, and so has orphan.vhd: a child cannot tell them apart.

      8 images in 4 trees, 3 problems.
      "
    `);
  });

  it('answers in JSON with a node for each image', async () => {
    const { out } = await run(chain(), ['scan', '--json', '/sr']);
    const { schema, trees, problems } = JSON.parse(out);
    expect({ schema, problems, roots: trees.length }).toEqual({ schema: 'platter.scan/1', problems: [], roots: 1 });
    expect(trees[0]).toMatchObject({
      path: '/sr/base.vhd',
      name: 'base.vhd',
      id: idOf(1),
      kind: 'dynamic',
      virtualSize: 8 * MIB,
      allocatedBytes: 2 * MIB,
      hidden: true,
      parent: null,
      errors: 0,
      warnings: 0,
    });
    expect(trees[0].children[0]).toMatchObject({
      kind: 'differencing',
      parent: { name: 'base.vhd', id: idOf(1), path: '/sr/base.vhd', verdict: 'ok' },
      children: [{ path: '/sr/leaf.vhd', hidden: false, children: [] }],
    });
  });

  it('shows raw parents, and parents in other folders, where a child leads to them', async () => {
    const files = memoryFiles()
      .put('/templates/golden.raw', raw)
      .put('/templates/base.vhd', base(1))
      .put('/sr/a.vhd', child(2, 1, '../templates/base.vhd'))
      .put(
        '/sr/b.vhd',
        child(3, 1, '../templates/golden.raw', {
          parent: { id: NIL_UUID, name: '../templates/golden.raw', timeStamp: 0 },
        }),
      );
    const { out } = await run(files, ['scan', 'sr']);
    expect(out).toMatchInlineSnapshot(`
      "image                 role   size   data      file
      templates/base.vhd    base  8 MiB  2 MiB  2.00 MiB  ok
      └─ sr/a.vhd           leaf  8 MiB  2 MiB  2.01 MiB  ok
      templates/golden.raw  raw   8 MiB      –     8 MiB  ok
      └─ sr/b.vhd           leaf  8 MiB  2 MiB  2.01 MiB  ok

      4 images in 2 trees.
      "
    `);
  });

  it('tells of cycles and duplicate ids', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', child(1, 2, 'b.vhd'))
      .put('/sr/b.vhd', child(2, 1, 'a.vhd'))
      .put('/sr/copy.vhd', base(2));
    const { out } = await run(files, ['scan', 'sr', '--json']);
    const { trees, problems } = JSON.parse(out);
    expect(trees.map(({ name }: { name: string }) => name)).toEqual(['a.vhd', 'copy.vhd']);
    expect(trees[0].parent.verdict).toBe('cycle');
    expect(trees[0].children[0].parent.verdict).toBe('cycle');
    expect(problems.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)).toEqual([
      'sr/a.vhd chain.cycle',
      'sr/b.vhd chain.duplicate-id',
      'sr/copy.vhd chain.duplicate-id',
    ]);
  });

  it('goes below folders with -r only, and lists images given by name', async () => {
    const files = memoryFiles().put('/sr/deep/a.vhd', base(1)).put('/sr/disk.img', raw);
    expect((await run(files, ['scan', 'sr'])).out).toBe('No images.\n');
    expect((await run(files, ['scan', '-r', 'sr'])).out).toContain('sr/deep/a.vhd  base');
    expect((await run(files, ['scan', 'sr/disk.img'])).out).toContain('sr/disk.img  raw');
  });

  it('takes damaged images as they are', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', zeroFooter(base(1), 'both'))
      .put('/sr/b.vhd', zeroFooter(base(2), 'end'))
      .put('/sr/empty.vhd', '');
    const { trees, problems } = JSON.parse((await run(files, ['scan', 'sr', '--json'])).out);
    expect(trees.map(({ name, kind }: { name: string; kind: string | null }) => [name, kind])).toEqual([
      ['a.vhd', null],
      ['b.vhd', 'dynamic'],
      ['empty.vhd', null],
    ]);
    expect(trees.every(({ errors }: { errors: number }) => errors > 0)).toBe(true);
    expect(problems).toMatchObject([{ path: 'sr/empty.vhd', code: 'image.empty' }]);
  });

  it('goes on past a file that cannot be read', async () => {
    const files = chain().put('/sr/bad.vhd', base(9)).failFrom('/sr/bad.vhd', 0);
    const { rc, out } = await run(files, ['scan', 'sr', '--json']);
    const { trees, problems } = JSON.parse(out);
    expect(rc).toBe(0);
    expect(trees).toHaveLength(1);
    expect(problems).toMatchObject([{ path: 'sr/bad.vhd', code: 'image.unreadable' }]);
  });

  it('says what was asked for and is not there', async () => {
    const { rc, out, err } = await run(chain(), ['scan', 'gone', 'sr/base.vhd']);
    expect(rc).toBe(3);
    expect(err).toBe('platter: /gone: there is no such file.\n');
    expect(out).toContain('sr/base.vhd  base');
  });

  it('shows no escape sequence that a file name or an image holds', async () => {
    const files = memoryFiles().put('/sr/\x1b[31mred\u202e.vhd', base(1));
    const { out } = await run(files, ['scan', 'sr'], { terminal: 80, env: { NO_COLOR: '1' } });
    expect(out).toContain('\\x1b[31mred\\u202e.vhd');
    expect(out).not.toContain('\x1b');
  });

  it('colours only on a terminal that wants it', async () => {
    expect((await run(chain(), ['scan', 'sr'], { terminal: 80 })).out).toContain('\x1b[32mok');
    expect((await run(chain(), ['scan', 'sr'], { terminal: 80, env: { TERM: 'dumb' } })).out).not.toContain('\x1b');
    expect((await run(chain(), ['scan', 'sr'])).out).not.toContain('\x1b');
  });

  it('finds every image of a storage repository once, under its parent', async () => {
    const repository = makeRepository(150, 5);
    const files = memoryFiles();
    for (const { name, mtime, build } of repository.files) files.put(`/sr/${name}`, build, { mtime });
    const { trees } = JSON.parse((await run(files, ['scan', 'sr', '--json'])).out);
    type Node = { name: string; children: Node[] };
    const above = new Map<string, string | null>();
    const visit = (node: Node, parent: string | null): void => {
      expect(above.has(node.name)).toBe(false);
      above.set(node.name, parent);
      for (const below of node.children) visit(below, node.name);
    };
    for (const tree of trees) visit(tree, null);
    expect(above.size).toBe(150);
    for (const { name, parent, defect } of repository.files)
      if (defect !== 'header-checksum') expect(above.get(name)).toBe(parent);
    expect(files.openCount).toBe(0);
  });

  it('survives a chain of thousands', async () => {
    const files = memoryFiles().put('/sr/0.vhd', base(0, { writes: [] }));
    for (let i = 1; i < 2000; i += 1) files.put(`/sr/${i}.vhd`, () => child(i, i - 1, `${i - 1}.vhd`, { writes: [] }));
    expect((await run(files, ['scan', 'sr'])).out).toContain('2,000 images in 1 tree');
    expect((await run(files, ['scan', 'sr', '--json'])).rc).toBe(0);
  });
});
