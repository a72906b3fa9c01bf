import { create } from 'zustand';
import type { CheckSummaryRow } from '../../../app/contract/types.ts';
import type { Severity } from '../../../core/findings/finding.ts';
import { useView } from '../../state/view.ts';

export type Scope = 'image' | 'case';
export type SortKey = 'name' | 'errors' | 'warnings' | 'infos';

interface FindingsState {
  scope: Scope;
  /** Severities that are shown. */
  shown: Record<Severity, boolean>;
  sort: { key: SortKey; desc: boolean };
  /** Images whose findings are unfolded. */
  unfolded: ReadonlySet<string>;
  /** The check that runs; null when none does. */
  running: { job: string; deep: boolean; total: number } | null;
  /** What checks found, by path. */
  results: ReadonlyMap<string, CheckSummaryRow>;
  /** When the last check ended, and how deep it was; null before the first. */
  last: { ended: number; deep: boolean; seconds: number } | null;
}

const ALL = { error: true, warning: true, info: true };

export const useFindings = create<FindingsState>()(() => ({
  scope: 'image',
  shown: ALL,
  sort: { key: 'errors', desc: true },
  unfolded: new Set(),
  running: null,
  results: new Map(),
  last: null,
}));

/** Goes to the findings of all images, those of one severity first. */
export function showFindings(severity: Severity): void {
  const key = severity === 'error' ? 'errors' : severity === 'warning' ? 'warnings' : 'infos';
  useFindings.setState({ scope: 'case', shown: ALL, sort: { key, desc: true } });
  useView.getState().setTab('findings');
}
