import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../testing/memory-files.ts';
import { makeRepository } from '../testing/repository.ts';
import { listImages } from './list.ts';
import { folderLookup, readSummary } from './lookup.ts';
import { findParent, type ParentLink } from './parents.ts';
import type { ImageSummary } from './summary.ts';
import { base, child, idOf } from './testing/chains.ts';
import { buildForest, type ChainNode, type Forest, walk } from './tree.ts';

type Files = ReturnType<typeof memoryFiles>;

async function forestOf(files: Files, paths: readonly string[] = ['/sr']): Promise<Forest> {
  const listing = await listImages(files, paths, { recursive: true, others: false });
  const images = (await Promise.all(listing.paths.map((path) => readSummary(files, path)))).flatMap((one) => one ?? []);
  const lookup = folderLookup(files, [], images);
  const links = new Map<string, ParentLink>();
  for (const image of images) if (image.vhd?.parent) links.set(image.path, await findParent(image, lookup));
  return buildForest(images, links);
}

/** Trees as text: `a(b(c) d)`, with the verdict where it is not ok. */
function drawn(nodes: readonly ChainNode[]): string {
  const draw = ({ image, parent, children }: ChainNode): string => {
    const verdict = parent && parent.verdict !== 'ok' ? `:${parent.verdict}` : '';
    return `${image.name.replace('.vhd', '')}${verdict}${children.length > 0 ? `(${drawn(children)})` : ''}`;
  };
  return nodes.map(draw).join(' ');
}

describe('chain trees', () => {
  it('hang every image once under its parent, roots and children by path', async () => {
    const files = memoryFiles()
      .put('/sr/d.vhd', child(4, 2, 'b.vhd'))
      .put('/sr/c.vhd', child(3, 1, 'a.vhd'))
      .put('/sr/b.vhd', child(2, 1, 'a.vhd'))
      .put('/sr/a.vhd', base(1))
      .put('/sr/sub/z.vhd', base(9));
    const { trees, problems } = await forestOf(files);
    expect(drawn(trees)).toBe('a(b(d) c) z');
    expect(problems).toEqual([]);
    expect([...walk(trees)].map(({ image, role }) => `${image.name} ${role}`)).toEqual([
      'a.vhd base',
      'b.vhd parent',
      'd.vhd leaf',
      'c.vhd leaf',
      'z.vhd base',
    ]);
  });

  it('show orphans, moved parents and wrong ones', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1))
      .put('/sr/moved.vhd', child(2, 1, 'old-name.vhd'))
      .put('/sr/orphan.vhd', child(3, 77, 'gone.vhd'))
      .put('/sr/wrong.vhd', child(4, 88, 'base.vhd'));
    expect(drawn((await forestOf(files)).trees)).toBe('base(moved:moved wrong:id-mismatch) orphan:missing');
  });

  it('hang a child under the node of its parent, whatever name leads there', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1))
      .link('/other', '/sr')
      .put(
        '/sr/leaf.vhd',
        child(2, 1, '/other/base.vhd', {
          parent: { id: idOf(1), name: '/other/base.vhd', timeStamp: 0, locators: [] },
        }),
      );
    expect(drawn((await forestOf(files)).trees)).toBe('base(leaf)');
  });

  it('show each member of a cycle once, the first by path as the root', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', child(1, 3, 'c.vhd'))
      .put('/sr/b.vhd', child(2, 1, 'a.vhd'))
      .put('/sr/c.vhd', child(3, 2, 'b.vhd'))
      .put('/sr/self.vhd', child(4, 4, 'self.vhd'))
      .put('/sr/tail.vhd', child(5, 2, 'b.vhd'));
    const { trees, problems } = await forestOf(files);
    expect(drawn(trees)).toBe('a:cycle(b:cycle(c:cycle tail)) self:cycle');
    expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      '/sr/a.vhd chain.cycle',
      '/sr/self.vhd chain.cycle',
    ]);
  });

  it('tell of ids that two files share, but not of two names of one file', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', base(1))
      .put('/sr/copy.vhd', base(1))
      .put('/sr/x.vhd', base(2))
      .put('/sr/hard-link.vhd', '', { sameAs: '/sr/x.vhd' });
    const { problems } = await forestOf(files);
    expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      '/sr/a.vhd chain.duplicate-id',
      '/sr/copy.vhd chain.duplicate-id',
    ]);
  });

  it('may be thousands deep', () => {
    const images = Array.from(
      { length: 5000 },
      (_, index) =>
        ({ path: `/${index}`, name: `${index}`, identity: `${index}`, vhd: null }) as unknown as ImageSummary,
    );
    const links = new Map(
      images
        .slice(1)
        .map(({ path }, index): [string, ParentLink] => [
          path,
          { verdict: 'ok', path: `/${index}`, raw: false, candidates: [] },
        ]),
    );
    const { trees, problems } = buildForest(images, links);
    expect(problems).toEqual([]);
    expect(trees.length).toBe(1);
    expect([...walk(trees)].length).toBe(5000);
  });

  it('of a storage repository have a root for every base and every orphan', async () => {
    const repository = makeRepository(120, 3);
    const files = memoryFiles();
    for (const { name, mtime, build } of repository.files) files.put(`/sr/${name}`, build, { mtime });
    const { trees } = await forestOf(files);
    const vhds = trees.filter(({ image }) => image.vhd);
    const damaged = repository.files.filter(({ defect }) => defect === 'header-checksum').length;
    expect([...walk(trees)].length).toBe(120);
    expect(vhds.length).toBeGreaterThanOrEqual(repository.trees);
    expect(vhds.length).toBeLessThanOrEqual(repository.trees + damaged);
    for (const { image, children } of walk(trees))
      for (const below of children) {
        const file = repository.files.find(({ name }) => name === below.image.name);
        expect(file?.parent).toBe(image.name);
      }
  });
});

