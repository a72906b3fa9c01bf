import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelled, failure, type PlatterError } from '../../core/errors.ts';
import type { JobInfo } from '../contract/types.ts';
import { type JobCatalogue, type JobContext, JobService } from './jobs.ts';

type Context = JobContext<unknown>;

/** Jobs that do what the test tells them. */
class Bench {
  readonly running = new Map<string, { context: Context; end(value: unknown): void; fail(thrown: unknown): void }>();
  readonly announced: JobInfo[][] = [];
  readonly logged: PlatterError[] = [];
  readonly jobs: JobService;

  constructor() {
    const kind = (lane: string | null) => ({
      title: (input: { paths: string[] }) => `Do ${input.paths.join(' ')}`,
      lane: () => lane,
      run: (input: { paths: string[] }, context: Context) =>
        new Promise<unknown>((end, fail) => this.running.set(input.paths[0] ?? '', { context, end, fail })),
    });
    const catalogue = { 'evidence.scan': kind(null), 'findings.check': kind('write:chain-a') };
    this.jobs = new JobService(
      catalogue as unknown as JobCatalogue,
      (changed) => this.announced.push(changed),
      (error) => this.logged.push(error),
    );
  }

  read(name: string): string {
    return this.jobs.start('evidence.scan', { paths: [name] });
  }

  write(name: string): string {
    return this.jobs.start('findings.check', { paths: [name], deep: false, chain: false });
  }

  info(id: string): JobInfo | undefined {
    return this.jobs.list().find((job) => job.id === id);
  }

