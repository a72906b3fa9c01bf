import { Check, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import dialog from './dialog.module.css';
import { ICON_SMALL } from './icons.tsx';
import css from './sheet.module.css';

/**
 * A wizard: the steps on top, one decision a step, consequences at the right of every step, the same size throughout. Esc and the
 * cross ask `onClose`, which may ask back; a press beside it does nothing, for what is typed here is worth keeping.
 */
export function Sheet<T extends string>({
  title,
  subject,
  caption,
  steps,
  current,
  onClose,
  children,
  side,
  foot,
}: {
  title: string;
  /** What it is about, as a file's name. */
  subject?: ReactNode;
  /** At the right of the head. */
  caption?: ReactNode;
  steps?: readonly { id: T; title: string }[];
  current?: T;
  onClose: () => void;
  children: ReactNode;
  /** Consequences. */
  side?: ReactNode;
  foot: ReactNode;
}) {
  const at = steps?.findIndex(({ id }) => id === current) ?? -1;
  const main = useRef<HTMLDivElement>(null);
  const shown = useRef(current);
  useEffect(() => {
    // the button that led here is gone; what is new is read from its beginning
    if (shown.current !== current) main.current?.focus();
    shown.current = current;
  }, [current]);
  return (
    <ModalOverlay
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={classes(dialog.scrim)}
    >
      <Modal className={css.sheet ?? ''}>
        <AriaDialog className={css.dialog ?? ''}>
          <header className={css.head}>
            <div className="row">
              <Heading slot="title" level={2} className={css.title ?? ''}>
                {title}
              </Heading>
              {subject}
              <span className="grow" />
              {caption === undefined ? null : <span className={css.caption}>{caption}</span>}
              <IconButton label="Close" onPress={onClose}>
                <X size={ICON_SMALL} />
              </IconButton>
            </div>
            {steps === undefined ? (
              <div className={css.noSteps} />
            ) : (
              <ol className={css.steps} aria-label="Steps">
                {steps.map(({ id, title: name }, index) => (
                  <li
                    key={id}
                    className={classes(css.step, index < at && css.done)}
                    {...(index === at ? { 'aria-current': 'step' as const } : {})}
                  >
                    <span className={css.number}>
                      {index < at ? <Check size={12} role="img" aria-label="done" /> : index + 1}
                    </span>
                    {name}
                  </li>
                ))}
              </ol>
            )}
          </header>
          <div className={classes(css.body, side === undefined && css.whole)}>
            <div
              ref={main}
              className={css.main}
              key={current ?? ''}
              tabIndex={0}
              role="region"
              aria-label={steps?.[at]?.title ?? title}
            >
              {children}
            </div>
            {side === undefined ? null : (
              <aside className={css.side} aria-label="Consequences" tabIndex={0}>
                {side}
              </aside>
            )}
          </div>
          <footer className={css.foot}>{foot}</footer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** One decision of a step: a heading that says it, and a sentence. */
export function SheetLead({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className={css.lead}>
      <h3>{title}</h3>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** A framed part of a step; never one inside another. */
export function Pane({
  title,
  caption,
  aside,
  children,
}: {
  title: ReactNode;
  caption?: ReactNode;
  /** At the right of its head. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={css.pane}>
      <header className={css.paneHead}>
        <h4>{title}</h4>
        {caption === undefined ? null : <span className="faint clip">{caption}</span>}
        <span className="grow" />
        {aside}
      </header>
      {children}
    </section>
  );
}

/** One kind of consequence, at the right of a sheet. */
export function SheetFacts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={css.sideHead}>{title}</h3>
      {children}
    </section>
  );
}
