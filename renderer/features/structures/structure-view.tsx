import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { type AnyStructure, structureById } from '../../../core/formats/structures.ts';
import type { DecodedField } from '../../../core/structure/structure.ts';
import { useView } from '../../state/view.ts';
import { Empty, PanelHead } from '../../ui/bits.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import { formatOffset, plural } from '../../ui/format.ts';
import { type Cursor, selectionOf } from '../../ui/hex/cursor.ts';
import { type Difference, differences, differingFields, diffLines, nextDifference } from '../../ui/hex/diff.ts';
import { zeroFolds } from '../../ui/hex/folds.ts';
import { HexDiff } from '../../ui/hex/hex-diff.tsx';
import { HEX_LINE, type HexHandle, HexView, offsetDigits } from '../../ui/hex/hex-view.tsx';
import { foldedLines } from '../../ui/hex/lines.ts';
import { fieldOverlay, tonesOf } from '../../ui/hex/overlay.ts';
import { CopyMenu } from '../hex/copy-menu.tsx';
import { focusSoon } from '../hex/focus.ts';
import { usePlaces } from '../hex/places.ts';
import { useByteStore, useBytes } from '../hex/use-bytes.ts';
import { expectedValues } from './expected.ts';
import { FieldTable, type OtherFields } from './field-table.tsx';
import css from './structures.module.css';
import { useReveal } from './use-reveal.ts';

const MODES = [
  { id: 'fields', label: 'Fields', tip: 'Bytes coloured by field' },
  { id: 'plain', label: 'Plain', tip: 'Bytes alone' },
] as const;

/** A structure with its bytes, its fields, and what its copy says instead. */
export function StructureView({ path, detail, part }: { path: string; detail: ImageDetail; part: StructurePart }) {
  const table = structureById(part.structure ?? '');
  const answer = useBytes('file', path, part.at, part.length);
  const twin = detail.parts.find(({ id, length }) => length > 0 && id === TWINS[part.id]) ?? null;
  const other = useBytes('file', path, twin?.at ?? 0, twin?.length ?? 0);
  if (!table) return <Empty title="No table decodes this">Look at its bytes in the Hex tab.</Empty>;
  if (answer.state === 'failed' && !answer.value)
    return <Empty title="These bytes cannot be read">{answer.error.message}</Empty>;
  if (!answer.value) return <PanelHead title={part.title} />;
  return (
    <Structure
      key={part.id}
      path={path}
      detail={detail}
      part={part}
      table={table}
      bytes={padded(answer.value.bytes, table.length)}
      twin={twin && other.value ? { part: twin, bytes: padded(other.value.bytes, table.length) } : null}
    />
  );
}

const TWINS: Record<string, string> = { footer: 'copy', copy: 'footer' };
const TWIN_NAMES: Record<string, string> = { footer: 'footer', copy: 'footer copy' };

