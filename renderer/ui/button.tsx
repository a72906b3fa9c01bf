import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { ToggleButton as AriaToggle } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import css from './button.module.css';
import { classes } from './classes.ts';

export type ButtonVariant = 'plain' | 'primary' | 'quiet' | 'link';

interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className'> {
  /** `primary`: one a view, labelled with what it does. */
  variant?: ButtonVariant;
  small?: boolean;
  children?: ReactNode;
  className?: string | undefined;
  /** Facts shown on hover. */
  tip?: string;
}

export function Button({ variant = 'plain', small = false, className, tip, ...props }: ButtonProps) {
  return (
    <AriaButton
      {...props}
      {...(tip === undefined ? {} : { 'data-tip': tip })}
      className={classes(css.button, css[variant], small && css.small, className)}
    />
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'aria-label'> {
  /** What it does: read aloud, and shown on hover. */
  label: string;
}

/** A button that is only an icon. */
export function IconButton({ label, variant = 'quiet', small = true, className, tip, ...props }: IconButtonProps) {
  return (
    <AriaButton
      {...props}
      aria-label={label}
      data-tip={tip ?? label}
      className={classes(css.button, css[variant], css.square, small && css.small, className)}
    />
  );
}

/** An icon that stays pressed. */
export function IconToggle({
  label,
  isSelected,
  onChange,
  children,
}: {
  label: string;
  isSelected: boolean;
  onChange: (selected: boolean) => void;
  children: ReactNode;
}) {
  return (
    <AriaToggle
      isSelected={isSelected}
      onChange={onChange}
      aria-label={label}
      data-tip={label}
      className={classes(css.button, css.quiet, css.square, css.small)}
    >
      {children}
    </AriaToggle>
  );
}

/** One of a few, all of them seen. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { id: T; label: ReactNode; tip?: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const chosen = options.find(({ id }) => keys.has(id));
        if (chosen) onChange(chosen.id);
      }}
      className={css.segments ?? ''}
    >
      {options.map(({ id, label: text, tip }) => (
        <AriaToggle key={id} id={id} className={css.segment ?? ''} {...(tip === undefined ? {} : { 'data-tip': tip })}>
          {text}
        </AriaToggle>
      ))}
    </ToggleButtonGroup>
  );
}
