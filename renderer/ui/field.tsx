import type { HTMLAttributes, KeyboardEventHandler, ReactNode, Ref } from 'react';
import { classes } from './classes.ts';
import css from './field.module.css';

/** One line of text. `label` is read aloud; the placeholder shows an example. */
export function TextField({
  label,
  value,
  onChange,
  placeholder,
  icon,
  after,
  mono = false,
  invalid = false,
  autoFocus = false,
  className,
  inputRef,
  onKeyDown,
  inputProps,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  icon?: ReactNode;
  after?: ReactNode;
  mono?: boolean;
  invalid?: boolean;
  autoFocus?: boolean;
  className?: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
  onKeyDown?: KeyboardEventHandler<HTMLInputElement>;
  inputProps?: HTMLAttributes<HTMLInputElement>;
}) {
  return (
    <div className={classes(css.field, className)} {...(invalid ? { 'data-invalid': true } : {})}>
      {icon}
      <input
        {...inputProps}
        ref={inputRef}
        className={classes(css.input, mono && 'mono')}
        aria-label={label}
        aria-invalid={invalid}
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        autoFocus={autoFocus}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {after}
    </div>
  );
}