  at(name: string) {
    return this.running.get(name)!;
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('jobs', () => {
  let bench: Bench;
  beforeEach(() => {
    vi.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => vi.useRealTimers());

  it('go from queued to running to done, and keep their result for whoever asks later', async () => {
    const id = bench.read('a');
    expect(bench.info(id)).toMatchObject({ kind: 'evidence.scan', title: 'Do a', state: 'queued', started: null });
    await settle();
    expect(bench.info(id)?.state).toBe('running');
    bench.at('a').end({ images: 3 });
    expect(await bench.jobs.result(id)).toEqual({ images: 3 });
    expect(bench.info(id)).toMatchObject({ state: 'done', error: null });
    expect(bench.info(id)?.ended).not.toBeNull();
    expect(await bench.jobs.result(id)).toEqual({ images: 3 });
  });

  it('run beside each other when they read, one after another when they write to one chain', async () => {
    const reads = ['a', 'b', 'c'].map((name) => bench.read(name));
    const writes = ['x', 'y'].map((name) => bench.write(name));
    await settle();
    expect(reads.map((id) => bench.info(id)?.state)).toEqual(['running', 'running', 'running']);
    expect(writes.map((id) => bench.info(id)?.state)).toEqual(['running', 'queued']);
    bench.at('x').end(null);
    await settle();
    expect(writes.map((id) => bench.info(id)?.state)).toEqual(['done', 'running']);
  });

  it('free their lane also when they fail', async () => {
    const first = bench.write('x');
    const second = bench.write('y');
    await settle();
    bench.at('x').fail(failure('read-failed', 'x cannot be read.', { path: '/x', offset: 512 }));
    await settle();
    expect(bench.info(first)).toMatchObject({ state: 'failed', error: { code: 'read-failed', offset: 512 } });
    await expect(bench.jobs.result(first)).rejects.toMatchObject({ place: { path: '/x' } });
    expect(bench.info(second)?.state).toBe('running');
  });

  it('that break are logged with their stack, whether or not somebody asks', async () => {
    const id = bench.read('a');
    await settle();
    bench.at('a').fail(new TypeError('undefined is not a function'));
    await settle();
    expect(bench.info(id)).toMatchObject({ state: 'failed', error: { kind: 'bug' } });
    expect(bench.logged).toHaveLength(1);
  });

  it('wait when too many run', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => bench.read(String(index)));
    await settle();
    const states = ids.map((id) => bench.info(id)?.state);
    expect(states.filter((state) => state === 'running').length).toBeLessThan(12);
    bench.at('0').end(null);
    await settle();
    const after = ids.map((id) => bench.info(id)?.state);
    expect(after.filter((state) => state === 'queued').length).toBe(
      states.filter((state) => state === 'queued').length - 1,
    );
  });

  it('are cancelled while they run: the flag is raised, and it is theirs to stop', async () => {
    const id = bench.read('a');
    await settle();
    const { context, fail } = bench.at('a');
    expect(context.flag.aborted).toBe(false);
    expect(bench.jobs.cancel(id)).toBe(true);
    expect(context.flag.aborted).toBe(true);
    expect(bench.info(id)?.state).toBe('cancelling');
    fail(cancelled());
    await settle();
    expect(bench.info(id)).toMatchObject({ state: 'cancelled', error: null });
    expect(bench.jobs.cancel(id)).toBe(false);
  });

  it('are cancelled while they wait, without ever running', async () => {
    bench.write('x');
    const waiting = bench.write('y');
    await settle();
    bench.jobs.cancel(waiting);
    await settle();
    expect(bench.info(waiting)).toMatchObject({ state: 'cancelled', error: null, started: null });
    bench.at('x').end(null);
    await settle();
    expect(bench.running.has('y')).toBe(false);
    const next = bench.write('z');
    await settle();
    expect(bench.info(next)?.state).toBe('running');
  });

  it('are announced at most ten times a second, with rate and time left', async () => {
    const id = bench.read('a');
    await settle();
    for (let second = 0; second < 3; second += 1)
      for (let step = 0; step < 100; step += 1) {
        await vi.advanceTimersByTimeAsync(10);
        bench.at('a').context.progress('Reading', second * 1000 + step * 10, 10_000, 'bytes');
      }
    expect(bench.announced.length).toBeGreaterThan(20);
    expect(bench.announced.length).toBeLessThanOrEqual(31);
    const progress = bench.info(id)?.progress;
    expect(progress).toMatchObject({ phase: 'Reading', total: 10_000, unit: 'bytes' });
    expect(progress?.rate).toBeCloseTo(1000, -2);
    expect(progress?.secondsLeft).toBeCloseTo(7, 0);
  });

  it('hand out partial results from any number on', async () => {
    const id = bench.read('a');
    await settle();
    bench.at('a').context.partial(['one', 'two']);
    bench.at('a').context.partial(['three']);
    expect(bench.jobs.partials(id, 0)).toEqual(['one', 'two', 'three']);
    expect(bench.jobs.partials(id, 2)).toEqual(['three']);
    expect(bench.info(id)?.partials).toBe(3);
  });

  it('are taken off the list when they have ended, and not before', async () => {
    const id = bench.read('a');
    await settle();
    expect(() => bench.jobs.dismiss(id)).toThrow(/still running/);
    bench.at('a').end(null);
    await settle();
    expect(bench.jobs.dismiss(id)).toBe(true);
    expect(bench.jobs.list()).toEqual([]);
    await expect(bench.jobs.result(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are forgotten when many have ended since, those that run never', async () => {
    const kept = bench.read('kept');
    for (let index = 0; index < 80; index += 1) {
      bench.read(String(index));
      await settle();
      bench.at(String(index)).end(null);
      await settle();
    }
    expect(bench.jobs.list().length).toBeLessThanOrEqual(52);
    expect(bench.info(kept)?.state).toBe('running');
  });

  it('are forgotten early when they hold much', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      ids.push(bench.read(name));
      await settle();
      bench.at(name).context.partial(Array.from({ length: 90_000 }, () => 0));
      bench.at(name).end(null);
      await settle();
    }
    expect(bench.jobs.list().map(({ id }) => id)).toEqual(ids.slice(1));
  });

  it('are interrupted when the service ends, and no new one begins', async () => {
    const running = bench.read('a');
    await settle();
    const closing = bench.jobs.close();
    expect(bench.at('a').context.flag.aborted).toBe(true);
    bench.at('a').fail(cancelled());
    await closing;
    expect(bench.info(running)?.state).toBe('interrupted');
    expect(() => bench.read('b')).toThrow(/closing/);
  });
});
