import { randomUUID } from 'node:crypto';
import { asPlatterError, type PlatterError, refusal } from '../../core/errors.ts';
import { type Signal, throwIfAborted } from '../../core/io/source.ts';
import type { Input, Jobs as JobName, Partial, Result } from '../contract/contract.ts';
import type { JobInfo } from '../contract/types.ts';
import type { HostJobs } from '../rpc/serve.ts';
import { Flag } from './flag.ts';
import { Lanes } from './lanes.ts';
import { Pace } from './pace.ts';

/** What a running job is handed. */
export interface JobContext<P> {
  /** Raised when somebody cancels; its buffer goes to the workers. */
  flag: Flag;
  progress: (phase: string, done: number, total: number | null, unit: 'bytes' | 'images' | 'blocks') => void;
  partial: (items: readonly P[]) => void;
}

/** How one kind of job is run. */
export interface JobKind<I, R, P> {
  /** "Hash cfe206b7….vhd". */
  title(input: I): string;
  /** Jobs that share a lane run one after another; null: beside all others. */
  lane(input: I): string | null;
  run(input: I, context: JobContext<P>): Promise<R>;
}

export type JobCatalogue = { [N in JobName]: JobKind<Input<N>, Result<N>, Partial<N>> };

interface Job {
  info: JobInfo;
  flag: Flag;
  pace: Pace;
  partials: unknown[];
  /** Settles when the job ends. */
  end: Promise<unknown>;
}

/** Ended jobs that are kept for whoever still asks; older ones are forgotten. */
const KEEP_ENDED = 50;
/** Partial results that are kept of them, all together. */
const KEEP_PARTIALS = 200_000;
/** Milliseconds between two announcements. */
const ANNOUNCE = 100;
/** Jobs that run at a time; the rest are queued. */
const MAX_RUNNING = 8;
const MAX_JOBS = 1000;

/** All jobs of the service. They outlive the page that started them. */
export class JobService implements HostJobs {
  readonly #catalogue: JobCatalogue;
  readonly #jobs = new Map<string, Job>();
  readonly #lanes = new Lanes(MAX_RUNNING);
  readonly #announce: (jobs: JobInfo[]) => void;
  readonly #log: (error: PlatterError) => void;
  readonly #changed = new Set<Job>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param log told of every bug: nobody may ever ask for the result. */
  constructor(catalogue: JobCatalogue, announce: (jobs: JobInfo[]) => void, log: (error: PlatterError) => void) {
    this.#catalogue = catalogue;
    this.#log = log;
    this.#announce = announce;
  }

  start<N extends JobName>(name: N, input: Input<N>): string {
    if (this.#closed) throw refusal('unsupported', 'Platter is closing.');
    if (this.#jobs.size >= MAX_JOBS) throw refusal('too-large', 'Too many jobs wait already.');
    const kind = this.#catalogue[name] as unknown as JobKind<unknown, unknown, unknown>;
    const id = randomUUID();
    const info: JobInfo = {
      id,
      kind: name,
      title: kind.title(input),
      state: 'queued',
      progress: null,
      partials: 0,
      error: null,
      queued: Date.now(),
      started: null,
      ended: null,
    };
    const job: Job = { info, flag: new Flag(), pace: new Pace(), partials: [], end: Promise.resolve() };
    job.end = this.#run(job, kind, input);
    // whoever wants to know asks with result(); nobody has to
    job.end.catch(() => {});
    this.#jobs.set(id, job);
    this.#touch(job);
    return id;
  }

  async #run(job: Job, kind: JobKind<unknown, unknown, unknown>, input: unknown): Promise<unknown> {
    const { info, flag } = job;
    try {
      const result = await this.#lanes.run(kind.lane(input), flag, () => {
        info.state = 'running';
        info.started = Date.now();
        this.#touch(job);
        return kind.run(input, {
          flag,
          progress: (phase, done, total, unit) => {
            info.progress = { phase, done, total, unit, ...job.pace.of(phase, done, total, Date.now()) };
            this.#touch(job);
          },
          partial: (items) => {
            for (const item of items) job.partials.push(item);
            info.partials = job.partials.length;
            this.#touch(job);
          },
        });
      });
      this.#ended(job, 'done');
      return result;
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled') this.#ended(job, this.#closed ? 'interrupted' : 'cancelled');
      else {
        if (error.kind === 'bug') this.#log(error);
        info.error = error.toData();
        this.#ended(job, 'failed');
      }
      throw error;
    }
  }

  #ended(job: Job, state: JobInfo['state']): void {
    job.info.state = state;
    job.info.ended = Date.now();
    this.#touch(job);
    const ended = [...this.#jobs.values()].filter(({ info }) => info.ended !== null).reverse();
    let partials = 0;
    for (const [index, old] of ended.entries()) {
      partials += old.partials.length;
      // the one that ended just now stays, whatever it found
      if (old !== job && (index >= KEEP_ENDED || partials > KEEP_PARTIALS)) this.#jobs.delete(old.info.id);
    }
  }

  /** Announces changed jobs, at most ten times a second. */
  #touch(job: Job): void {
    this.#changed.add(job);
    if (this.#timer !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const infos = [...this.#changed].map(({ info }) => ({ ...info }));
      this.#changed.clear();
      this.#announce(infos);
    }, ANNOUNCE);
  }

  list(): JobInfo[] {
    return [...this.#jobs.values()].map(({ info }) => ({ ...info }));
  }

  async result(id: string, signal?: Signal): Promise<unknown> {
    const job = this.#known(id);
    throwIfAborted(signal);
    return job.end;
  }

  partials(id: string, from: number): unknown[] {
    return this.#known(id).partials.slice(from, from + 5_000);
  }

  /** Asks a job to stop; false when it has ended already. */
  cancel(id: string): boolean {
    const { info, flag } = this.#known(id);
    if (info.ended !== null) return false;
    flag.abort();
    if (info.state === 'queued') this.#lanes.wake();
    else info.state = 'cancelling';
    this.#touch(this.#known(id));
    return true;
  }

  dismiss(id: string): boolean {
    const job = this.#jobs.get(id);
    if (!job) return false;
    if (job.info.ended === null) throw refusal('in-use', 'The job is still running.', { hint: 'Cancel it first.' });
    return this.#jobs.delete(id);
  }

  #known(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw refusal('not-found', 'There is no such job any more.');
    return job;
  }

  /** Interrupts what runs and waits for it to stop. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const running = [...this.#jobs.values()].filter(({ info }) => info.ended === null);
    for (const { flag } of running) flag.abort();
    this.#lanes.wake();
    await Promise.allSettled(running.map(({ end }) => end));
  }
}
