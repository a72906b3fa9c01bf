import type { GuestRun } from '../../../core/chain/guest.ts';
import type { OpenChain } from '../../../core/chain/open.ts';
import { guestRuns } from '../../../core/chain/stream.ts';
import { refusal } from '../../../core/errors.ts';
import { SECTOR } from '../../../core/formats/vhd/constants.ts';
import { formatBytes, formatCount, formatOffset } from '../../../core/structure/text.ts';
import { type CommandContext, command, EXIT } from '../command.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { parseCount } from '../numbers.ts';
import { safe } from '../output.ts';

interface MapOptions extends GuestOptions {
  sector: number[];
  summary: boolean;
}

export const mapCommand = command<MapOptions>({
  name: 'map',
  summary: 'say which file of the chain holds which sectors of the guest',
  description:
    'Lists the runs of the guest in order, each with the file that holds it and the offset in that file. What nobody holds\n' +
    'reads as zeros; a hole would be in a parent that is missing; lost is what should be in a file and is not.',
  arguments: [{ name: '<image>', help: 'the leaf of a chain, or any disk' }],
  options: [
    { flags: '--sector <number...>', help: 'only these sectors of 512 bytes', parse: parseCount },
    { flags: '--summary', help: 'only how much each file of the chain holds' },
    ...GUEST_OPTIONS,
  ],
  exits: { 0: 'shown', 3: 'refused: no such file, a sector behind the end, or a parent that is missing or wrong' },
  examples: ['platter map leaf.vhd --summary', 'platter map leaf.vhd --json --sector 0 2048'],
  async run([path = ''], options, context) {
    const chain = await openGuest(path, options, context);
    try {
      if (options.sector) await writeSectors(chain, options.sector, context);
      else if (options.summary) await writeSummary(chain, path, context);
      else await writeRuns(chain, path, context);
      return EXIT.ok;
    } finally {
      await chain.close();
    }
  },
});

function ownerOf({ members }: OpenChain, { owner }: GuestRun, shown: (path: string) => string): string | null {
  const member = owner === null ? undefined : members[owner];
  return member ? shown(member.path) : null;
}

async function writeSectors(chain: OpenChain, sectors: readonly number[], context: CommandContext): Promise<void> {
  const { out, json, shown, signal } = context;
  const { disk } = chain;
  const answers = [];
  for (const sector of sectors) {
    const [run] = await disk.map(sector * SECTOR, SECTOR, signal);
    if (!run) {
      const last = Math.ceil(disk.size / SECTOR) - 1;
      throw refusal('out-of-range', `There is no sector ${sector}: the last one is ${last}.`, {
        path: chain.members[0]?.path ?? '',
      });
    }
    const { state, fileOffset } = run;
    // what nobody holds is zeros; that it is a hole, or lost, has to be said
    const unread = state === 'hole' || state === 'lost' ? { state } : {};
    answers.push({ sector, owner: ownerOf(chain, run, shown), fileOffset, ...unread });
  }
  if (json) {
    await out.json(answers);
    return;
  }
  for (const { sector, owner, fileOffset, state } of answers) {
    const place = fileOffset === null ? '' : `  at ${formatOffset(fileOffset)} (${fileOffset})`;
    const what = state === 'lost' ? `lost, should be in ${owner ?? ''}` : (owner ?? state ?? 'nobody: zeros');
    await out.line(`${sector}  ${safe(what)}${place}`);
  }
}

/** Every run, written as it is found: a fragmented disk has millions. */
async function writeRuns(chain: OpenChain, path: string, context: CommandContext): Promise<void> {
  const { out, json, shown, signal, progress } = context;
  const { disk } = chain;
  let text = json ? jsonHead(chain, path, shown) : `${headLine(out.style('dim', 'held by'))}\n`;
  let count = 0;
  for await (const run of guestRuns(disk, 0, disk.size, signal)) {
    if (!out.isTerminal) progress.tell(`Map ${path}`, run.at, disk.size, 'bytes');
    const owner = ownerOf(chain, run, shown);
    text += json ? `${count === 0 ? '' : ','}\n    ${runJson(run, owner)}` : `${runLine(run, owner)}\n`;
    count += 1;
    if (text.length < 65_536) continue;
    await out.write(text);
    text = '';
  }
  await out.write(`${text}${json ? '\n  ]\n}\n' : ''}`);
}

