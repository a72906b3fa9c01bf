import { useEffect, useRef, useState } from 'react';
import type { CoalesceListRow } from '../../../app/contract/types.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { useClient } from '../../state/client.ts';
import { openDialog } from '../../state/dialogs.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatSize, plural } from '../../ui/format.ts';
import { Sheet, SheetLead } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { Name, Size } from '../../ui/values.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { followJob } from '../repair/run-job.ts';
import css from './coalesce.module.css';

/** Hidden parents with one child: what a coalesce of each pair frees, and what it costs. */
export function CoalesceList({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [rows, setRows] = useState<readonly CoalesceListRow[]>([]);
  const [done, setDone] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const add = (more: CoalesceListRow[]): void => setRows((before) => [...before, ...more]);
    followJob(client, 'coalesce.list', {}, { started: () => undefined, rows: add })
      .catch((thrown: unknown) => setError(asPlatterError(thrown).toData()))
      .finally(() => setDone(true));
  }, [client]);
  const sorted = [...rows].sort((a, b) => b.gain - a.gain);
  const total = rows.reduce((sum, { gain }) => sum + gain, 0);
  return (
    <Sheet
      title="What can be coalesced"
      onClose={onClose}
      foot={
        <>
          <span className="small dim">Nothing is written by looking.</span>
          <span className="grow" />
          <Button onPress={onClose}>Close</Button>
        </>
      }
    >
      <SheetLead
        title={
          rows.length > 0
            ? `${plural(rows.length, 'pair')}, ${formatSize(total)} to gain`
            : done
              ? 'No hidden parent has just one child'
              : 'Tables are compared…'
        }
      >
        A hidden parent is no guest’s disk by itself; with one child left, the two can be one. Gain is the child’s file,
        less what the parent grows by; cost is what is moved at most.
      </SheetLead>
      {error ? <ErrorBanner title="It could not be listed" error={error} /> : null}
      {rows.length === 0 ? null : (
        <div className={css.listPane}>
          <table className={table.table} aria-label="Images that can be coalesced">
            <thead>
              <tr>
                <th>Child</th>
                <th>Into</th>
                <th style={{ width: 92 }} className="num">
                  Gain
                </th>
                <th style={{ width: 92 }} className="num">
                  Cost
                </th>
                <th style={{ width: 118 }}>
                  <span className="visually-hidden">Coalesce</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(({ child, parent, gain, cost, why }) => (
                <tr key={child.path}>
                  <td>
                    <Name title={child.path}>{child.name}</Name>
                  </td>
                  <td>
                    <Name title={parent.path}>{parent.name}</Name>
                  </td>
                  {why === null ? (
                    <>
                      <td className="num">
                        <Size bytes={gain} />
                      </td>
                      <td className="num">
                        <Size bytes={cost} />
                      </td>
                    </>
                  ) : (
                    <td colSpan={2} className="dim clip" data-tip={why}>
                      {why}
                    </td>
                  )}
                  <td>
                    <Button small onPress={() => openDialog({ kind: 'coalesce', path: child.path })}>
                      Coalesce…
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {done || rows.length === 0 ? null : <p className="small dim">{formatCount(rows.length)} so far…</p>}
    </Sheet>
  );
}
