import { asPlatterError } from '../../../core/errors.ts';
import { vhdTimeToIso } from '../../../core/formats/vhd/constants.ts';
import { geometryBytes } from '../../../core/formats/vhd/geometry.ts';
import { numberOrText } from '../../../core/structure/codecs.ts';
import { command, EXIT } from '../command.ts';
import { findingJson } from '../findings-text.ts';
import { inspectionText } from '../inspect-text.ts';
import { creatorText, type Inspection, inspect } from '../inspection.ts';

interface InspectOptions {
  deep: boolean;
  search: string[];
}

export const inspectCommand = command<InspectOptions>({
  name: 'inspect',
  summary: 'say what an image is: every structure decoded, and findings',
  description:
    'Shows where each field stands in the file, what its bytes say, and what that means. Works on images in any state,\n' +
    'and names files that are something else. Only metadata is read, unless --deep is given.',
  arguments: [{ name: '<image...>', help: 'images, raw disks or block devices' }],
  options: [
    { flags: '--deep', help: 'read every sector bitmap, and the data where bits are clear' },
    { flags: '--search <folder...>', help: 'look for the parent by its id in these folders too' },
  ],
  exits: {
    0: 'shown, in whatever state the image is (platter check tells by its exit code)',
    3: 'refused: no such file, or no file at all',
  },
  examples: ['platter inspect disk.vhd', 'platter inspect --json disk.vhd | jq ".images[0].vhd"'],
  async run(paths, options, context) {
    let exit: number = EXIT.ok;
    const done: Inspection[] = [];
    for (const path of paths) {
      try {
        const inspection = await inspect(path, options, context);
        if (context.json) done.push(inspection);
        else {
          if (path !== paths[0]) await context.out.line();
          for (const text of inspectionText(inspection, context.out, context.shown)) await context.out.write(text);
        }
      } catch (thrown) {
        const { kind } = asPlatterError(thrown);
        if (kind === 'cancelled' || kind === 'bug') throw thrown;
        exit = Math.max(exit, await context.report(thrown));
      }
    }
    if (context.json) {
      const images = done.map((inspection) => inspectionJson(inspection, context.shown));
      await context.out.json({ schema: 'platter.inspect/1', images });
    }
    return exit;
  },
});

function inspectionJson(inspection: Inspection, shown: (path: string) => string): unknown {
  const { path, image, structures, findings } = inspection;
  return {
    path,
    size: image.source.size,
    format: image.format,
    foreign: image.foreign?.name ?? null,
    vhd: vhdJson(inspection, shown),
    structures,
    findings: findings.map(findingJson),
  };
}

function vhdJson({ image, summary, link, full }: Inspection, shown: (path: string) => string): unknown {
  const { vhd } = summary;
  if (!vhd) return null;
  const value = image.vhd?.footer?.value;
  return {
    kind: vhd.kind,
    id: vhd.id,
    // the guest's size is whole sectors, and null where no number can hold it
    virtualSize: vhd.virtualSize ?? (value ? numberOrText(value.currentSize) : null),
    geometrySize: value ? geometryBytes(value.diskGeometry) : null,
    creator: creatorText(image),
    created: vhd.created === null ? null : vhdTimeToIso(vhd.created),
    hidden: value ? vhd.hidden : null,
    savedState: value ? vhd.savedState : null,
    parent: vhd.parent && {
      id: vhd.parent.id,
      name: vhd.parent.name,
      timestamp: vhdTimeToIso(vhd.parent.timestamp),
      locators: vhd.parent.locators.map(({ number, code, text, at }) => ({ number, code, text, offset: at })),
      path: link?.path ? shown(link.path) : null,
      verdict: link?.verdict ?? null,
    },
    blockSize: vhd.blockSize,
    blocks: vhd.blocks && { ...vhd.blocks, full },
    dataEnd: vhd.dataEnd,
    footerAt: image.vhd?.footer?.at ?? null,
  };
}
