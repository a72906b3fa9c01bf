import * as z from 'zod/mini';

// The page's content security policy forbids `new Function`, which zod would use to compile schemas.
z.config({ jitless: true });

/** A call: asked once, answered once. */
export interface CallSchema<I extends z.ZodMiniType, O> {
  readonly kind: 'call';
  readonly input: I;
  readonly output: Typed<O>;
}

/** Something the host tells every page. */
export interface EventSchema<P> {
  readonly kind: 'event';
  readonly payload: Typed<P>;
}

/** Long work: started with a call, followed by `jobs.changed`, its result and partial results fetched. */
export interface JobSchema<I extends z.ZodMiniType, R, P> {
  readonly kind: 'job';
  readonly input: I;
  readonly result: Typed<R>;
  readonly partial: Typed<P>;
}

/** A type without a check: what the host itself made is not checked again on its way to the page. */
export interface Typed<T> {
  readonly type?: T;
}

export function typed<T>(): Typed<T> {
  return {};
}

export function call<I extends z.ZodMiniType, O>(input: I, output: Typed<O>): CallSchema<I, O> {
  return { kind: 'call', input, output };
}

export function event<P>(payload: Typed<P>): EventSchema<P> {
  return { kind: 'event', payload };
}

export function job<I extends z.ZodMiniType, R, P = never>(
  input: I,
  result: Typed<R>,
  partial: Typed<P> = typed<P>(),
): JobSchema<I, R, P> {
  return { kind: 'job', input, result, partial };
}

type AnyCall = CallSchema<z.ZodMiniType, unknown>;
type AnyJob = JobSchema<z.ZodMiniType, unknown, unknown>;
type AnyEvent = EventSchema<unknown>;
export type ContractShape = Readonly<Record<string, AnyCall | AnyJob | AnyEvent>>;

type KeysOf<C extends ContractShape, K> = { [N in keyof C]: C[N] extends { kind: K } ? N : never }[keyof C] & string;
export type CallName<C extends ContractShape> = KeysOf<C, 'call'>;
export type JobName<C extends ContractShape> = KeysOf<C, 'job'>;
export type EventName<C extends ContractShape> = KeysOf<C, 'event'>;

export type InputOf<S> = S extends { input: infer I extends z.ZodMiniType } ? z.output<I> : never;
export type OutputOf<S> = S extends { output: Typed<infer O> } ? O : never;
export type ResultOf<S> = S extends { result: Typed<infer R> } ? R : never;
export type PartialOf<S> = S extends { partial: Typed<infer P> } ? P : never;
export type PayloadOf<S> = S extends { payload: Typed<infer P> } ? P : never;