describe('what counts as an image', () => {
  const listed = async (files: Files, paths: string[], recursive: boolean) =>
    (await listImages(files, paths, { recursive, others: false })).paths;

  it('in a folder: by content, or by the name .vhd or .avhd', async () => {
    const files = memoryFiles()
      .put('/sr/disk.VHD', 'not really')
      .put('/sr/snap.avhd', base(1))
      .put('/sr/no-suffix', base(2))
      .put('/sr/short', base(3, { kind: 'fixed', shortFooter: true, virtualSize: 65_536 }))
      .put('/sr/notes.txt', 'conectix is a cookie, but not here: it does not start the last 512 bytes'.padStart(2000))
      .put('/sr/disk.raw', new Uint8Array(4096))
      .put('/sr/empty', '');
    expect(await listed(files, ['/sr'], false)).toEqual([
      '/sr/disk.VHD',
      '/sr/no-suffix',
      '/sr/short',
      '/sr/snap.avhd',
    ]);
  });

  it('not what a journal of ours keeps; what else lies in a folder of such a name does count', async () => {
    const journal = '/sr/disk.vhd.platter-20260101T000000-0a1b2c3d';
    const other = '/sr/disk.vhd.platter-20260101T000000-00000000';
    const files = memoryFiles()
      .put(`${journal}/undo.bin`, base(1))
      .put(`${journal}/plan.json`, '{}')
      .put(`${journal}/state`, 'prepared')
      .put(`${other}/undo.bin`, base(2))
      .put(`${other}/hidden.vhd`, base(3));
    expect(await listed(files, ['/sr'], true)).toEqual([`${other}/hidden.vhd`, `${other}/undo.bin`]);
  });

  it('given by its path: any file', async () => {
    const files = memoryFiles().put('/sr/disk.raw', new Uint8Array(4096));
    expect(await listed(files, ['/sr/disk.raw', '/sr/disk.raw'], false)).toEqual(['/sr/disk.raw']);
  });

  it('below a folder only where that is asked for, and never behind a link', async () => {
    const files = memoryFiles()
      .put('/sr/sub/deep/a.vhd', base(1))
      .put('/elsewhere/b.vhd', base(2))
      .link('/sr/loop', '/sr')
      .link('/sr/out', '/elsewhere')
      .link('/sr/linked.vhd', '/elsewhere/b.vhd');
    expect(await listed(files, ['/sr'], false)).toEqual([]);
    expect(await listed(files, ['/sr'], true)).toEqual(['/sr/sub/deep/a.vhd']);
    // a link that was given itself is followed
    expect(await listed(files, ['/sr/linked.vhd'], true)).toEqual(['/sr/linked.vhd']);
  });

  it('is never a pipe, a socket or a device in a folder, not even to look at', async () => {
    const files = memoryFiles().special('/sr/pipe.vhd').special('/sr/sda', base(1)).put('/sr/a.vhd', base(1));
    const opened: string[] = [];
    const open = files.open.bind(files);
    files.open = (path) => {
      opened.push(path);
      return open(path);
    };
    expect(await listed(files, ['/sr'], true)).toEqual(['/sr/a.vhd']);
    expect(opened).toEqual([]);
  });

  it('that cannot be read is told of where its name says VHD', async () => {
    const files = memoryFiles().put('/sr/bad.dat', base(1)).failFrom('/sr/bad.dat', 0).put('/sr/bad.vhd', base(2));
    const listing = await listImages(files, ['/sr', '/gone'], { recursive: true, others: false });
    expect(listing.paths).toEqual(['/gone', '/sr/bad.vhd']);
    expect(listing.failures).toEqual([]);
  });
});
