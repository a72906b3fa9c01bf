import { Info } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import css from '../repair/repair.module.css';
import { wroteNothing } from '../repair/wizard.ts';
import type { Write } from './use-write.ts';

/** What has been written so far; asked to close while bytes are written, it asks back. */
export function WizardFoot<R>({
  write: { writing, undoing },
  asks,
  onStay,
  onClose,
}: {
  write: Write<R>;
  /** Somebody wants to close while it is written. */
  asks: boolean;
  onStay: () => void;
  onClose: () => void;
}) {
  if (asks && writing.state === 'running')
    return (
      <span className={css.footNote} role="alert">
        <HealthGlyph health="warning" label={null} />
        It is being written. The write goes on when this is closed.
        <Button small onPress={onStay}>
          Stay
        </Button>
        <Button small onPress={onClose}>
          Close all the same
        </Button>
      </span>
    );
  const good = writing.state === 'done' && undoing.state !== 'done';
  return (
    <span className={css.footNote}>
      {good ? <HealthGlyph health="ok" label={null} /> : <Info className="in" size={ICON_SMALL} aria-hidden="true" />}
      {sentence(writing, undoing)}
    </span>
  );
}

function sentence<R>(writing: Write<R>['writing'], undoing: Write<R>['undoing']): string {
  switch (writing.state) {
    case 'none':
      return 'Nothing has been written yet.';
    case 'running':
      return 'It is being written.';
    case 'failed':
      return wroteNothing(writing.error) ? 'Nothing has been written.' : 'The write was not finished.';
    case 'done':
      if (undoing.state === 'running') return 'It is being taken back.';
      return undoing.state === 'done' ? 'Everything is as it was.' : 'It is written and checked.';
  }
}
