import { useEffect, useState } from 'react';
import { asPlatterError, type PlatterError } from '../../core/errors.ts';

export type Answer<T> =
  | { state: 'loading'; value: T | null }
  | { state: 'ready'; value: T }
  | { state: 'failed'; error: PlatterError; value: T | null };

/**
 * Asks for something, again whenever `key` changes, and keeps the last answer of the same `subject` while the next is on its way.
 * What comes late is dropped; `ask` is told to stop.
 */
export function useAnswer<T>(subject: string, key: string, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [held, setHeld] = useState<{ subject: string; key: string; answer: Answer<T> } | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    ask(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) setHeld({ subject, key, answer: { state: 'ready', value } });
      },
      (thrown: unknown) => {
        const error = asPlatterError(thrown);
        if (stop.signal.aborted || error.kind === 'cancelled') return;
        setHeld((before) => {
          const value = before?.subject === subject ? before.answer.value : null;
          return { subject, key, answer: { state: 'failed', error, value } };
        });
      },
    );
    return () => stop.abort();
    // `ask` is made anew by each render; what it asks for is in the key
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [subject, key]);
  if (held?.subject !== subject) return { state: 'loading', value: null };
  if (held.key !== key) return { state: 'loading', value: held.answer.value };
  return held.answer;
}
