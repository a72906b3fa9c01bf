import { type Ref, useId, useState } from 'react';
import { TextField } from '../../ui/field.tsx';
import { parseGoTo } from '../../ui/hex/goto.ts';
import css from './hex.module.css';

/** "Go to": an offset in any of the forms people type; what it understood, or why not, stands below it. */
export function GoToField({
  cursor,
  size,
  onGo,
  inputRef,
}: {
  cursor: number;
  size: number;
  onGo: (at: number) => void;
  inputRef?: Ref<HTMLInputElement>;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const answer = text.trim() === '' ? null : parseGoTo(text, { cursor, size });
  const hint = answer === null ? null : answer.ok ? `0x${answer.at.toString(16)}` : refused ? answer.why : null;
  return (
    <div className={css.goTo}>
      <TextField
        label="Go to offset: decimal, 0x hex, 8s for sectors, +512 from the cursor, 2M, 50%"
        value={text}
        onChange={(value) => {
          setText(value);
          setRefused(false);
        }}
        icon={<span className="faint small nowrap">Go to</span>}
        placeholder="0x1000, 8s, +512"
        mono
        invalid={refused}
        className={css.goToField}
        inputProps={{ 'aria-describedby': id }}
        {...(inputRef ? { inputRef } : {})}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          if (answer?.ok) onGo(answer.at);
          else setRefused(true);
        }}
      />
      <div id={id} className={css.goToHint} role="status" {...(hint === null ? { hidden: true } : {})}>
        {hint}
      </div>
    </div>
  );
}
