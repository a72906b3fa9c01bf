import { create } from 'zustand';
import { asPlatterError, type ErrorData, PlatterError } from '../../core/errors.ts';

export type Notice = {
  id: number;
  /** The same again and again is one notice. */
  times: number;
} & (
  | { kind: 'error'; error: ErrorData; during: string | null }
  | { kind: 'done'; text: string; health: 'ok' | 'warning'; actions: readonly NoticeAction[] }
);

/** Something that can be done about what was done, as taking it back. */
export interface NoticeAction {
  label: string;
  run: () => void;
}

interface NoticeStore {
  notices: readonly Notice[];
  dismiss: (id: number) => void;
}

/** Notices that stand at once; the oldest goes first. */
const MAX_NOTICES = 5;

export const useNotices = create<NoticeStore>()((set) => ({
  notices: [],
  dismiss(id) {
    set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
  },
}));

let lastId = 0;

/** Tells of something that did not work. What somebody cancelled is no error. */
export function report(thrown: unknown, during: string | null = null): void {
  const error = isErrorData(thrown) ? thrown : asPlatterError(thrown).toData();
  if (error.kind === 'cancelled') return;
  useNotices.setState(({ notices }) => {
    const key = (notice: Notice): string => (notice.kind === 'error' ? notice.error.message : '');
    const same = notices.find((notice) => key(notice) === error.message);
    if (same) return { notices: notices.map((one) => (one === same ? { ...one, times: one.times + 1 } : one)) };
    lastId += 1;
    return {
      notices: [...notices, { id: lastId, times: 1, kind: 'error' as const, error, during }].slice(-MAX_NOTICES),
    };
  });
}

/** Says that something was done, for a moment; longer where something can be done about it. */
export function tell(text: string, actions: readonly NoticeAction[] = [], health: 'ok' | 'warning' = 'ok'): void {
  lastId += 1;
  const id = lastId;
  useNotices.setState(({ notices }) => ({
    notices: [
      ...notices.filter(({ kind }) => kind !== 'done'),
      { id, times: 1, kind: 'done' as const, text, health, actions },
    ],
  }));
  setTimeout(() => useNotices.getState().dismiss(id), actions.length > 0 ? 30_000 : 4_000);
}

function isErrorData(value: unknown): value is ErrorData {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof PlatterError) &&
    'code' in value &&
    'kind' in value
  );
}
