import type { ParentVerdict } from '../../core/chain/parents.ts';
import type { ChainNode } from '../../core/chain/tree.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';
import { type Output, safe } from './output.ts';

interface Line {
  branch: string;
  name: string;
  columns: string[];
  state: string;
}

interface Problem {
  path: string;
  code: string;
  message: string;
}

/** Columns of indentation; deeper levels, which no real system makes, stay there. */
const DEEPEST = 120;

const HEAD = ['role', 'size', 'data', 'file'];

/** Chain trees as text, a piece at a time: branches, roles, sizes, verdicts; problems and a summary below. */
export function* treeText(
  trees: readonly ChainNode[],
  problems: readonly Problem[],
  out: Output,
  shown: (path: string) => string,
): Generator<string> {
  const lines = [...treeLines(trees, out, shown)];
  const nameWidth = longest(lines.map(({ branch, name }) => branch.length + name.length));
  const widths = HEAD.map((title, column) =>
    longest([title.length, ...lines.map(({ columns }) => columns[column]?.length ?? 0)]),
  );
  if (lines.length > 0) {
    const head = HEAD.map((title, column) =>
      column === 0 ? title.padEnd(widths[0] ?? 0) : title.padStart(widths[column] ?? 0),
    );
    yield `${out.style('dim', `${'image'.padEnd(nameWidth)}  ${head.join('  ')}`)}\n`;
  }
  for (const { branch, name, columns, state } of lines) {
    const cells = columns.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    const pad = ' '.repeat(Math.max(0, nameWidth - branch.length - name.length));
    yield `${`${out.style('dim', branch)}${out.style('bold', name)}${pad}  ${cells.join('  ')}  ${state}`.trimEnd()}\n`;
  }
  if (problems.length > 0) yield `\n${out.style('bold', 'Problems')}\n`;
  for (const { path, code, message } of problems) {
    yield `  ${out.style('yellow', code)}  ${safe(path)}\n      ${safe(message)}\n`;
  }
  yield `${lines.length > 0 ? '\n' : ''}${summary(lines.length, trees.length, problems.length)}\n`;
}

function longest(lengths: number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

function summary(images: number, trees: number, problems: number): string {
  const count = (value: number, noun: string): string => `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
  if (images === 0 && problems === 0) return 'No images.';
  return `${count(images, 'image')} in ${count(trees, 'tree')}${problems > 0 ? `, ${count(problems, 'problem')}` : ''}.`;
}

function* treeLines(trees: readonly ChainNode[], out: Output, shown: (path: string) => string): Generator<Line> {
  // a stack of our own: a chain may be deeper than the program's
  const stack = trees.map((node) => ({ node, before: '', branch: '', folder: '' })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, before, branch, folder } = top;
    const here = folderOf(node.image.path);
    yield lineOf(node, before + branch, here === folder ? node.image.name : shown(node.image.path), out);
    const indent = branch === '' || before.length >= DEEPEST ? '' : branch.startsWith('└') ? '   ' : '│  ';
    const last = node.children.length - 1;
    for (let i = last; i >= 0; i -= 1) {
      const child = node.children[i];
      if (child) stack.push({ node: child, before: before + indent, branch: i === last ? '└─ ' : '├─ ', folder: here });
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.length - (path.split(/[\\/]/).pop()?.length ?? 0));
}

function lineOf({ image, role, parent }: ChainNode, branch: string, name: string, out: Output): Line {
  const { vhd, format, fileSize, foreign, errors, warnings } = image;
  const state: string[] = [];
  if (parent && parent.verdict !== 'ok') state.push(out.style(VERDICT_STYLE[parent.verdict], VERDICTS[parent.verdict]));
  if (vhd?.hidden) state.push('hidden');
  if (vhd?.savedState) state.push(out.style('yellow', 'saved state'));
  if (!vhd && format !== 'raw') state.push(foreign ?? 'no VHD');
  if (vhd && vhd.kind === null) state.push(out.style('red', 'kind not known'));
  if (errors > 0) state.push(out.style('red', `${errors} error${errors === 1 ? '' : 's'}`));
  if (warnings > 0) state.push(out.style('yellow', `${warnings} warning${warnings === 1 ? '' : 's'}`));
  if (errors === 0 && warnings === 0) state.push(out.style('green', 'ok'));
  const size = vhd ? vhd.virtualSize : format === 'raw' ? fileSize : null;
  return {
    branch,
    name: safe(name),
    columns: [
      vhd ? role : format === 'raw' ? 'raw' : 'other',
      size === null ? '–' : formatBytes(size),
      vhd ? formatBytes(vhd.allocatedBytes) : '–',
      formatBytes(fileSize),
    ],
    state: state.join(' · '),
  };
}

const VERDICTS: Record<Exclude<ParentVerdict, 'ok'>, string> = {
  missing: 'parent missing',
  moved: 'parent moved',
  'id-mismatch': "parent's id differs",
  cycle: 'cycle',
};
const VERDICT_STYLE = { missing: 'red', moved: 'yellow', 'id-mismatch': 'red', cycle: 'red' } as const;
