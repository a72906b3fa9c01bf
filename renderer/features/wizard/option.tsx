import { type ReactNode, useId } from 'react';
import css from '../repair/repair.module.css';
import own from './wizard.module.css';

/** One of a few ways: its name, what it costs at the right, what it means, and what has to be said for it when it is chosen. */
export function Option({
  group,
  label,
  tag,
  aside,
  text,
  chosen,
  isDisabled = false,
  onChoose,
  children,
}: {
  group: string;
  label: string;
  tag?: ReactNode;
  aside?: ReactNode;
  text?: ReactNode;
  chosen: boolean;
  isDisabled?: boolean;
  onChoose: () => void;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <div className={css.option} {...(chosen ? { 'data-chosen': true } : {})}>
      <input
        type="radio"
        name={group}
        id={id}
        checked={chosen}
        disabled={isDisabled}
        onChange={onChoose}
        aria-label={label}
      />
      <span className={own.optionHead}>
        <label className="strong" htmlFor={id}>
          {label}
        </label>
        {tag}
        <span className="grow" />
        {aside === undefined ? null : <span className={own.aside}>{aside}</span>}
      </span>
      {text === undefined ? null : <span className={css.optionText}>{text}</span>}
      {chosen && children !== undefined ? <div className={css.inside}>{children}</div> : null}
    </div>
  );
}
