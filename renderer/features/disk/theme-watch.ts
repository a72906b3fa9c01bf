let changes = 0;

/** Calls back when the page's colours change: by the system, or by the reader's choice. */
export function subscribeTheme(changed: () => void): () => void {
  const hear = (): void => {
    changes += 1;
    changed();
  };
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(hear);
  system.addEventListener('change', hear);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', hear);
    chosen.disconnect();
  };
}

export function themeNow(): number {
  return changes;
}
