import { cpus } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { bug, cancelled, PlatterError, refusal } from '../../core/errors.ts';
import type { Flag } from './flag.ts';
import type { TaskEnd } from './run-task.ts';
import type { TaskInput, TaskMessage, TaskName, TaskOutput } from './tasks/tasks.ts';
import type { PostedTask } from './worker.ts';

export interface RunOptions<M> {
  /** Raised to stop the task; without one it runs to its end. */
  flag?: Flag;
  /** Called with what the task tells on the way; not after it ended. */
  onMessage?: (message: M) => void;
  /** Minutes rather than moments: runs in threads of its own, which are ended when a step never comes back. */
  long?: boolean;
}

/** Threads that run tasks, and nothing of the host's own. */
export interface Pool {
  run<N extends TaskName>(name: N, input: TaskInput<N>, options?: RunOptions<TaskMessage<N>>): Promise<TaskOutput<N>>;
  close(): Promise<void>;
}

/** Milliseconds one guarded step (a regular expression over one window) may take. */
const STEP_LIMIT = 4_000;
const WATCH_EVERY = 500;
/** Milliseconds an idle thread stays. */
const IDLE = 10_000;

/** A pool over `worker`, the built app/jobs/worker.ts. No thread runs until there is work, and idle ones end. */
export function threadPool(worker: URL, threads = Math.min(4, cpus().length)): Pool {
  const options = {
    filename: worker.href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE,
    // tasks wait for files: a thread that sleeps in Atomics.wait could not close them
    atomics: 'disabled' as const,
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
  };
  const short = new Piscina<PostedTask, TaskEnd>(options);
  const long = new Piscina<PostedTask, TaskEnd>(options);
  let isClosing = false;
  return {
    async run(name, input, run = {}) {
      try {
        return (await runOn(run.long ? long : short, name, input, run as RunOptions<unknown>)) as never;
      } catch (thrown) {
        // its thread was ended under it: nobody waits for it any more
        throw isClosing ? cancelled() : thrown;
      }
    },
    async close() {
      isClosing = true;
      await Promise.all([short.destroy(), long.destroy()]);
    },
  };
}

async function runOn(
  pool: Piscina<PostedTask, TaskEnd>,
  name: TaskName,
  input: unknown,
  { flag, onMessage, long }: RunOptions<unknown>,
): Promise<unknown> {
  const channel = onMessage ? new MessageChannel() : null;
  channel?.port1.on('message', (message) => onMessage?.(message));
  const watch = flag && long ? watchdog(flag) : null;
  try {
    const task: PostedTask = { name, input, flag: flag?.buffer, port: channel?.port2 };
    const end = await pool.run(task, {
      ...(channel ? { transferList: [channel.port2] } : {}),
      ...(watch ? { signal: watch.signal } : {}),
    });
    if ('value' in end) {
      // messages that were sent before the end have to be there before it
      if (channel) await drained(channel.port1);
      return end.value;
    }
    const error = PlatterError.fromData(end.error);
    if (end.stack !== undefined) error.stack = end.stack;
    throw error;
  } catch (thrown) {
    if (watch?.signal.aborted)
      throw flag?.aborted
        ? cancelled()
        : refusal('bad-pattern', 'The pattern takes too long: it tries too many ways to match the same bytes.', {
            hint: 'Avoid repetitions inside repetitions, as (a+)+ is one.',
          });
    if (thrown instanceof PlatterError) throw thrown;
    throw bug(`A worker thread ended: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
  } finally {
    watch?.stop();
    channel?.port1.close();
  }
}

/** The worker closes its end when it is done; what it sent comes before that. */
function drained(port: MessagePort): Promise<void> {
  return new Promise((resolve) => {
    port.once('close', resolve);
    setTimeout(resolve, 1000).unref();
  });
}

/** Gives up on a thread whose guarded step does not come back. */
function watchdog(flag: Flag): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let seen = flag.guarded;
  let since = Date.now();
  const timer = setInterval(() => {
    const now = flag.guarded;
    const stuck = now % 2 === 1 && now === seen;
    if (!stuck) {
      seen = now;
      since = Date.now();
    } else if (Date.now() - since >= (flag.aborted ? WATCH_EVERY : STEP_LIMIT)) controller.abort();
  }, WATCH_EVERY);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
