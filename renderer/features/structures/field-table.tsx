import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Finding } from '../../../core/findings/finding.ts';
import type { DecodedField } from '../../../core/structure/structure.ts';
import { Tag } from '../../ui/bits.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount } from '../../ui/format.ts';
import { fieldClass } from '../../ui/hex/hex-row.tsx';
import { HealthGlyph } from '../../ui/icons.tsx';
import table from '../../ui/table.module.css';
import css from './structures.module.css';
import { SURENESS } from './sureness.ts';
import { Unequal } from './unequal.tsx';

export interface OtherFields {
  /** Column head: "In the footer copy". */
  title: string;
  fields: readonly DecodedField[];
  /** Names of the fields whose bytes differ. */
  differing: ReadonlySet<string>;
}

/** Every field of a structure: where it stands, what it says, what that means, and what the copy says instead. */
export function FieldTable({
  fields,
  tones,
  selected,
  onSelect,
  findings,
  expected,
  other,
}: {
  fields: readonly DecodedField[];
  tones: ReadonlyMap<string, number>;
  selected: string | null;
  onSelect: (field: DecodedField) => void;
  /** Findings about these fields. */
  findings: readonly Finding[];
  /** What a field should be, where that can be computed: a checksum. */
  expected: ReadonlyMap<string, string>;
  other: OtherFields | null;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const index = fields.findIndex(({ name }) => name === selected);
  useEffect(() => {
    if (index >= 0) body.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: fields.length - 1 };
    const next = steps[event.key];
    const field = next === undefined ? undefined : fields[Math.min(fields.length - 1, Math.max(0, next))];
    if (!field) return;
    event.preventDefault();
    onSelect(field);
    const row = body.current?.children[fields.indexOf(field)];
    if (row instanceof HTMLElement) row.focus();
  };
  return (
    <table
      role="grid"
      aria-label="Fields"
      className={classes(table.table, table.fields, css.fields)}
      onKeyDown={onKeyDown}
    >
      <colgroup>
        <col className={css.colField} />
        <col className={css.colAt} />
        <col className={css.colLen} />
        <col />
        {other ? <col className={css.colOther} /> : null}
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col" className="num">
            At
          </th>
          <th scope="col" className="num">
            Len
          </th>
          <th scope="col">Value</th>
          {other ? <th scope="col">{other.title}</th> : null}
        </tr>
      </thead>
      <tbody ref={body}>
        {fields.map((field, at) => {
          const finding = findings.find((one) => one.field === field.name);
          const twin = other?.fields[at];
          return (
            <tr
              key={field.name}
              tabIndex={index === at || (index < 0 && at === 0) ? 0 : -1}
              aria-selected={field.name === selected}
              onClick={() => onSelect(field)}
            >
              <td>
                <span className="row">
                  <span className={classes(fieldClass(tones.get(field.name) ?? 0), css.key)} aria-hidden="true" />
                  <span className="clip" data-tip={field.help}>
                    {field.name}
                  </span>
                  {field.confidence && field.confidence !== 'proven' ? (
                    <Tag tip={SURENESS[field.confidence]}>{field.confidence}</Tag>
                  ) : null}
                </span>
              </td>
              <td className="num mono dim" data-tip={`0x${field.offset.toString(16)}`}>
                {field.offset}
              </td>
              <td className="num mono dim">{formatCount(field.length)}</td>
              <td data-tip={finding?.message ?? valueTip(field)}>
                <span className={css.value}>
                  {finding ? <HealthGlyph health={finding.severity} /> : null}
                  {field.text === '' ? null : <span className="mono">{grouped(field)}</span>}
                  {expected.has(field.name) ? (
                    <>
                      <span>should be</span>
                      <span className="mono">{expected.get(field.name)}</span>
                    </>
                  ) : (
                    <span className="faint clip">{field.note}</span>
                  )}
                </span>
              </td>
              {other ? (
                <td>
                  {twin && other.differing.has(field.name) ? (
                    <span className={css.value}>
                      <Unequal />
                      <span className="mono clip" data-tip={twin.text}>
                        {grouped(twin)}
                      </span>
                    </span>
                  ) : (
                    <span className="faint">same</span>
                  )}
                </td>
              ) : null}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Long decimal numbers with their thousands apart, and times as they are written here. */
export function grouped({ text }: DecodedField): string {
  if (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(text)) return text.replace('T', ' ');
  return /^\d{5,}$/.test(text) ? text.replace(/\B(?=(\d{3})+$)/g, ',') : text;
}

function valueTip(field: DecodedField): string {
  return [field.text, field.note].filter(Boolean).join(' · ');
}
