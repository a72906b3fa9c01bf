import { type Finding, worst } from '../../core/findings/finding.ts';
import type { VhdImage } from '../../core/formats/vhd/read.ts';
import type { Image } from '../../core/image.ts';
import { formatBytes, formatCount, formatOffset } from '../../core/structure/text.ts';
import type { ImageDetail } from '../contract/types.ts';
import { firstSentence } from './verdict.ts';

type Check = ImageDetail['checks'][number];

/** Findings of these families belong to this line; `fine` is said when there are none. */
interface Line {
  title: string;
  families: string[];
  part: string | null;
  fine: string;
}

/** Rules that were run, one line a structure, each with its result. */
export function checksOf(image: Image, findings: readonly Finding[]): Check[] {
  const lines = image.vhd ? vhdLines(image.vhd) : [fileLine(image)];
  const left = new Set(findings);
  const checks: Check[] = [];
  for (const { title, families, part, fine } of lines) {
    const own = findings.filter(({ code }) => families.includes(code.slice(0, code.indexOf('.'))));
    for (const finding of own) left.delete(finding);
    checks.push(checkOf(title, part, own, fine));
  }
  // a family without a line of its own still shows
  if (left.size > 0) checks.push(checkOf('Other', null, [...left], ''));
  return checks;
}

function checkOf(title: string, part: string | null, findings: readonly Finding[], fine: string): Check {
  const state = worst(findings);
  const gravest = findings.find(({ severity }) => severity === state);
  if (!state || !gravest) return { title, state: 'ok', text: fine, part };
  const more = findings.length > 1 ? ` And ${findings.length - 1} more.` : '';
  return { title, state, text: firstSentence(gravest.message) + more, part };
}

function fileLine({ format, source, foreign }: Image): Line {
  const fine = foreign ? `It is ${foreign.name}.` : format === 'raw' ? 'Whole sectors.' : formatBytes(source.size);
  return { title: 'File', families: ['image'], part: null, fine };
}

const sum = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

function vhdLines(vhd: VhdImage): Line[] {
  const { footers, footer, header, bat, batmap, locators, kind } = vhd;
  const lines: Line[] = [
    {
      title: 'File',
      families: ['image', 'fixed'],
      part: null,
      fine: `${formatBytes(vhd.source.size)}${footers.end?.valid ? ', nothing after the footer' : ''}.`,
    },
    {
      title: 'Footer',
      families: ['footer'],
      part: 'footer',
      fine: footer ? `At ${formatOffset(footer.at)}; checksum ${sum(footer.value.checksum)} is right.` : '',
    },
  ];
  if (kind === 'fixed') return lines;
  const { copy } = footers;
  lines.push({
    title: 'Footer copy',
    families: ['footer-copy'],
    part: 'copy',
    fine: copy?.valid
      ? `Checksum ${sum(copy.value.checksum)} is right${footers.end?.valid ? '; it agrees with the footer' : ''}.`
      : '',
  });
  lines.push({
    title: 'Dynamic header',
    families: ['header'],
    part: 'header',
    fine: header ? `Checksum ${sum(header.value.checksum)} is right.` : '',
  });
  if (bat) {
    const fine = `${formatCount(bat.entries.length)} entries, none past the end, none overlapping.`;
    lines.push({ title: 'Block allocation table', families: ['bat', 'block'], part: 'bat', fine });
  }
  if (batmap) lines.push({ title: 'Batmap', families: ['batmap'], part: 'batmap', fine: 'Its checksum is right.' });
  if (kind !== 'differencing') return lines;
  const readable = locators.filter(({ text }) => text !== null).length;
  lines.push({
    title: 'Parent locators',
    families: ['locator'],
    part: locators[0] ? `locator-${locators[0].number}` : null,
    fine: `${readable} of ${locators.length} readable.`,
  });
  lines.push({
    title: 'Parent',
    families: ['parent', 'chain'],
    part: 'header',
    fine: 'Found, with the right id; it fits.',
  });
  return lines;
}
