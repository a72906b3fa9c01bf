import { CircleSlash } from 'lucide-react';
import type { CoalesceAnswer } from '../../../app/contract/types.ts';
import { Tag } from '../../ui/bits.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatSize, plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { Tick } from '../repair/choose.tsx';
import repair from '../repair/repair.module.css';
import { Option } from '../wizard/option.tsx';
import wizard from '../wizard/wizard.module.css';
import css from './coalesce.module.css';
import { blockers, type Choice, named, outputOf, short } from './fold.ts';

/** Where the result goes, and what happens to the child afterwards. */
export function How({
  answer,
  choice,
  onChange,
}: {
  answer: CoalesceAnswer;
  choice: Choice;
  onChange: (changed: Partial<Choice>) => void;
}) {
  const { folded, children, file, inPlace } = answer;
  const parent = folded.at(-1);
  const blocked = blockers(answer, 'in-place');
  const nothing = answer.moved.bytes === 0;
  const other = blockers(answer, 'copy');
  // its own children would lose their parent
  const needed = children.length > 0 && !choice.relinkChildren;
  return (
    <>
      <SheetLead title="Where the result goes">
        A new file leaves {named(folded)} untouched. In place, {short(parent?.name ?? 'the parent')} itself takes the
        data in and keeps its id.
      </SheetLead>
      <Pane title="Way">
        <div className={repair.options} role="radiogroup" aria-label="Way">
          <Option
            group="way"
            label="New file"
            tag={<Tag>recommended</Tag>}
            aside={
              other.length > 0 ? (
                <Blocked text={`blocked: ${other[0]?.title.toLowerCase() ?? ''}`} />
              ) : (
                formatSize(file.needed)
              )
            }
            text={
              answer.raw
                ? 'One raw image, as the parent is one. The sources are only read.'
                : 'One image with the id of the child, holding what its guest sees today. The sources are only read.'
            }
            chosen={choice.kind === 'copy'}
            onChoose={() => onChange({ kind: 'copy', unlocked: false })}
          >
            <TextField
              label="Name of the new file"
              value={choice.output ?? answer.suggestedOutput}
              onChange={(output) => onChange({ output })}
              mono
              invalid={outputOf(answer, choice) === ''}
            />
            {other.map(({ id, text }) => (
              <span key={id} className="small er">
                {text}
              </span>
            ))}
          </Option>
          <Option
            group="way"
            label="In place"
            aside={
              blocked.length > 0 ? (
                <Blocked text={`blocked: ${blocked[0]?.title.toLowerCase() ?? ''}`} />
              ) : inPlace.journalBytes === null ? undefined : (
                `journal ${formatSize(inPlace.journalBytes)}`
              )
            }
            text={
              blocked.length > 0
                ? blocked[0]?.text
                : nothing
                  ? 'The child holds nothing of its own: there is nothing to move.'
                  : 'What stands there goes to a journal beside the parent first. The child stays whole until the end.'
            }
            chosen={choice.kind === 'in-place'}
            isDisabled={blocked.length > 0 || nothing}
            onChoose={() => onChange({ kind: 'in-place' })}
          >
            <Tick checked={choice.unlocked} onChange={(unlocked) => onChange({ unlocked })}>
              Unlock {short(parent?.name ?? 'the parent')}: let its bytes be changed
            </Tick>
          </Option>
        </div>
      </Pane>
      <div className={css.gap} />
      <Pane title="Afterwards" {...(choice.kind === 'in-place' ? {} : { caption: 'in place only' })}>
        <div className={wizard.ticks}>
          <After
            label={
              children.length === 0
                ? 'Relink the children of the child: it has none'
                : `Relink ${named(children)} to ${short(parent?.name ?? 'the parent')}`
            }
            checked={choice.relinkChildren}
            isDisabled={choice.kind !== 'in-place' || children.length === 0}
            onChange={(relinkChildren) =>
              onChange(relinkChildren ? { relinkChildren } : { relinkChildren, removeChild: false })
            }
          />
          <After
            label={`Move ${short(folded[0]?.name ?? 'the child')} into the journal: undo brings it back${
              needed ? '. Its children have to be relinked for that' : ''
            }`}
            checked={choice.removeChild}
            isDisabled={choice.kind !== 'in-place' || needed}
            onChange={(removeChild) => onChange({ removeChild })}
          />
        </div>
      </Pane>
      {answer.hashed ? null : (
        <>
          <div className={css.gap} />
          <Pane title="Proof">
            <div className={wizard.ticks}>
              <Tick checked={choice.prove} onChange={(prove) => onChange({ prove })}>
                Hash all {formatSize(answer.virtualSize)} of the guest’s disk before and after. Without it, every run
                that was moved is read back and compared.
              </Tick>
            </div>
          </Pane>
        </>
      )}
      <p className={repair.note}>
        {folded.length > 2 ? `${plural(folded.length - 1, 'image')} are folded at once. ` : ''}
        {choice.kind === 'in-place' ? inPlace.risks.join(' ') : ''}
      </p>
    </>
  );
}

function Blocked({ text }: { text: string }) {
  return (
    <>
      <CircleSlash className="er" size={ICON_SMALL} aria-hidden="true" />
      {text}
    </>
  );
}

function After({
  label,
  checked,
  isDisabled,
  onChange,
}: {
  label: string;
  checked: boolean;
  isDisabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className={repair.tick} {...(isDisabled ? { 'data-disabled': true } : {})}>
      <input
        type="checkbox"
        checked={checked && !isDisabled}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={isDisabled ? 'dim' : ''}>{label}</span>
    </label>
  );
}
