import { type KeyboardEvent, useId, useRef } from 'react';
import type { SearchHit } from '../../../app/contract/types.ts';
import { classes } from '../../ui/classes.ts';
import { formatOffset } from '../../ui/format.ts';
import { type VirtualHandle, VirtualList } from '../../ui/hex/virtual.tsx';
import css from './search.module.css';
import type { SearchRun } from './searches.ts';

const LINE = 22;

/** What a search found, with the bytes around each hit as text. */
export function HitList({ run, onHit }: { run: SearchRun | null; onHit: (index: number) => void }) {
  const id = useId();
  const list = useRef<VirtualHandle>(null);
  const hits = run?.hits ?? [];
  const current = run?.current ?? null;
  if (hits.length === 0)
    return (
      <div className={classes('faint small', css.none)}>
        {!run
          ? 'Hits are listed here.'
          : run.state === 'running'
            ? 'Nothing yet.'
            : run.error === null
              ? 'Nothing was found.'
              : ''}
      </div>
    );
  const go = (index: number): void => {
    const to = Math.min(hits.length - 1, Math.max(0, index));
    list.current?.show(to);
    onHit(to);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = list.current?.page() ?? 1;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) go(current === null ? 0 : current + step);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(hits.length - 1);
    else if (event.key === 'Enter' && current !== null) onHit(current);
    else return;
    event.preventDefault();
  };
  return (
    <VirtualList
      count={hits.length}
      lineHeight={LINE}
      label="Hits: place"
      handle={list}
      className={css.hits}
      body={{
        'role': 'listbox',
        'aria-label': 'Hits',
        'tabIndex': 0,
        onKeyDown,
        ...(current === null ? {} : { 'aria-activedescendant': `${id}-${current}` }),
      }}
      renderLine={(index) => {
        const hit = hits[index];
        if (!hit) return null;
        return (
          <div
            key={index}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            aria-setsize={hits.length}
            aria-posinset={index + 1}
            className={css.hit}
            onClick={() => onHit(index)}
          >
            <span className={classes('mono', css.at)}>{formatOffset(hit.at)}</span>
            <Context hit={hit} />
          </div>
        );
      }}
    />
  );
}

/** Printable text around a hit; the hit itself stands out. */
function Context({ hit }: { hit: SearchHit }) {
  const { context, contextAt, length } = hit;
  const end = Math.min(context.length, contextAt + length);
  return (
    <span className={classes('mono', css.context)}>
      <span className="faint">{readable(context.subarray(0, contextAt))}</span>
      <mark>{readable(context.subarray(contextAt, end))}</mark>
      <span className="faint">{readable(context.subarray(end))}</span>
    </span>
  );
}

function readable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
}