/** A short footer lacks its last byte, which counts as zero. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

function Structure({
  path,
  detail,
  part,
  table,
  bytes,
  twin,
}: {
  path: string;
  detail: ImageDetail;
  part: StructurePart;
  table: AnyStructure;
  bytes: Uint8Array;
  twin: { part: StructurePart; bytes: Uint8Array } | null;
}) {
  const mode = usePlaces((state) => state.mode);
  const store = useByteStore('file', path, detail.row.fileSize);
  const hex = useRef<HexHandle>(null);
  const [field, setField] = useState<string | null>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [current, setCurrent] = useState<Difference | null>(null);

  const fields = useMemo(() => table.decode(bytes), [table, bytes]);
  const tones = useMemo(() => tonesOf(table.fields), [table]);
  const findings = useMemo(
    () =>
      detail.findings.filter(
        ({ structure, offset }) =>
          structure === table.id && offset !== null && offset >= part.at && offset < part.at + Math.max(1, part.length),
      ),
    [detail.findings, table.id, part],
  );
  const expected = useMemo(() => expectedValues(table.id, bytes), [table.id, bytes]);
  const overlay = useMemo(() => {
    const bad = new Set([
      ...findings.filter(({ severity }) => severity !== 'info').map((one) => one.field ?? ''),
      ...expected.keys(),
    ]);
    return fieldOverlay(part.at, table.fields, bad);
  }, [findings, expected, part.at, table.fields]);
  const lines = useMemo(() => {
    const folds = zeroFolds(part.at, bytes.subarray(0, part.length), table.fields);
    return foldedLines(
      part.at,
      part.length,
      folds.filter(({ at }) => !opened.has(at)),
    );
  }, [part, bytes, table.fields, opened]);
  const diff = useMemo(() => {
    if (!twin) return null;
    const found = differences(bytes, twin.bytes);
    return { found, lines: diffLines(bytes, twin.bytes, table.fields), names: differingFields(found, table.fields) };
  }, [twin, bytes, table.fields]);
  const other = useMemo<OtherFields | null>(() => {
    if (!twin || !diff) return null;
    return {
      title: `In the ${TWIN_NAMES[twin.part.id] ?? 'other'}`,
      fields: table.decode(twin.bytes),
      differing: new Set(diff.names),
    };
  }, [twin, diff, table]);

  const inspect = (found: DecodedField): void => {
    const at = part.at + found.offset;
    useView.getState().inspect({ kind: 'field', path, structure: table.id, structureAt: part.at, field: found, at });
  };
  const select = (found: DecodedField): void => {
    setField(found.name);
    const at = part.at + Math.min(found.offset, part.length - 1);
    setCursor({ at, anchor: at });
    hex.current?.reach(at);
    inspect(found);
  };
  const onCursor = (next: Cursor): void => {
    setCursor(next);
    const { at, length } = selectionOf(next);
    const found = fields.find(({ offset, length: size }) => at - part.at >= offset && at - part.at < offset + size);
    if (mode === 'fields' && length === 1 && found) {
      setField(found.name);
      inspect(found);
    } else {
      setField(null);
      useView.getState().inspect({ kind: 'bytes', path, space: 'file', at, length });
    }
  };
  const onKey = ({ key, shiftKey, ctrlKey, altKey }: KeyboardEvent): boolean => {
    // fields are what one walks along here; with Ctrl it is bytes
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || mode !== 'fields' || shiftKey || altKey) return false;
    if (ctrlKey) {
      const at = Math.min(part.at + part.length - 1, Math.max(part.at, (cursor?.at ?? part.at) + step));
      onCursor({ at, anchor: at });
      return true;
    }
    const index = fields.findIndex(({ name }) => name === field);
    const next = fields[Math.min(fields.length - 1, Math.max(0, index + step))];
    if (next) select(next);
    return true;
  };
  const toDifference = (found: Difference | null): void => {
    setCurrent(found);
    if (!found) return;
    const at = fields.find(({ offset, length }) => found.at < offset + length && found.at + found.length > offset);
    if (at) select(at);
  };
  const step = (direction: 1 | -1): void => {
    if (diff) toDifference(nextDifference(diff.found, current?.at ?? null, direction));
  };
  useDifferenceKey(step);
  useReveal(path, part, true, (reveal) => {
    const found =
      fields.find(({ name }) => name === reveal.field) ??
      fields.find(({ offset, length }) => reveal.at - part.at >= offset && reveal.at - part.at < offset + length);
    if (found) select(found);
    return focusSoon(() => hex.current?.focus());
  });

  const selection = field === null && cursor ? selectionOf(cursor) : null;
  const chosen = fields.find(({ name }) => name === field);
  const range =
    selection && selection.length > 1
      ? selection
      : chosen
        ? { at: part.at + chosen.offset, length: Math.min(chosen.length, part.length - chosen.offset) }
        : { at: part.at, length: part.length };
  const bytesDiffer = diff?.found.reduce((sum, { length }) => sum + length, 0) ?? 0;
  return (
    <>
      <PanelHead
        title={part.title}
        caption={
          <>
            {plural(part.length, 'byte')} at <span className="mono">{formatOffset(part.at)}</span>
          </>
        }
      >
        <Segments
          label="How bytes are shown"
          value={mode}
          options={MODES}
          onChange={(next) => usePlaces.setState({ mode: next })}
        />
        <CopyMenu
          copied={{ target: { space: 'file', path }, range, name: `${detail.row.name} ${chosen?.name ?? part.id}` }}
        />
      </PanelHead>
      <div className={css.hexBox} style={{ flexBasis: (lines.count + 1) * HEX_LINE + 5 }}>
        <HexView
          label={`${part.title} bytes`}
          store={store}
          lines={lines}
          cursor={cursor}
          onCursor={onCursor}
          showCursor={field === null}
          overlay={mode === 'fields' ? overlay : null}
          field={mode === 'fields' ? field : null}
          describe={(at) =>
            fields.find(({ offset, length }) => at - part.at >= offset && at - part.at < offset + length)?.name ?? null
          }
          onFold={(at) => setOpened(new Set(opened).add(at))}
          onKey={onKey}
          handle={hex}
        />
        <div className="visually-hidden" aria-live="polite">
          {chosen ? `${chosen.name}, ${chosen.text}${chosen.note ? `, ${chosen.note}` : ''}` : null}
        </div>
      </div>
      {twin && diff ? (
        <>
          <div className={css.divided}>
            <PanelHead
              title={part.id === 'copy' ? 'Against the footer' : 'Against the footer copy'}
              caption={
                bytesDiffer === 0
                  ? 'the same, byte for byte'
                  : `${plural(bytesDiffer, 'byte')} ${bytesDiffer === 1 ? 'differs' : 'differ'} in ${plural(diff.names.length, 'field')}`
              }
            >
              {bytesDiffer === 0 ? null : (
                <Button variant="quiet" small onPress={() => step(1)}>
                  Next difference <kbd>F7</kbd>
                </Button>
              )}
            </PanelHead>
          </div>
          {bytesDiffer === 0 ? null : (
            <div className={css.diffBox}>
              <HexDiff
                label={part.id === 'copy' ? 'Footer copy against footer' : 'Footer against footer copy'}
                names={part.id === 'copy' ? ['copy', 'footer'] : ['footer', 'copy']}
                a={bytes}
                b={twin.bytes}
                lines={diff.lines}
                found={diff.found}
                current={current}
                digits={Math.max(9, offsetDigits(detail.row.fileSize))}
                onSelect={toDifference}
              />
            </div>
          )}
        </>
      ) : null}
      <div className={css.divided}>
        <PanelHead
          title="Fields"
          caption={`${plural(fields.length, 'field')} cover all ${plural(table.length, 'byte')}`}
        />
      </div>
      <div className={css.fieldBox}>
        <FieldTable
          fields={fields}
          tones={tones}
          selected={field}
          onSelect={select}
          findings={findings}
          expected={expected}
          other={other}
        />
      </div>
    </>
  );
}

/** F7 goes to the next difference, with Shift to the one before, wherever the focus is. */
function useDifferenceKey(step: (direction: 1 | -1) => void): void {
  const latest = useRef(step);
  useEffect(() => {
    latest.current = step;
  });
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== 'F7' || event.defaultPrevented) return;
      event.preventDefault();
      latest.current(event.shiftKey ? -1 : 1);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
