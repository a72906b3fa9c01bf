import * as z from 'zod/mini';
import { asPlatterError, bug, cancelled, type PlatterError, refusal } from '../../core/errors.ts';
import type { Signal } from '../../core/io/source.ts';
import { contract, type Events, type Handlers, type Input, type Jobs, type Payload } from '../contract/contract.ts';
import { decodeFrame, encodeFrame, MAX_ANSWER, MAX_REQUEST } from './frame.ts';
import type { Pipe } from './pipe.ts';
import { type Reply, type Request, request } from './protocol.ts';

/** Runs the contract's jobs; app/jobs implements it. */
export interface HostJobs {
  /** Answers the job's id at once. */
  start<N extends Jobs>(name: N, input: Input<N>): string;
  /** Waits for the end; what the job threw is thrown. Stops waiting, and only that, when `signal` is raised. */
  result(job: string, signal?: Signal): Promise<unknown>;
  partials(job: string, from: number): unknown[];
}

export type EventListener = <N extends Events>(name: N, payload: Payload<N>) => void;

/** What a page is served from. */
export interface Host {
  handlers: Handlers;
  jobs: HostJobs;
  /** Calls back at each event; answers how to stop. */
  onEvent(listener: EventListener): () => void;
  /** Told of every bug, with its stack; pages are told without. */
  log(error: PlatterError): void;
}

/** Calls of one page that may be under way at a time. */
const MAX_PENDING = 1024;

class CallSignal implements Signal {
  aborted = false;
}

/** Serves one page until its pipe closes. Every request is answered, whatever happens. */
export function serve(pipe: Pipe, host: Host): void {
  const pending = new Map<number, CallSignal>();
  let wanted: ReadonlySet<string> = new Set();

  const send = (reply: Reply): void => {
    let frame: Uint8Array;
    try {
      frame = encodeFrame(reply);
      if (frame.length > MAX_ANSWER) throw refusal('too-large', 'The answer is too large to be sent.');
    } catch (thrown) {
      const error = report(thrown, host);
      if (reply.t === 'event') return;
      frame = encodeFrame({ t: 'error', id: reply.id, error } satisfies Reply);
    }
    pipe.send(frame);
  };

  const answer = async (id: number, work: (signal: Signal) => unknown): Promise<void> => {
    if (pending.has(id)) {
      pipe.close(`Request ${id} was asked twice.`);
      return;
    }
    const signal = new CallSignal();
    try {
      if (pending.size >= MAX_PENDING)
        throw refusal('too-large', 'Too many requests are under way.', { hint: 'Wait for some to be answered.' });
      pending.set(id, signal);
      const value = await work(signal);
      if (signal.aborted) throw cancelled();
      send({ t: 'answer', id, value });
    } catch (thrown) {
      send({ t: 'error', id, error: report(thrown, host) });
    } finally {
      if (pending.get(id) === signal) pending.delete(id);
    }
  };

  const take = (message: Request): void => {
    switch (message.t) {
      case 'call':
        return void answer(message.id, (signal) => callHandler(host, message.name, message.input, signal));
      case 'start':
        return void answer(message.id, () => startJob(host, message.name, message.input));
      case 'result':
        return void answer(message.id, (signal) => host.jobs.result(message.job, signal));
      case 'partials':
        return void answer(message.id, () => host.jobs.partials(message.job, message.from));
      case 'cancel': {
        const signal = pending.get(message.id);
        if (signal) signal.aborted = true;
        return;
      }
      case 'subscribe':
        wanted = new Set(message.names);
    }
  };

  pipe.onMessage((frame) => {
    let message: Request;
    try {
      if (frame.length > MAX_REQUEST) throw refusal('too-large', `A frame has more than ${MAX_REQUEST} bytes.`);
      const parsed = z.safeParse(request, decodeFrame(frame));
      if (!parsed.success) throw refusal('forbidden', 'A message is none that a host understands.');
      message = parsed.data;
    } catch (thrown) {
      pipe.close(asPlatterError(thrown).message);
      return;
    }
    take(message);
  });
  const stop = host.onEvent((name, payload) => {
    if (wanted.has(name)) send({ t: 'event', name, payload });
  });
  pipe.onClose(() => {
    stop();
    for (const signal of pending.values()) signal.aborted = true;
  });
}

function callHandler(host: Host, name: string, input: unknown, signal: Signal): Promise<unknown> {
  const entry = Object.hasOwn(contract, name) ? contract[name as keyof typeof contract] : undefined;
  if (entry?.kind !== 'call') throw refusal('usage', `There is no call ${JSON.stringify(name)}.`);
  const handler = host.handlers[name as keyof Handlers] as (input: unknown, signal: Signal) => Promise<unknown>;
  return handler(checked(entry.input, name, input), signal);
}

function startJob(host: Host, name: string, input: unknown): string {
  const entry = Object.hasOwn(contract, name) ? contract[name as keyof typeof contract] : undefined;
  if (entry?.kind !== 'job') throw refusal('usage', `There is no job ${JSON.stringify(name)}.`);
  return host.jobs.start(name as Jobs, checked(entry.input, name, input) as Input<Jobs>);
}

function checked(schema: z.ZodMiniType, name: string, input: unknown): unknown {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue ? issue.path.map(String).join('.') : '';
  throw refusal('usage', `The input of ${name} is wrong${where === '' ? '' : ` at ${where}`}: ${issue?.message ?? ''}`);
}

/** The error as a page may see it; a bug is logged with its stack, which stays here. */
function report(thrown: unknown, host: Host): ReturnType<PlatterError['toData']> {
  const error = asPlatterError(thrown);
  if (error.kind === 'bug') {
    host.log(error);
    return bug(`Platter made a mistake of its own: ${error.message}`).toData();
  }
  return error.toData();
}
