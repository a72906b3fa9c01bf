import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type ReactNode, type Ref, useState } from 'react';
import type { Target } from '../../../app/contract/contract.ts';
import { useClient } from '../../state/client.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button, IconButton, Segments } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { TextField } from '../../ui/field.tsx';
import { formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { CheckBox } from './check-box.tsx';
import { HitList } from './hit-list.tsx';
import { type Encoding, patternOf, type SearchForm } from './pattern.ts';
import css from './search.module.css';
import { cancelSearch, type SearchRun, startSearch, useSearches } from './searches.ts';

const KINDS = [
  { id: 'text', label: 'Text' },
  { id: 'hex', label: 'Hex', tip: 'Two digits a byte; ? stands for any digit' },
  { id: 'regex', label: 'Regex', tip: 'Over bytes as Latin-1: \\xff is the byte 255' },
] as const;

const ENCODINGS: readonly { id: Encoding; label: string }[] = [
  { id: 'utf8', label: 'UTF-8' },
  { id: 'utf16le', label: 'UTF-16 LE' },
  { id: 'utf16be', label: 'UTF-16 BE' },
];

const EXAMPLES = { text: 'Accepted publickey', hex: '63 6f 6e ?? 63 74 6?', regex: '\\d+\\.\\d+\\.\\d+\\.\\d+' };

/** Looks for text, hex or a regular expression through all of the bytes, with what it found below. */
export function SearchPanel({
  searchKey,
  target,
  cursor,
  onHit,
  onStep,
  onClose,
  inputRef,
}: {
  searchKey: string;
  target: Target;
  /** Byte under the cursor: where "from the cursor" begins. */
  cursor: number;
  onHit: (index: number) => void;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
  inputRef: Ref<HTMLInputElement>;
}) {
  const client = useClient();
  const form = useSearches((state) => state.form);
  const from = useSearches((state) => state.from);
  const run = useSearches((state) => state.runs.get(searchKey)) ?? null;
  const [refused, setRefused] = useState(false);
  const wanted = patternOf(form);
  const running = run?.state === 'running';
  const set = (change: Partial<SearchForm>): void => {
    setRefused(false);
    useSearches.setState({ form: { ...form, ...change } });
  };
  const start = (): void => {
    if (wanted.ok) void startSearch(client, searchKey, target, wanted.pattern, from === 'cursor' ? cursor : 0);
    else setRefused(true);
  };

  return (
    <section className={css.panel} aria-label="Search">
      <div className={css.bar}>
        <Segments label="What to look for" value={form.kind} options={KINDS} onChange={(kind) => set({ kind })} />
        <TextField
          label="Look for"
          value={form.typed[form.kind]}
          onChange={(text) => set({ typed: { ...form.typed, [form.kind]: text } })}
          placeholder={EXAMPLES[form.kind]}
          mono={form.kind !== 'text'}
          invalid={refused && !wanted.ok}
          className={css.field}
          inputRef={inputRef}
          onKeyDown={(event) => {
            if (event.key === 'Enter') start();
            else if (event.key === 'Escape') onClose();
            else return;
            event.preventDefault();
          }}
        />
        {running ? (
          <Button small onPress={() => cancelSearch(client, searchKey)}>
            Cancel
          </Button>
        ) : (
          <Button small onPress={start}>
            Search
          </Button>
        )}
        <IconButton label="Previous hit (Shift F3)" isDisabled={!run?.hits.length} onPress={() => onStep(-1)}>
          <ChevronUp size={ICON_SMALL} />
        </IconButton>
        <IconButton label="Next hit (F3)" isDisabled={!run?.hits.length} onPress={() => onStep(1)}>
          <ChevronDown size={ICON_SMALL} />
        </IconButton>
        <IconButton label="Close the search" onPress={onClose}>
          <X size={ICON_SMALL} />
        </IconButton>
      </div>
      <div className={css.options}>
        {form.kind === 'text'
          ? ENCODINGS.map(({ id, label }) => (
              <CheckBox
                key={id}
                checked={form.encodings.includes(id)}
                onChange={(on) =>
                  set({
                    encodings: ENCODINGS.map((one) => one.id).filter((one) =>
                      one === id ? on : form.encodings.includes(one),
                    ),
                  })
                }
              >
                {label}
              </CheckBox>
            ))
          : null}
        {form.kind === 'hex' ? (
          <span className="faint small">? stands for any digit</span>
        ) : (
          <CheckBox checked={form.ignoreCase} onChange={(ignoreCase) => set({ ignoreCase })}>
            Ignore case
          </CheckBox>
        )}
        <CheckBox
          checked={from === 'cursor'}
          onChange={(on) => useSearches.setState({ from: on ? 'cursor' : 'start' })}
        >
          From the cursor
        </CheckBox>
        <span className="grow" />
        <Outcome run={run} refused={refused && !wanted.ok ? wanted.why : null} />
      </div>
      <HitList run={run} onHit={onHit} />
    </section>
  );
}

function Outcome({ run, refused }: { run: SearchRun | null; refused: string | null }): ReactNode {
  if (refused !== null)
    return (
      <span className={classes('er small', css.said)} role="alert">
        {refused}
      </span>
    );
  if (!run) return null;
  const hits = plural(run.hits.length, 'hit');
  const { progress } = run;
  if (run.state === 'running') {
    const share = progress?.total ? progress.done / progress.total : null;
    const rate = progress?.rate ? ` · ${formatSize(progress.rate)}/s` : '';
    return (
      <span className={classes('row small dim', css.said)}>
        <Progress value={share} label="Search" />
        <span className="nowrap">
          {share === null ? '' : `${Math.floor(share * 100)} % · `}
          {hits}
          {rate}
        </span>
      </span>
    );
  }
  const notes = [
    run.error ?? hits,
    run.state === 'cancelled' ? 'cancelled' : null,
    run.capped ? `the first ${formatCount(run.hits.length)}, there are more` : null,
    run.skipped > 0 ? `${formatSize(run.skipped)} in missing parents not searched` : null,
    run.current === null ? null : `at ${formatOffset(run.hits[run.current]?.at ?? 0)}`,
  ];
  return (
    <span className={classes('small', run.error === null ? 'dim' : 'er', css.said)} role="status">
      {notes.filter(Boolean).join(' · ')}
    </span>
  );
}
