import { useMemo, useRef, useState } from 'react';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { structureById } from '../../../core/formats/structures.ts';
import { dynamicHeader, LOCATOR_CODES } from '../../../core/formats/vhd/layout.ts';
import { locatorEntries, locatorPaths } from '../../../core/formats/vhd/locators.ts';
import { useView } from '../../state/view.ts';
import { Empty, PanelHead } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { formatOffset, plural } from '../../ui/format.ts';
import type { Cursor } from '../../ui/hex/cursor.ts';
import type { HexHandle } from '../../ui/hex/hex-view.tsx';
import { overlayOf, tonesOf } from '../../ui/hex/overlay.ts';
import { CopyMenu } from '../hex/copy-menu.tsx';
import { focusSoon } from '../hex/focus.ts';
import { useBytes } from '../hex/use-bytes.ts';
import { FieldTable } from './field-table.tsx';
import { PartBytes } from './part-bytes.tsx';
import { titleOf } from './parts-list.tsx';
import css from './structures.module.css';
import { useReveal } from './use-reveal.ts';

interface ViewProps {
  path: string;
  detail: ImageDetail;
  part: StructurePart;
}

/** A stretch that is no structure: a gap, a fixed disk, a raw image. */
export function PlainView({ path, detail, part }: ViewProps) {
  const hex = useRef<HexHandle>(null);
  const [cursor, setCursor] = useState<Cursor>({ at: part.at, anchor: part.at });
  useReveal(path, part, true, ({ at, length }) => {
    setCursor({ at, anchor: Math.max(at, Math.min(part.at + part.length, at + length) - 1) });
    hex.current?.reach(at);
    return focusSoon(() => hex.current?.focus());
  });
  const gap = part.kind === 'gap';
  return (
    <>
      <PanelHead
        title={gap ? 'Gap' : titleOf(part)}
        caption={
          <>
            {plural(part.length, 'byte')} at <span className="mono">{formatOffset(part.at)}</span>
          </>
        }
      >
        {gap ? null : (
          <Button variant="quiet" small onPress={() => useView.getState().setTab('disk')}>
            Show in Disk
          </Button>
        )}
        <CopyMenu
          copied={{
            target: { space: 'file', path },
            range: { at: part.at, length: part.length },
            name: `${detail.row.name} ${part.id}`,
          }}
        />
      </PanelHead>
      {gap ? (
        <p className={css.said}>
          No structure owns these bytes{/all zero/.test(part.note ?? '') ? ', and all of them are zero' : ''}. What a
          repair cuts off here is kept in its journal.
        </p>
      ) : null}
      <div className={css.rest}>
        <PartBytes
          path={path}
          fileSize={detail.row.fileSize}
          at={part.at}
          length={part.length}
          label={`Bytes of ${titleOf(part)}`}
          cursor={cursor}
          onCursor={setCursor}
          handle={hex}
        />
      </div>
    </>
  );
}

