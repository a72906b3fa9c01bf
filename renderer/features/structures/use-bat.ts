import { useEffect, useState } from 'react';
import type { StructurePart } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { type BatPlace, entriesOf, surveyTable, type TableSurvey } from './bat.ts';

/** Bytes of a table that are taken into the page whole: 4,194,304 entries, a disk of 8 TiB at the usual block size. */
export const MAX_TABLE = 16 * 1024 * 1024;

/** Bytes of a table decoded in one go: a few milliseconds' worth. */
const PIECE = 512 * 1024;

/** All entries of a table; nothing is asked while `part` is null. */
export function useEntries(path: string, part: StructurePart | null): Answer<Uint32Array | null> {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  const subject = `${path} ${part?.at ?? ''} ${part?.length ?? ''}`;
  return useAnswer(subject, `${subject} ${rev}`, async (signal) => {
    if (!part) return null;
    const length = Math.min(part.length, MAX_TABLE);
    const out = new Uint32Array(Math.floor(length / 4));
    for (let done = 0; done < length; ) {
      const { bytes } = await client.call(
        'bytes.read',
        { target: { space: 'file', path }, at: part.at + done, length: Math.min(PIECE, length - done) },
        signal,
      );
      const entries = entriesOf(bytes);
      if (entries.length === 0) break;
      out.set(entries, done / 4);
      done += entries.length * 4;
    }
    return out;
  });
}

/** Lets the page draw and answer before going on. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a table holds; null until it was looked through. */
export function useSurvey(entries: Uint32Array | null, place: BatPlace): TableSurvey | null {
  const [found, setFound] = useState<{ of: Uint32Array; survey: TableSurvey } | null>(null);
  useEffect(() => {
    if (!entries) return;
    let gone = false;
    void surveyTable(entries, place, pause).then((survey) => {
      if (!gone) setFound({ of: entries, survey });
    });
    return () => {
      gone = true;
    };
  }, [entries, place]);
  return found && found.of === entries ? found.survey : null;
}
