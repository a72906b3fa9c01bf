import * as z from 'zod/mini';
import type { ErrorData } from '../../core/errors.ts';

/** What a page sends. Inputs are checked against the contract afterwards. */
export const request = z.discriminatedUnion('t', [
  z.object({ t: z.literal('call'), id: z.int(), name: z.string(), input: z.unknown() }),
  z.object({ t: z.literal('cancel'), id: z.int() }),
  /** Starts a job; answered with its id. */
  z.object({ t: z.literal('start'), id: z.int(), name: z.string(), input: z.unknown() }),
  /** Answered when the job ends. */
  z.object({ t: z.literal('result'), id: z.int(), job: z.string() }),
  z.object({ t: z.literal('partials'), id: z.int(), job: z.string(), from: z.int().check(z.nonnegative()) }),
  /** The events this page wants from now on, all of them. */
  z.object({ t: z.literal('subscribe'), names: z.array(z.string()).check(z.maxLength(64)) }),
]);
export type Request = z.output<typeof request>;

/** What a host sends. */
export type Reply =
  | { t: 'answer'; id: number; value: unknown }
  | { t: 'error'; id: number; error: ErrorData }
  | { t: 'event'; name: string; payload: unknown };
