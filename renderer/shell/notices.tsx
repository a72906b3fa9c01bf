import { X } from 'lucide-react';
import type { ErrorData } from '../../core/errors.ts';
import { type Notice, useNotices } from '../state/notices.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { copyText } from '../ui/copy.ts';
import { formatCount, formatOffset } from '../ui/format.ts';
import { HealthGlyph, ICON, ICON_SMALL } from '../ui/icons.tsx';
import { Name } from '../ui/values.tsx';
import css from './notices.module.css';

/** What did not work, at the corner of the window: what happened, to which file, where in it, and what to do. */
export function Notices() {
  const notices = useNotices((state) => state.notices);
  return (
    <section className={css.list} aria-label="Notices">
      {notices.map((notice) => (
        <NoticeBox key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeBox({ notice }: { notice: Notice }) {
  const dismiss = useNotices((state) => state.dismiss);
  const close = (
    <IconButton label="Close" onPress={() => dismiss(notice.id)}>
      <X size={ICON_SMALL} />
    </IconButton>
  );
  if (notice.kind === 'done')
    return (
      <div className={classes(css.notice, notice.health === 'warning' && css.warning)} role="status">
        <span className={css.glyph}>
          <HealthGlyph health={notice.health} size={ICON} label={null} />
        </span>
        <span>{notice.text}</span>
        {close}
        {notice.actions.length === 0 ? null : (
          <span className={css.actions}>
            {notice.actions.map(({ label, run }) => (
              <Button
                key={label}
                small
                onPress={() => {
                  dismiss(notice.id);
                  run();
                }}
              >
                {label}
              </Button>
            ))}
          </span>
        )}
      </div>
    );
  const { error, during, times } = notice;
  return (
    <div className={classes(css.notice, css.error)} role="alert">
      <span className={css.glyph}>
        <HealthGlyph health="error" size={ICON} />
      </span>
      <span className={css.message}>
        {error.message}
        {times > 1 ? <span className="faint"> ({times} times)</span> : null}
      </span>
      {close}
      {error.path === undefined || error.message.includes(error.path) ? null : (
        <span className={css.more}>
          <Name>{error.path}</Name>
        </span>
      )}
      <span className={css.more}>{detail(error, during)}</span>
      {error.hint === undefined ? null : <span className={css.more}>{error.hint}</span>}
      <span className={css.actions}>
        <Button variant="link" onPress={() => void copyText(asText(error, during))}>
          Copy details
        </Button>
      </span>
    </div>
  );
}

function detail({ code, os, offset }: ErrorData, during: string | null): string {
  const parts = [during, code, os, offset === undefined ? null : `at ${formatOffset(offset)} (${formatCount(offset)})`];
  return parts.filter(Boolean).join(' · ');
}

/** Everything there is to know, for a report. */
export function asText(error: ErrorData, during: string | null): string {
  const { path, hint } = error;
  return [error.message, detail(error, during), path, hint].filter(Boolean).join('\n');
}
