import { X } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import css from './dialog.module.css';
import { ICON_SMALL } from './icons.tsx';

/** A question or a page over the window. Esc and a press beside it close it. */
export function Dialog({
  title,
  onClose,
  children,
  foot,
  width = 560,
  bare = false,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom. */
  foot?: ReactNode;
  width?: number;
  /** The content keeps its own margins and scrolls by itself. */
  bare?: boolean;
}) {
  return (
    <Overlay label={null} onClose={onClose} width={width}>
      <div className={css.head}>
        <Heading slot="title" level={2} className={css.title ?? ''}>
          {title}
        </Heading>
        <IconButton label="Close" onPress={onClose}>
          <X size={ICON_SMALL} />
        </IconButton>
      </div>
      <div className={classes(css.body, bare && css.bare)}>{children}</div>
      {foot === undefined ? null : <div className={css.foot}>{foot}</div>}
    </Overlay>
  );
}

/** The frame of a dialog without head or foot; `label` null where a heading with slot `title` names it. */
export function Overlay({
  label,
  onClose,
  width,
  atTop = false,
  children,
}: {
  label: string | null;
  onClose: () => void;
  width: number;
  atTop?: boolean;
  children: ReactNode;
}) {
  const size = { '--dialog-width': `${width}px` } as CSSProperties;
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={classes(css.scrim, atTop && css.top)}
    >
      <Modal className={css.modal ?? ''} style={size}>
        <AriaDialog className={css.dialog ?? ''} {...(label === null ? {} : { 'aria-label': label })}>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
