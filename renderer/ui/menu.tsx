import { Check } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { Header } from 'react-aria-components/Header';
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuSection as AriaMenuSection,
  MenuTrigger,
} from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Separator } from 'react-aria-components/Separator';
import { ICON_SMALL } from './icons.tsx';
import css from './menu.module.css';

/** A button and the menu below it: the trigger first, then the items. */
export function MenuButton({ trigger, label, children }: { trigger: ReactNode; label: string; children: ReactNode }) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={css.popover ?? ''} placement="bottom end" offset={4}>
        <AriaMenu aria-label={label} className={css.menu ?? ''}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

/** A menu at a point of the window, as a right click or Shift F10 asks for; closed when `at` is null. */
export function ContextMenu({
  at,
  label,
  onClose,
  children,
}: {
  at: { x: number; y: number } | null;
  label: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} aria-hidden="true" style={{ position: 'fixed', left: at?.x ?? 0, top: at?.y ?? 0 }} />
      <Popover
        className={css.popover ?? ''}
        triggerRef={anchor}
        isOpen={at !== null}
        onOpenChange={(open) => {
          if (!open) onClose();
        }}
        placement="bottom start"
        offset={2}
        aria-label={label}
      >
        <AriaMenu aria-label={label} className={css.menu ?? ''} onClose={onClose} autoFocus="first">
          {children}
        </AriaMenu>
      </Popover>
    </>
  );
}

/** What cannot be done stays, greyed, with the reason at its right. */
export function MenuItem({
  onAction,
  icon,
  keys,
  why,
  checked,
  children,
  href,
}: {
  onAction?: () => void;
  icon?: ReactNode;
  /** Shortcut, as "Ctrl C". */
  keys?: string;
  /** Why it cannot be done; it cannot when this is given. */
  why?: string | undefined;
  /** A tick before it; undefined where it is nothing to tick. */
  checked?: boolean;
  children: string;
  href?: string;
}) {
  return (
    <AriaMenuItem
      className={css.item ?? ''}
      textValue={children}
      isDisabled={why !== undefined}
      {...(onAction === undefined ? {} : { onAction })}
      {...(href === undefined ? {} : { href })}
      {...(checked === undefined ? {} : { 'aria-label': `${children}, ${checked ? 'on' : 'off'}` })}
    >
      {checked === undefined && icon === undefined ? null : (
        <span className={css.mark}>{checked === undefined ? icon : checked ? <Check size={ICON_SMALL} /> : null}</span>
      )}
      <span className={css.label}>{children}</span>
      {why === undefined ? keys === undefined ? null : <span className={css.aside}>{keys}</span> : null}
      {why === undefined ? null : <span className={css.aside}>{why}</span>}
    </AriaMenuItem>
  );
}

export function MenuGroup({ caption, children }: { caption: string; children: ReactNode }) {
  return (
    <AriaMenuSection aria-label={caption}>
      <Header className={css.caption ?? ''}>{caption}</Header>
      {children}
    </AriaMenuSection>
  );
}

export function MenuSeparator() {
  return <Separator className={css.separator ?? ''} />;
}
