import type { Calls, Client, Events, Input, Output, Payload } from '../../app/contract/contract.ts';
import { failure } from '../../core/errors.ts';

/** Answers of a host that is not there; what is not given fails. */
export type FakeHost = {
  [N in Calls]?: (input: Input<N>) => Output<N> | Promise<Output<N>>;
} & {
  start?: (name: string, input: unknown) => string;
  result?: (name: string, job: string) => unknown;
  partials?: (name: string, job: string, from: number) => unknown[];
};

export interface FakeClient {
  client: Client;
  /** Sends an event to whoever listens. */
  emit<N extends Events>(name: N, payload: Payload<N>): void;
}

/** A client whose host is a handful of functions. */
export function fakeClient(host: FakeHost): FakeClient {
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const missing = (name: string): Error => failure('gone', `The test's host has no ${name}.`);
  const ask = async (name: string, work: (() => unknown) | undefined): Promise<unknown> => {
    if (!work) throw missing(name);
    await Promise.resolve();
    return work();
  };
  const client = {
    call: (name: string, input: unknown, signal?: AbortSignal) => {
      const answer = (host as Record<string, ((input: unknown) => unknown) | undefined>)[name];
      return ask(name, answer && (() => answer(input))).then((value) => {
        signal?.throwIfAborted();
        return value;
      });
    },
    start: (name: string, input: unknown) => ask('start', host.start && (() => host.start?.(name, input))),
    result: (name: string, job: string) => ask('result', host.result && (() => host.result?.(name, job))),
    partials: (name: string, job: string, from: number) =>
      ask('partials', host.partials && (() => host.partials?.(name, job, from))),
    on: (name: string, listener: (payload: unknown) => void) => {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(listener));
      return () => void known.delete(listener);
    },
    onConnection: (listener: (state: 'connected' | 'lost') => void) => {
      listener('connected');
      return () => {};
    },
    close: () => {},
  };
  return {
    client: client as unknown as Client,
    emit: (name, payload) => {
      for (const listener of listeners.get(name) ?? []) listener(payload);
    },
  };
}
