import { create } from 'zustand';

export type Theme = 'system' | 'light' | 'dark';

/** What this window remembers of how it is used; nothing of what is looked at. */
export interface Prefs {
  theme: Theme;
  /** Widths of the side panels in pixels; null: as the window's width suggests. */
  chainsWidth: number | null;
  inspectorWidth: number | null;
  chainsOpen: boolean;
  inspectorOpen: boolean;
  /** Columns of the chain table that were put on or off by hand. */
  columns: Record<string, boolean>;
}

const KEY = 'platter-prefs';
const DEFAULTS: Prefs = {
  theme: 'system',
  chainsWidth: null,
  inspectorWidth: null,
  chainsOpen: true,
  inspectorOpen: true,
  columns: {},
};

export const usePrefs = create<Prefs>()(() => readPrefs(stored()));

/** Preferences out of stored text; what is not as it should be is left at its default. */
export function readPrefs(text: string | null): Prefs {
  let given: unknown;
  try {
    given = JSON.parse(text ?? '{}');
  } catch {
    return DEFAULTS;
  }
  if (typeof given !== 'object' || given === null) return DEFAULTS;
  const from = given as Partial<Record<keyof Prefs, unknown>>;
  const width = (value: unknown): number | null =>
    typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
  const columns = typeof from.columns === 'object' && from.columns !== null ? Object.entries(from.columns) : [];
  return {
    theme: from.theme === 'light' || from.theme === 'dark' ? from.theme : 'system',
    chainsWidth: width(from.chainsWidth),
    inspectorWidth: width(from.inspectorWidth),
    chainsOpen: from.chainsOpen !== false,
    inspectorOpen: from.inspectorOpen !== false,
    columns: Object.fromEntries(columns.filter((pair): pair is [string, boolean] => typeof pair[1] === 'boolean')),
  };
}

export function setPrefs(change: Partial<Prefs>): void {
  usePrefs.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(usePrefs.getState()));
  } catch {
    // a window without storage forgets
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
