import { CATALOGUE } from './catalogue.ts';
import { FINDING_CODES, type FindingCode } from './codes.ts';

/** Chapters by what a code is about, with the words its codes begin with. */
const CHAPTERS: [title: string, families: string[]][] = [
  ['The file', ['image', 'fixed']],
  ['The footer', ['footer']],
  ['The copy of the footer', ['footer-copy']],
  ['The dynamic header', ['header']],
  ['The block allocation table and the blocks', ['bat', 'block']],
  ['Sector bitmaps and batmap', ['bitmap', 'batmap']],
  ['Parent locators', ['locator']],
  ['The parent and the chain', ['parent', 'chain']],
  ['Partition tables', ['table', 'gpt']],
  ['VMFS', ['vmfs']],
];

const INTRO = `# Findings

Everything that \`platter check\` and the Findings panel can say, by code. Made from core/findings/catalogue by
\`node scripts/findings.mjs\`.

- An **error** means that data is lost, at risk or out of reach, or that a reader which follows the specification will
  refuse the file.
- A **warning** means that someone should look.
- A note (**info**) is unusual and legal.

The severity given here is the usual one; circumstances can make it milder or graver, and the finding then says why.
Words in brackets, as (footer-from-copy), are repair strategies of \`platter repair\`.
`;

/** The page of help for all codes, as Markdown. */
export function helpPage(): string {
  const family = (code: FindingCode): string => code.slice(0, code.indexOf('.'));
  const chapters = CHAPTERS.map(([title, families]) => {
    const codes = FINDING_CODES.filter((code) => families.includes(family(code)));
    return [`## ${title}`, ...codes.map(entry)].join('\n\n');
  });
  return `${[INTRO.trimEnd(), ...chapters].join('\n\n')}\n`;
}

function entry(code: FindingCode): string {
  const { title, severity, means, causes, action } = CATALOGUE[code];
  return [
    `### ${code}`,
    `**${title}** (${severity})`,
    `**What it means.** ${means}`,
    `**How it comes about.** ${causes}`,
    `**What to do.** ${action}`,
  ].join('\n\n');
}
