import { useEffect, useState } from 'react';
import type { Client } from '../../../app/contract/contract.ts';
import type { OperationRow } from '../../../app/contract/types.ts';
import type { ErrorData } from '../../../core/errors.ts';
import { isOpen, useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { report, tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { formatTime } from '../../ui/format.ts';
import css from '../repair/repair.module.css';
import { runJob } from '../repair/run-job.ts';
import { operationText, stateOf } from './rows.ts';
import { useLiveWrite, useLog, useOperations } from './use-operations.ts';

export type Ending = 'resume' | 'rollback';

/** Finishes or takes back what was interrupted on an image; answers whether that worked. */
export async function endInterrupted(client: Client, path: string, how: Ending): Promise<boolean> {
  try {
    const { notes } = await runJob(client, `operations.${how}`, { path });
    tell([how === 'resume' ? 'It is finished.' : 'It is taken back.', ...notes].join(' '));
    return true;
  } catch (thrown) {
    report(thrown, how === 'resume' ? 'Resume' : 'Roll back');
    return false;
  }
}

/** The two ways out of an operation that was cut off. */
export function EndButtons({ path, onEnded, small = false }: { path: string; onEnded?: () => void; small?: boolean }) {
  const client = useClient();
  const [running, setRunning] = useState(false);
  const end = (how: Ending): void => {
    setRunning(true);
    void endInterrupted(client, path, how).then((ended) => {
      setRunning(false);
      if (ended) onEnded?.();
    });
  };
  return (
    <>
      <Button
        small={small}
        isDisabled={running}
        onPress={() => end('resume')}
        tip="Writes what was planned to the end. What is written already is written again: that is harmless."
      >
        Resume
      </Button>
      <Button
        small={small}
        isDisabled={running}
        onPress={() => end('rollback')}
        tip="Puts back from the journal what stood there before."
      >
        Roll back
      </Button>
    </>
  );
}

/** An image whose last operation was cut off: it can be finished, or taken back, and nothing else until then. */
export function EndInterrupted({ path, error, onEnded }: { path: string; error: ErrorData; onEnded: () => void }) {
  return (
    <div className={css.messages}>
      <Banner
        severity="error"
        title="An operation was interrupted"
        actions={<EndButtons path={path} onEnded={onEnded} />}
      >
        {error.message} The journal beside it knows what was written and what stood there before. Resume finishes it;
        Roll back puts everything back. Until then nothing else is planned.
      </Banner>
    </div>
  );
}

/** Above an image: its last operation was cut off, and how to end that. What is wrong with it else can wait. */
export function InterruptedBanner({ path, cut }: { path: string; cut: OperationRow }) {
  const { who, time } = cut.entry;
  return (
    <Banner severity="error" title="An operation was interrupted" actions={<EndButtons path={path} />}>
      {`“${operationText(cut)}”, begun by ${who} at ${formatTime(time)}, did not come to its end. `}
      The journal beside the image knows what was written and what stood there before. Resume finishes it; Roll back
      puts everything back.
    </Banner>
  );
}

/** Keeps the log for the rest of the window, and says once of each operation that was interrupted before. */
export function LogWatch() {
  const opened = useCase((state) => isOpen(state.opened) && state.opened.scanning === null);
  return opened ? <Watch /> : null;
}

const said = new Set<string>();

function Watch() {
  const { value } = useOperations(null);
  const write = useLiveWrite();
  useEffect(() => {
    if (value) useLog.setState({ rows: value });
  }, [value]);
  useEffect(() => {
    const { byPath } = useCase.getState().chains;
    const fresh = (value ?? []).filter(
      (row) => stateOf(row, write) === 'interrupted' && byPath.has(row.entry.target) && !said.has(row.operation),
    );
    const [first] = fresh;
    if (!first) return;
    for (const { operation } of fresh) said.add(operation);
    const text =
      fresh.length === 1
        ? 'An operation was interrupted before it came to its end.'
        : `${fresh.length} operations were interrupted before they came to their end.`;
    const show = (): void => {
      useView.getState().select(first.entry.target);
      useView.getState().setTab('log');
    };
    tell(text, [{ label: 'Show', run: show }], 'warning');
  }, [value, write]);
  return null;
}
