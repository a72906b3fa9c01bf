import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { structureById } from '../../../core/formats/structures.ts';
import { useImageDetail } from '../../state/image.ts';
import { type Subject, useView } from '../../state/view.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatOffset } from '../../ui/format.ts';
import { useBytes } from '../hex/use-bytes.ts';
import { Remedy } from '../repair/remedy.tsx';
import { computedChecksum } from '../structures/expected.ts';
import { grouped } from '../structures/field-table.tsx';
import { SURENESS } from '../structures/sureness.ts';
import css from './inspector.module.css';
import { fieldReadings, MAX_LENGTH } from './interpret.ts';
import { Pair, Pairs, Part, Readings, Specification, SubjectHead } from './parts.tsx';

/** A field of a structure: what it is, what it says, and whether that is right. */
export function FieldSubject({ subject }: { subject: Extract<Subject, { kind: 'field' }> }) {
  const { path, structure, structureAt, field, at } = subject;
  const table = structureById(structure);
  const answer = useBytes('file', path, structureAt, table?.length ?? field.length);
  const detail = useImageDetail(path);
  const findings = (detail.value?.findings ?? []).filter(
    (one) => one.structure === structure && one.field === field.name && isInside(one, structureAt, table?.length ?? 1),
  );
  const bytes = answer.value?.bytes ?? null;
  const own = bytes?.subarray(field.offset, field.offset + field.length) ?? null;
  const last = field.offset + field.length - 1;
  const place = field.length === 1 ? `byte ${field.offset}` : `bytes ${field.offset}–${last}`;
  const values = own && own.length > 0 ? fieldReadings(own.subarray(0, MAX_LENGTH), field.length) : [];
  const isChecksum = field.name === 'checksum' && bytes !== null && table !== null;
  return (
    <>
      <SubjectHead title={`${structure.slice(structure.indexOf('.') + 1)}.${field.name}`}>
        {place} · {field.kind} · file offset{' '}
        <span className="mono" data-tip={formatCount(at)}>
          {formatOffset(at)}
        </span>
      </SubjectHead>
      {isChecksum ? (
        <Sums stored={own} computed={computedChecksum(structure, padded(bytes, table.length))} />
      ) : (
        <Pairs>
          <Pair label="Value" mono tip={field.text}>
            <span className={css.wrap}>{grouped(field)}</span>
          </Pair>
          {field.note === null ? null : <Pair label="Means">{field.note}</Pair>}
          {field.confidence ? <Pair label="Certainty">{SURENESS[field.confidence]}</Pair> : null}
        </Pairs>
      )}
      <p>{field.help}</p>
      {findings.slice(0, 2).map((finding) => (
        <FieldFinding key={finding.code} path={path} finding={finding} />
      ))}
      {values.length > 0 ? (
        <Part title="At the cursor">
          <Readings values={values} />
        </Part>
      ) : null}
      {table ? <Specification text={table.spec} /> : null}
    </>
  );
}

function isInside({ offset }: Finding, at: number, length: number): boolean {
  return offset !== null && offset >= at && offset < at + length;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, length));
  return out;
}

/** The checksum as it is and as it should be, byte by byte. */
function Sums({ stored, computed }: { stored: Uint8Array | null; computed: number | null }) {
  if (!stored) return null;
  const right = computed === null ? null : new Uint8Array(4);
  if (right && computed !== null) new DataView(right.buffer).setUint32(0, computed);
  return (
    <Pairs>
      <Pair label="Stored" mono>
        <Bytes bytes={stored} other={right} />
      </Pair>
      {right ? (
        <Pair label="Computed" mono>
          <Bytes bytes={right} other={stored} />
        </Pair>
      ) : null}
    </Pairs>
  );
}

function Bytes({ bytes, other }: { bytes: Uint8Array; other: Uint8Array | null }) {
  return Array.from(bytes, (byte, index) => {
    const text = byte.toString(16).padStart(2, '0');
    const differs = other !== null && other[index] !== byte;
    return (
      <span key={index}>
        {index === 0 ? '' : ' '}
        {differs ? <span className={css.differs}>{text}</span> : text}
      </span>
    );
  });
}

function FieldFinding({ path, finding }: { path: string; finding: Finding }) {
  const { code, message, severity } = finding;
  return (
    <Banner
      severity={severity}
      title={CATALOGUE[code].title}
      actions={
        <>
          <Remedy path={path} finding={finding} />
          <Button small onPress={() => useView.getState().inspect({ kind: 'finding', path, finding })}>
            Why?
          </Button>
        </>
      }
    >
      {message}
    </Banner>
  );
}
