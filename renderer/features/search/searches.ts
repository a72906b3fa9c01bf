import { create } from 'zustand';
import type { Client, SearchPattern, Target } from '../../../app/contract/contract.ts';
import type { JobInfo, JobProgress, SearchHit } from '../../../app/contract/types.ts';
import { asPlatterError } from '../../../core/errors.ts';
import { EMPTY_FORM, type SearchForm } from './pattern.ts';

/** Hits fetched at most: more than anyone reads. */
export const MAX_HITS = 10_000;

/** A search under way, or what it found. */
export interface SearchRun {
  serial: number;
  /** Null until the host has taken it. */
  job: string | null;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  progress: JobProgress | null;
  hits: readonly SearchHit[];
  /** There are more than were fetched. */
  capped: boolean;
  /** Bytes that could not be searched, since their parent is missing. */
  skipped: number;
  error: string | null;
  /** Index of the hit that is shown; null before the first. */
  current: number | null;
}

interface Searches {
  form: SearchForm;
  /** Where a search begins. */
  from: 'start' | 'cursor';
  /** By space and path, so that one may look elsewhere meanwhile. */
  runs: ReadonlyMap<string, SearchRun>;
}

export const useSearches = create<Searches>()(() => ({ form: EMPTY_FORM, from: 'start', runs: new Map() }));

let lastSerial = 0;

/** Starts a search; one that is under way for the same bytes is cancelled. */
export async function startSearch(
  client: Client,
  key: string,
  target: Target,
  pattern: SearchPattern,
  from: number,
): Promise<void> {
  cancelSearch(client, key);
  lastSerial += 1;
  const serial = lastSerial;
  put(key, {
    serial,
    job: null,
    state: 'running',
    progress: null,
    hits: [],
    capped: false,
    skipped: 0,
    error: null,
    current: null,
  });
  const mine = (): SearchRun | null => {
    const run = useSearches.getState().runs.get(key);
    return run?.serial === serial ? run : null;
  };
  const change = (next: Partial<SearchRun>): void => {
    const run = mine();
    if (run) put(key, { ...run, ...next });
  };
  let stop = (): void => {};
  try {
    const job = await client.start('bytes.search', { target, pattern, from, to: null, limit: MAX_HITS });
    const known = mine();
    if (known?.state !== 'running') {
      void client.call('jobs.cancel', { job }).catch(() => {});
      return;
    }
    change({ job });
    const fetch = fetcher(client, job, (hits) => change({ hits: [...(mine()?.hits ?? []), ...hits] }));
    stop = client.on('jobs.changed', ({ jobs }) => {
      const info = jobs.find(({ id }) => id === job);
      if (!info) return;
      change({ progress: info.progress });
      void fetch(info).catch(() => {});
    });
    const result = await client.result('bytes.search', job);
    await fetch(null);
    change({ state: 'done', capped: result.capped, skipped: result.skippedHoles });
  } catch (thrown) {
    const error = asPlatterError(thrown);
    change(error.kind === 'cancelled' ? { state: 'cancelled' } : { state: 'failed', error: error.message });
  } finally {
    stop();
  }
}

/** Fetches what is new of a job's hits, one request at a time. */
function fetcher(
  client: Client,
  job: string,
  take: (hits: SearchHit[]) => void,
): (info: JobInfo | null) => Promise<void> {
  let have = 0;
  let under: Promise<void> = Promise.resolve();
  return (info) => {
    under = under.then(async () => {
      if (info !== null && info.partials <= have) return;
      const hits = await client.partials('bytes.search', job, have);
      have += hits.length;
      if (hits.length > 0) take(hits);
    });
    return under;
  };
}

export function cancelSearch(client: Client, key: string): void {
  const run = useSearches.getState().runs.get(key);
  if (run?.state !== 'running') return;
  put(key, { ...run, state: 'cancelled' });
  if (run.job !== null) void client.call('jobs.cancel', { job: run.job }).catch(() => {});
}

/** Shows a hit by its number. */
export function showHit(key: string, current: number): void {
  const run = useSearches.getState().runs.get(key);
  if (run) put(key, { ...run, current });
}

function put(key: string, run: SearchRun): void {
  useSearches.setState(({ runs }) => ({ runs: new Map(runs).set(key, run) }));
}

/** Number of the hit after (`step` 1) or before (-1) a place, round the ends; null when there are none. */
export function nextHit(hits: readonly SearchHit[], at: number, step: 1 | -1): number | null {
  if (hits.length === 0) return null;
  const beyond = step === 1 ? hits.findIndex((hit) => hit.at > at) : hits.findLastIndex((hit) => hit.at < at);
  return beyond >= 0 ? beyond : step === 1 ? 0 : hits.length - 1;
}
