import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds from begin to end. */
  dur?: number;
  /** Microseconds the thread ran in between. */
  tdur?: number;
  args?: { name?: string };
}

/** Milliseconds of the longest tasks on the page's main thread, longest first. */
export interface Tasks {
  /** Time the thread itself ran: another program on the same processor is not counted. */
  ran: number[];
  /** From begin to end. */
  took: number[];
}

/** Rounds of the same work: what else runs on the machine comes and goes, what the page needs itself is there in each. */
const ROUNDS = 3;

/** The calmest of several rounds of the same work. */
export async function calmestRound(page: Page, work: (round: number) => Promise<void>): Promise<Tasks> {
  const rounds: Tasks[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await tasksDuring(page, () => work(round)));
  return rounds.reduce((a, b) => ((b.ran[0] ?? 0) < (a.ran[0] ?? 0) ? b : a));
}

/** Watches the page's main thread while `work` goes on. */
async function tasksDuring(page: Page, work: () => Promise<void>): Promise<Tasks> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const includedCategories = ['disabled-by-default-devtools.timeline', '__metadata'];
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories, excludedCategories: ['*'] },
  });
  await work();
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const main = events.find(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid);
  if (tasks.length === 0) throw new Error('no task of the page was seen');
  const longest = (of: (task: TraceEvent) => number | undefined) =>
    tasks
      .map((task) => Math.round((of(task) ?? 0) / 1000))
      .sort((a, b) => b - a)
      .slice(0, 5);
  return { ran: longest(({ tdur }) => tdur), took: longest(({ dur }) => dur) };
}

/** The most memory a process has had resident so far, in MiB, its threads included; null where the system does not tell. */
export async function peakMemory(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