/** The text of a parent locator, with where it leads. */
export function LocatorView({ path, detail, part }: ViewProps) {
  const hex = useRef<HexHandle>(null);
  const [cursor, setCursor] = useState<Cursor>({ at: part.at, anchor: part.at });
  useReveal(path, part, true, ({ at, length }) => {
    setCursor({ at, anchor: Math.max(at, Math.min(part.at + part.length, at + length) - 1) });
    hex.current?.reach(at);
    return focusSoon(() => hex.current?.focus());
  });
  const number = Number(/\d+$/.exec(part.id)?.[0] ?? 0);
  const header = detail.parts.find(({ id }) => id === 'header');
  const answer = useBytes('file', path, header?.at ?? 0, header?.length ?? 0);
  const entry = useMemo(() => {
    if (!answer.value || answer.value.bytes.length < dynamicHeader.length) return null;
    return locatorEntries(dynamicHeader.parse(answer.value.bytes))[number - 1] ?? null;
  }, [answer.value, number]);
  const text = part.note === null ? null : /^[^:]*: (.*)$/s.exec(part.note)?.[1];
  const used = entry ? Math.min(entry.dataLength, part.length) : 0;
  const overlay = useMemo(
    () => (used > 0 ? overlayOf([{ at: part.at, length: used, name: 'text', tone: 5, bad: false }]) : null),
    [part.at, used],
  );
  const leads = (entry && text && locatorPaths(entry.platformCode, text)[0]) || null;
  const tried = detail.candidates.filter(({ via }) => via.startsWith(`locator ${number} `));
  return (
    <>
      <PanelHead
        title={`Parent locator ${number}`}
        caption={
          <>
            {plural(part.length, 'byte')} at <span className="mono">{formatOffset(part.at)}</span>
          </>
        }
      >
        <Button
          variant="quiet"
          small
          isDisabled={!header}
          onPress={() =>
            header &&
            useView.getState().show('structures', {
              path,
              space: 'file',
              at: header.at,
              length: 1,
              field: `parentLocator${number}`,
            })
          }
        >
          Entry in the header
        </Button>
        <CopyMenu
          copied={{
            target: { space: 'file', path },
            range: { at: part.at, length: Math.max(1, used) },
            name: `${detail.row.name} ${part.id}`,
          }}
        />
      </PanelHead>
      <dl className={css.facts}>
        <dt>Kind</dt>
        <dd>
          <span className="mono">{entry?.platformCode.replace(/\0/g, '') ?? ''}</span>{' '}
          <span className="faint">{entry ? (LOCATOR_CODES[entry.platformCode] ?? 'unknown code') : ''}</span>
        </dd>
        <dt>Text</dt>
        <dd className="mono select">{text ?? <span className="faint">not readable</span>}</dd>
        <dt>Leads to</dt>
        <dd>
          {leads ? <span className="mono select">{leads.path}</span> : <span className="faint">nowhere</span>}
          {leads?.foreign ? (
            <span className="faint"> a Windows path: its last part is looked for beside the child</span>
          ) : null}
        </dd>
        {tried.length > 0 ? (
          <>
            <dt>Found</dt>
            <dd>
              {tried.map((candidate) => (
                <span key={candidate.path} className="select">
                  <span className="mono">{candidate.path}</span> <span className="faint">{candidate.why}</span>{' '}
                </span>
              ))}
            </dd>
          </>
        ) : null}
      </dl>
      <div className={css.divided}>
        <PanelHead
          title="Bytes"
          caption={entry ? `${plural(used, 'byte')} of text in room for ${plural(part.length, 'byte')}` : ''}
        />
      </div>
      <div className={css.rest}>
        <PartBytes
          path={path}
          fileSize={detail.row.fileSize}
          at={part.at}
          length={part.length}
          label={`Bytes of parent locator ${number}`}
          overlay={overlay}
          cursor={cursor}
          onCursor={setCursor}
          handle={hex}
          describe={(at) => (at < part.at + used ? 'text' : 'room behind the text')}
        />
      </div>
    </>
  );
}

/** A structure that belongs somewhere and is not there, with what its copy says it would be. */
export function MissingView({ path, detail, part }: ViewProps) {
  const table = structureById(part.structure ?? '');
  const copy = detail.parts.find(({ id, length }) => id === 'copy' && length > 0) ?? null;
  const answer = useBytes('file', path, copy?.at ?? 0, copy?.length ?? 0);
  const finding = detail.findings.find(({ code }) => code.startsWith('footer.') && code !== 'footer.hidden');
  useReveal(path, part, true, () => undefined);
  const fields = useMemo(
    () =>
      table && copy && answer.value && answer.value.bytes.length >= table.length
        ? table.decode(answer.value.bytes)
        : null,
    [table, copy, answer.value],
  );
  const tones = useMemo(() => tonesOf(table?.fields ?? []), [table]);
  const [field, setField] = useState<string | null>(null);
  return (
    <>
      <PanelHead
        title={part.title}
        caption={
          <>
            missing; belongs at <span className="mono">{formatOffset(part.at)}</span>
          </>
        }
      />
      <Empty title={`There is no ${part.title.toLowerCase()} here`}>{finding?.message ?? part.note}</Empty>
      <div className={css.eof}>
        end of the data, <span className="mono">{formatOffset(part.at)}</span>
      </div>
      {fields && table && copy ? (
        <>
          <div className={css.divided}>
            <PanelHead title="What the copy says" caption={`${plural(copy.length, 'byte')} at offset ${copy.at}`} />
          </div>
          <div className={css.fieldBox}>
            <FieldTable
              fields={fields}
              tones={tones}
              selected={field}
              onSelect={(found) => {
                setField(found.name);
                useView.getState().inspect({
                  kind: 'field',
                  path,
                  structure: table.id,
                  structureAt: copy.at,
                  field: found,
                  at: copy.at + found.offset,
                });
              }}
              findings={[]}
              expected={new Map()}
              other={null}
            />
          </div>
        </>
      ) : null}
    </>
  );
}