function jsonHead({ disk, members }: OpenChain, path: string, shown: (path: string) => string): string {
  const head = { schema: 'platter.map/1', path, size: disk.size, chain: members.map((member) => shown(member.path)) };
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "runs": [`;
}

function runJson({ at, length, state, fileOffset }: GuestRun, owner: string | null): string {
  return JSON.stringify({ offset: at, length, state, owner, fileOffset });
}

const COLUMNS = ['sector', 'sectors', 'file offset'] as const;
const WIDTHS = [12, 12, 16] as const;

function headLine(last: string): string {
  return `${COLUMNS.map((title, index) => title.padStart(WIDTHS[index] ?? 0)).join('  ')}  ${last}`;
}

function runLine({ at, length, state, fileOffset }: GuestRun, owner: string | null): string {
  const cells = [
    String(at / SECTOR),
    String(Math.ceil(length / SECTOR)),
    fileOffset === null ? '–' : formatOffset(fileOffset),
  ];
  return `${cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0)).join('  ')}  ${holder(state, owner)}`;
}

function holder(state: GuestRun['state'], owner: string | null): string {
  switch (state) {
    case 'data':
      return safe(owner ?? '');
    case 'zero':
      return 'nobody: zeros';
    case 'hole':
      return 'hole: the parent is missing';
    case 'lost':
      return `lost: should be in ${safe(owner ?? '')}`;
  }
}

interface Share {
  bytes: number;
  runs: number;
}

/** How much of the guest each file of the chain holds. */
async function writeSummary(chain: OpenChain, path: string, context: CommandContext): Promise<void> {
  const { out, json, shown, signal, progress } = context;
  const { disk, members } = chain;
  const files = members.map((): Share => ({ bytes: 0, runs: 0 }));
  const others: Record<'zero' | 'hole' | 'lost', Share> = {
    zero: { bytes: 0, runs: 0 },
    hole: { bytes: 0, runs: 0 },
    lost: { bytes: 0, runs: 0 },
  };
  for await (const { at, length, state, owner } of guestRuns(disk, 0, disk.size, signal)) {
    progress.tell(`Map ${path}`, at, disk.size, 'bytes');
    const share = state === 'data' ? files[owner ?? 0] : others[state];
    if (!share) continue;
    share.bytes += length;
    share.runs += 1;
  }
  const held = members.map((member, index) => {
    return { path: shown(member.path), bytes: files[index]?.bytes ?? 0, runs: files[index]?.runs ?? 0 };
  });
  if (json) {
    await out.json({ schema: 'platter.map-summary/1', path, size: disk.size, files: held, ...others });
    return;
  }
  const line = (share: Share, name: string): Promise<void> => {
    const percent = disk.size === 0 ? 0 : (share.bytes / disk.size) * 100;
    return out.line(
      `${formatBytes(share.bytes).padStart(11)}  ${`${percent.toFixed(1)} %`.padStart(7)}  ${formatCount(share.runs).padStart(11)} ${share.runs === 1 ? 'run ' : 'runs'}  ${name}`,
    );
  };
  for (const share of held) await line(share, safe(share.path));
  if (others.zero.runs > 0) await line(others.zero, 'nobody: zeros');
  if (others.hole.runs > 0) await line(others.hole, out.style('red', 'holes: a parent is missing'));
  if (others.lost.runs > 0) await line(others.lost, out.style('red', 'lost: not in the files that should hold it'));
  await line(
    { bytes: disk.size, runs: [...held, ...Object.values(others)].reduce((sum, { runs }) => sum + runs, 0) },
    'in all',
  );
}
