import type { ReactNode } from 'react';
import type { ErrorData } from '../../../core/errors.ts';
import { Banner } from '../../ui/banner.tsx';
import { Offset } from '../../ui/values.tsx';
import css from './repair.module.css';

/** What did not work: what happened, to which file, where in it, and what to do next. */
export function ErrorBanner({ title, error, actions }: { title: string; error: ErrorData; actions?: ReactNode }) {
  const { code, message, path, offset, hint, os } = error;
  return (
    <div className={css.messages}>
      <Banner
        severity={error.kind === 'refusal' ? 'warning' : 'error'}
        title={title}
        code={os ?? code}
        {...(actions === undefined ? {} : { actions })}
      >
        {message}
        {path === undefined || message.includes(path) ? null : <> {path}</>}
        {offset === undefined ? null : (
          <>
            {' '}
            at <Offset at={offset} />
          </>
        )}
        {hint === undefined ? null : <> {hint}</>}
      </Banner>
    </div>
  );
}
