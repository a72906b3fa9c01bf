/**
 * What can go wrong, in four kinds. Wrong *data* is never an error here: it is a finding (core/findings).
 *
 * - Refusal: we will not (a precondition, a lock, an unsafe request).
 * - Failure: the world did not (ENOSPC, EIO, a file that is gone).
 * - Cancelled: somebody asked to stop.
 * - Bug: an invariant of ours is broken.
 */
export type RefusalCode =
  | 'usage'
  | 'not-found'
  | 'not-an-image'
  | 'not-a-disk'
  | 'special-file'
  | 'outside-served-folders'
  | 'parent-missing'
  | 'parent-id-mismatch'
  | 'parent-unusable'
  | 'chain-cycle'
  | 'chain-too-long'
  | 'data-damaged'
  | 'too-large'
  | 'out-of-range'
  | 'bad-pattern'
  | 'output-exists'
  | 'needs-target'
  | 'needs-accept-loss'
  | 'no-strategy'
  | 'changed-since-plan'
  | 'locked'
  | 'in-use'
  | 'evidence'
  | 'undo-not-possible'
  | 'forbidden'
  | 'unsupported';
export type FailureCode = 'read-failed' | 'write-failed' | 'short-read' | 'no-space' | 'gone' | 'connection-lost';
export type ErrorCode = RefusalCode | FailureCode | 'cancelled' | 'bug';
export type ErrorKind = 'refusal' | 'failure' | 'cancelled' | 'bug';

/** Where it happened and what to do next; every part may be absent. */
export interface ErrorPlace {
  /** File the error is about. */
  path?: string;
  /** Byte offset in that file. */
  offset?: number;
  /** The operating system's own code, as ENOSPC. */
  os?: string;
  /** One sentence on what to do next. */
  hint?: string;
}

/** An error as it travels between host and page; see {@link PlatterError}. */
export interface ErrorData extends ErrorPlace {
  kind: ErrorKind;
  code: ErrorCode;
  message: string;
}

/** The one error class of the program. */
export class PlatterError extends Error {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(kind: ErrorKind, code: ErrorCode, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PlatterError';
    this.kind = kind;
    this.code = code;
    this.place = place;
  }

  /** The error as plain data, for JSON and for the wire. */
  toData(): ErrorData {
    return { kind: this.kind, code: this.code, message: this.message, ...this.place };
  }

  static fromData(data: ErrorData): PlatterError {
    const { kind, code, message, ...place } = data;
    return new PlatterError(kind, code, message, place);
  }
}

/** We will not do that; `place.hint` says what would help. */
export function refusal(code: RefusalCode, message: string, place?: ErrorPlace): PlatterError {
  return new PlatterError('refusal', code, message, place);
}

/** The world did not do what it should have. */
export function failure(code: FailureCode, message: string, place?: ErrorPlace, cause?: unknown): PlatterError {
  return new PlatterError('failure', code, message, place, cause);
}

export function cancelled(): PlatterError {
  return new PlatterError('cancelled', 'cancelled', 'Cancelled.');
}

/** An invariant of ours is broken: not the user's fault, and never swallowed. */
export function bug(message: string, cause?: unknown): PlatterError {
  return new PlatterError('bug', 'bug', message, {}, cause);
}

/** Any thrown value as a PlatterError; what is not one already is a bug. */
export function asPlatterError(thrown: unknown): PlatterError {
  if (thrown instanceof PlatterError) return thrown;
  return bug(thrown instanceof Error ? thrown.message : String(thrown), thrown);
}
