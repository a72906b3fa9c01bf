import { PlatterError } from '../../../core/errors.ts';

/** Linux's numbers: vhd-util's exit code is one of them, on whichever system we run. */
const NUMBERS = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOVERFLOW: 75,
  ESTALE: 116,
} as const;

export type ErrnoName = keyof typeof NUMBERS;

/** A failure as vhd-util knows it: a number, printed negative and left with as the exit code. */
export class Errno extends Error {
  /** Positive, as EINVAL is 22. */
  readonly number: number;

  constructor(name: ErrnoName) {
    super(name);
    this.name = 'Errno';
    this.number = NUMBERS[name];
  }

  /** As vhd-util prints it: "-22". */
  override toString(): string {
    return `-${this.number}`;
  }
}

/** What `work` answers, or the failure it ended with; bugs and cancellation go on. */
export async function attempt<T>(work: () => T | Promise<T>): Promise<T | Errno> {
  try {
    return await work();
  } catch (thrown) {
    return asErrno(thrown);
  }
}

/** The failure as a number; what is no failure of the system is thrown again. */
export function asErrno(thrown: unknown): Errno {
  if (thrown instanceof Errno) return thrown;
  if (thrown instanceof PlatterError) {
    if (thrown.kind === 'cancelled' || thrown.kind === 'bug') throw thrown;
    if (thrown.code === 'special-file') return new Errno('EINVAL');
    return byCode(thrown.place.os) ?? new Errno('EIO');
  }
  const found = byCode((thrown as NodeJS.ErrnoException).code);
  if (!found) throw thrown;
  return found;
}

function byCode(code: string | undefined): Errno | null {
  return code !== undefined && code in NUMBERS ? new Errno(code as ErrnoName) : null;
}
