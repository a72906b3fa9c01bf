import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { tell } from '../../state/notices.ts';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import css from '../repair/repair.module.css';

/** What was written and what proves it: labels and values. */
export function ProofList({ children }: { children: ReactNode }) {
  return <dl className={css.results}>{children}</dl>;
}

export function ProofRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function ProofFile({ label, path }: { label: string; path: string | null }) {
  return path === null ? null : (
    <ProofRow label={label}>
      <Name>{path}</Name>
    </ProofRow>
  );
}

/** A hash, whole and to be copied. */
export function ProofDigest({ label, digest }: { label: string; digest: string | null }) {
  if (digest === null) return null;
  const copy = async (): Promise<void> => {
    if (await copyText(digest)) tell('The SHA-256 is copied.');
  };
  return (
    <>
      <dt>{label}</dt>
      <dd className="row">
        <span className={`mono ${css.digest ?? ''}`}>{digest}</span>
        <IconButton label={`Copy ${label}`} onPress={() => void copy()}>
          <Copy size={ICON_SMALL} />
        </IconButton>
      </dd>
    </>
  );
}
