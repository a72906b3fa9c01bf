import { CircleSlash, CornerLeftUp } from 'lucide-react';
import type { CoalesceAnswer } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { type Health, HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { Name } from '../../ui/values.tsx';
import { openRepair } from '../repair/open.ts';
import css from './coalesce.module.css';
import { blockers, named, short } from './fold.ts';

/** Who else reads through the images that are folded into, and every other gate, each with its way out. */
export function WhoElse({ answer }: { answer: CoalesceAnswer }) {
  const { folded, siblings } = answer;
  const child = folded[0];
  const parent = folded.at(-1);
  const lines = useReaders(answer);
  const others = lines.filter(({ fate }) => fate === 'destroyed').length;
  const blocked = blockers(answer, 'in-place').length > 0;
  return (
    <>
      <SheetLead
        title={
          others === 0
            ? `Nobody else reads from ${short(parent?.name ?? 'the parent')}`
            : `${plural(others, 'other image')} ${others === 1 ? 'reads' : 'read'} from ${short(parent?.name ?? 'the parent')}`
        }
      >
        {siblings.length === 0
          ? 'All opened folders were looked through for images that name it as their parent.'
          : `Folded in place, ${short(child?.name ?? 'the child')} would change what ${named(siblings)} ${siblings.length === 1 ? 'reads' : 'read'}. vhd-util does this without a word; Platter does not. A new file changes nobody.`}
      </SheetLead>
      <Pane
        title="Who reads from it"
        caption="in all opened folders"
        aside={
          others === 0 ? null : (
            <span className={css.blocked}>
              <CircleSlash className="er" size={ICON_SMALL} aria-hidden="true" />
              in place is blocked
            </span>
          )
        }
      >
        <table className={table.table} aria-label="Who reads from the parent">
          <thead>
            <tr>
              <th>Image</th>
              <th style={{ width: 132 }}>Relation</th>
              <th style={{ width: 168 }}>In place, it</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.path}>
                <td>
                  <span className={css.indent} style={{ paddingLeft: line.depth * 16 }}>
                    <Name title={line.path}>{line.name}</Name>
                  </span>
                </td>
                <td className="dim">{line.relation}</td>
                <td>
                  <FateMark fate={line.fate} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Pane>
      <div className={css.gap} />
      <Gates answer={answer} blocked={blocked} />
    </>
  );
}

function Gates({ answer, blocked }: { answer: CoalesceAnswer; blocked: boolean }) {
  const others = answer.gates.filter(({ id }) => id !== 'siblings');
  const shut = others.filter(({ open }) => !open).length;
  return (
    <Pane
      title="Other gates"
      caption={shut === 0 ? `all ${others.length} open` : `${shut} of ${others.length} shut`}
      aside={blocked || shut > 0 ? null : undefined}
    >
      <ul className={css.gates}>
        {others.map(({ id, title, open, only, text, repair }) => (
          <li key={id} className={css.gate}>
            <HealthGlyph health={open ? 'ok' : only === null ? 'error' : 'warning'} label={open ? 'open' : 'shut'} />
            <span className={css.gateTitle}>{title}</span>
            <span className={css.gateText}>
              {text}
              {open || only === null ? '' : only === 'in-place' ? ' A new file can be written all the same.' : ''}
            </span>
            {repair === null ? null : (
              <Button small onPress={() => openRepair(repair)}>
                Repair…
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Pane>
  );
}

type Fate = 'changes' | 'folded' | 'destroyed' | 'kept' | 'redundant';

interface Reader {
  path: string;
  name: string;
  depth: number;
  relation: string;
  fate: Fate;
}

const FATES: Record<Fate, { health: Health; word: string }> = {
  changes: { health: 'warning', word: 'takes it in' },
  folded: { health: 'ok', word: 'is folded' },
  redundant: { health: 'warning', word: 'loses its view' },
  destroyed: { health: 'error', word: 'would be destroyed' },
  kept: { health: 'ok', word: 'reads as before' },
};

function FateMark({ fate }: { fate: Fate }) {
  const { health, word } = FATES[fate];
  return (
    <span className={css.fate}>
      {fate === 'folded' ? (
        <CornerLeftUp className="in" size={ICON_SMALL} aria-hidden="true" />
      ) : (
        <HealthGlyph health={health} label={null} />
      )}
      {word}
    </span>
  );
}

/** The images of the fold, those beside them, and all that hang below. */
function useReaders({ folded, siblings, children }: CoalesceAnswer): Reader[] {
  const rows = useCase((state) => state.chains.rows);
  const out: Reader[] = [];
  const seen = new Set<string>();
  const add = (reader: Reader): void => {
    if (seen.has(reader.path)) return;
    seen.add(reader.path);
    out.push(reader);
  };
  const below = (path: string, depth: number, fate: Fate, relation: string): void => {
    for (const row of rows)
      if (row.parent === path && !seen.has(row.path)) {
        add({ path: row.path, name: row.name, depth, relation, fate });
        below(row.path, depth + 1, fate, relation);
      }
  };
  const last = folded.length - 1;
  for (const [index, { path, name }] of [...folded].reverse().entries()) {
    const [relation, fate]: [string, Fate] =
      index === 0 ? ['parent', 'changes'] : index === last ? ['child', 'folded'] : ['between', 'redundant'];
    add({ path, name, depth: index, relation, fate });
  }
  const childDepth = last + 1;
  const child = folded[0];
  if (child) {
    for (const one of children) add({ ...one, depth: childDepth, relation: 'child of the child', fate: 'kept' });
    for (const one of children) below(one.path, childDepth + 1, 'kept', 'below the child');
  }
  for (const one of siblings) {
    add({ ...one, depth: 1, relation: 'sibling', fate: 'destroyed' });
    below(one.path, 2, 'destroyed', 'below a sibling');
  }
  return out;
}
