import type { Client } from '../../../app/contract/contract.ts';
import type { CheckSummaryRow } from '../../../app/contract/types.ts';
import { cancelled } from '../../../core/errors.ts';
import { useCase } from '../../state/case.ts';
import { isLive, useJobs } from '../../state/jobs.ts';
import { report, tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { formatCount, plural } from '../../ui/format.ts';
import { useFindings } from './state.ts';

/** Checks images (null: all of the case), with their chains, and shows what was found as it comes. */
export async function checkImages(client: Client, paths: string[] | null, deep: boolean): Promise<void> {
  if (useFindings.getState().running) {
    tell('A check is running; let it end, or cancel it.');
    return;
  }
  const total = paths?.length ?? useCase.getState().chains.rows.length;
  if (total === 0) return;
  const started = Date.now();
  try {
    const job = await client.start('findings.check', { paths, deep, chain: true });
    useFindings.setState(({ results }) => ({
      running: { job, deep, total },
      // what is checked anew is not shown with its old findings
      results: paths === null ? new Map() : new Map([...results].filter(([path]) => !paths.includes(path))),
      ...(total > 1 ? { scope: 'case' as const } : {}),
    }));
    useView.getState().setTab('findings');
    const stop = follow(client, job);
    try {
      const { images, healthy, errors, warnings } = await client.result('findings.check', job);
      await stop();
      tell(checkedText(images, healthy, errors, warnings));
    } finally {
      await stop();
      const ended = Date.now();
      useFindings.setState({ running: null, last: { ended, deep, seconds: (ended - started) / 1000 } });
    }
  } catch (thrown) {
    useFindings.setState({ running: null });
    // a job's own failure is told by the jobs
    if (!(await failedAsJob(client, thrown))) report(thrown, 'Check');
  }
}

/** Images first, then what was found in those that are not clean: "12 images checked: 5 clean, 7 not (7 errors, 1 warning)." */
export function checkedText(images: number, healthy: number, errors: number, warnings: number): string {
  const checked = `${plural(images, 'image')} checked`;
  if (healthy === images) return `${checked}: ${images === 1 ? 'clean' : 'all clean'}.`;
  const found = [errors > 0 ? plural(errors, 'error') : null, warnings > 0 ? plural(warnings, 'warning') : null];
  const text = found.filter(Boolean).join(', ');
  if (images === 1) return `${checked}: ${text}.`;
  const clean = healthy > 0 ? `${formatCount(healthy)} clean, ` : '';
  return `${checked}: ${clean}${formatCount(images - healthy)} not (${text}).`;
}

async function failedAsJob(client: Client, thrown: unknown): Promise<boolean> {
  if (!(thrown instanceof Error) || thrown.message === cancelled().message) return true;
  const { jobs } = await client.call('jobs.list', {}).catch(() => ({ jobs: [] }));
  return jobs.some(({ error }) => error?.message === thrown.message);
}

/** Fetches partial results as they come. The answer fetches what is left and stops. */
function follow(client: Client, job: string): () => Promise<void> {
  let taken = 0;
  let under: Promise<void> | null = null;
  const fetch = (): Promise<void> => {
    under ??= client
      .partials('findings.check', job, taken)
      .then((rows) => {
        taken += rows.length;
        if (rows.length > 0) addResults(rows);
      })
      .catch(report)
      .finally(() => (under = null));
    return under;
  };
  const unsubscribe = useJobs.subscribe(({ jobs }) => {
    const info = jobs.get(job);
    if (info && isLive(info) && info.partials > taken) void fetch();
  });
  let ended: Promise<void> | null = null;
  return () => {
    unsubscribe();
    ended ??= Promise.resolve(under).then(fetch);
    return ended;
  };
}

function addResults(rows: readonly CheckSummaryRow[]): void {
  useFindings.setState(({ results }) => {
    const next = new Map(results);
    for (const row of rows) next.set(row.path, row);
    return { results: next };
  });
}
