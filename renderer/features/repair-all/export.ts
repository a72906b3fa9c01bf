import { csvField } from '../findings/export.ts';
import { type Batch, outcomeOf, sortPlans } from './batch.ts';

const COLUMNS = [
  'path',
  'verdict',
  'outcome',
  'strategies',
  'why',
  'output',
  'sha256',
  'journal',
  'operation',
  'error',
];

/** One line an image, with what was done or why it was not. */
export function batchCsv(state: Batch): string {
  const lines = sortPlans(state.plans).map((row) => {
    const { result = null, error = null } = state.results.get(row.path) ?? {};
    return [
      row.path,
      row.verdict,
      outcomeOf(state, row),
      row.strategies.join(' '),
      row.why,
      result?.output ?? null,
      result?.outputSha256 ?? null,
      result?.journal ?? null,
      result?.operation ?? null,
      error?.message ?? null,
    ]
      .map(csvField)
      .join(',');
  });
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}
