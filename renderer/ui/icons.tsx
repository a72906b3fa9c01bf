import { Check, CircleDashed, Info, OctagonX, TriangleAlert } from 'lucide-react';
import type { Severity } from '../../core/findings/finding.ts';

/** Icons stand in two sizes: 16 alone, 14 beside text. */
export const ICON = 16;
export const ICON_SMALL = 14;

export type Health = 'ok' | Severity | 'missing';

const WORDS: Record<Health, string> = {
  ok: 'clean',
  info: 'info',
  warning: 'warning',
  error: 'error',
  missing: 'missing',
};

/** Health as a glyph: its shape says it as well as its colour. `label` null where the word stands beside it. */
export function HealthGlyph({
  health,
  size = ICON_SMALL,
  label,
  className = '',
}: {
  health: Health;
  size?: number;
  label?: string | null;
  className?: string;
}) {
  const text = label === undefined ? WORDS[health] : label;
  const props = { size, ...(text === null ? { 'aria-hidden': true } : { 'aria-label': text, role: 'img' }) };
  switch (health) {
    case 'ok':
      return <Check {...props} className={`ok ${className}`} />;
    case 'info':
      return <Info {...props} className={`in ${className}`} />;
    case 'warning':
      return <TriangleAlert {...props} className={`wa ${className}`} />;
    case 'error':
      return <OctagonX {...props} className={`er ${className}`} />;
    case 'missing':
      return <CircleDashed {...props} className={`er ${className}`} />;
  }
}

/** The program's mark: a platter and its arm. */
export function Logo({ size = ICON }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <circle cx="8" cy="8" r="6.4" />
      <circle cx="8" cy="8" r="1.4" />
      <path d="M8 4.2A3.8 3.8 0 0 1 11.8 8M14 14l-4-4.6" />
    </svg>
  );
}
