import { type Theme, usePrefs } from './prefs.ts';

/** Keeps `data-theme` of the page in step with the choice; without one the system's is followed. */
export function followTheme(): void {
  const apply = (theme: Theme): void => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  };
  apply(usePrefs.getState().theme);
  usePrefs.subscribe(({ theme }) => apply(theme));
}
