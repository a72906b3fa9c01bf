import type { HeaderPlanAnswer } from '../../../app/contract/types.ts';
import type { Copy } from '../../../core/plans/plan.ts';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { Pane } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { Name } from '../../ui/values.tsx';
import repair from '../repair/repair.module.css';
import css from './headers.module.css';

/** What a backup holds, and how much of it the disk has otherwise. */
export function Parts({ parts }: { parts: HeaderPlanAnswer['parts'] }) {
  return (
    <table className={classes(table.table, css.table)} aria-label="What it holds">
      <colgroup>
        <col className={css.colOffset} />
        <col className={css.colSize} />
        <col />
        <col className={css.colDiffers} />
      </colgroup>
      <thead>
        <tr>
          <th>Offset</th>
          <th className="num">Size</th>
          <th>Holds</th>
          <th>On the disk</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ offset, length, holds, differs }) => (
          <tr key={offset}>
            <td className="mono">{formatOffset(offset)}</td>
            <td className="num" data-tip={formatBytes(length)}>
              {formatSize(length)}
            </td>
            <td className={css.holds}>{holds}</td>
            <td>{differs === 0 ? <span className="faint">the same</span> : `${plural(differs, 'byte')} differ`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What is too long to be shown byte by byte: how much, from which file of the backup, and where it goes. */
export function Moved({ copies }: { copies: readonly Copy[] }) {
  const runs: { file: string; at: number; bytes: number }[] = [];
  for (const { from, to, bytes } of copies) {
    const last = runs.at(-1);
    if (last?.file === from.file && last.at + last.bytes === to.offset) last.bytes += bytes;
    else runs.push({ file: from.file, at: to.offset, bytes });
  }
  if (runs.length === 0) return null;
  return (
    <>
      <Pane title="Moved from the backup" caption="whole pieces of 1 MiB in which something differs">
        <ul className={css.moved}>
          {runs.map(({ file, at, bytes }) => (
            <li key={at}>
              <code>{formatOffset(at)}</code>
              <span data-tip={formatBytes(bytes)}>{formatSize(bytes)}</span>
              <Name title={file}>{file.split(/[\\/]/).pop() ?? file}</Name>
            </li>
          ))}
        </ul>
      </Pane>
      <div className={repair.gap} />
    </>
  );
}
