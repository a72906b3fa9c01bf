import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { RelinkAnswer, RelinkCandidateRow } from '../../../app/contract/types.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatSize } from '../../ui/format.ts';
import { type Health, HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import repair from '../repair/repair.module.css';
import wizard from '../wizard/wizard.module.css';
import { type Choice, chosenOf } from './choice.ts';
import css from './relink.module.css';

/** Files that may be the parent, each with what speaks for and against it. */
export function Candidates({
  answer,
  choice,
  onChange,
}: {
  answer: RelinkAnswer;
  choice: Choice;
  onChange: (changed: Partial<Choice>) => void;
}) {
  const { candidates, expected, plan } = answer;
  const chosen = chosenOf(answer, choice);
  const right = candidates.filter(({ idMatches }) => idMatches).length;
  return (
    <>
      <SheetLead
        title={
          right === 1
            ? 'One file has the parent’s id'
            : right > 1
              ? `${right} files have the parent’s id`
              : 'No file here has the parent’s id'
        }
      >
        The image names its parent <span className="mono">{expected.name || 'by id only'}</span>, id{' '}
        <span className="mono">{expected.id}</span>.
      </SheetLead>
      <Pane title="Candidates" caption="id, size, time, and whether what they hold fits together">
        {candidates.length === 0 ? (
          <p className={css.none}>None was found: look in another folder, or name the file.</p>
        ) : (
          <div className={repair.options} role="radiogroup" aria-label="Parent">
            {candidates.map((one) => (
              <Candidate
                key={one.path}
                one={one}
                isChosen={one === chosen}
                onChoose={() => onChange({ parent: one.path })}
              />
            ))}
          </div>
        )}
      </Pane>
      {chosen && !chosen.idMatches ? (
        <>
          <div className={repair.gap} />
          <Pane title="It has another id" caption="the log keeps your reason">
            <div className={wizard.fields}>
              <span>Why it is right</span>
              <TextField
                label="Why it is the right parent"
                value={choice.reason}
                placeholder="restored from the backup of 3 March, then given a new id"
                onChange={(reason) => onChange({ reason })}
              />
            </div>
          </Pane>
        </>
      ) : null}
      {chosen && (chosen.idMatches || choice.reason.trim() !== '')
        ? plan.refusals.map((text) => (
            <p key={text} className={css.refusal}>
              <HealthGlyph health="error" label={null} /> {text}
            </p>
          ))
        : null}
      <div className={repair.gap} />
      <Pane title="Look elsewhere">
        <div className={wizard.fields}>
          <AddField
            label="Another folder"
            button="Look there"
            placeholder="/mnt/old-storage"
            onAdd={(folder) => onChange({ search: [...choice.search.filter((one) => one !== folder), folder] })}
          />
          <AddField
            label="Another file"
            button="Take it"
            placeholder="/mnt/old-storage/base.vhd"
            onAdd={(parent) => onChange({ parent })}
          />
          {choice.search.map((folder) => (
            <SearchFolder
              key={folder}
              folder={folder}
              onRemove={() => onChange({ search: choice.search.filter((one) => one !== folder) })}
            />
          ))}
        </div>
      </Pane>
    </>
  );
}

function SearchFolder({ folder, onRemove }: { folder: string; onRemove: () => void }) {
  return (
    <>
      <span>Looked in</span>
      <span className="row">
        <Name>{folder}</Name>
        <IconButton label={`Do not look in ${folder}`} onPress={onRemove}>
          <X size={ICON_SMALL} />
        </IconButton>
      </span>
    </>
  );
}

function AddField({
  label,
  button,
  placeholder,
  onAdd,
}: {
  label: string;
  button: string;
  placeholder: string;
  onAdd: (text: string) => void;
}) {
  const [text, setText] = useState('');
  const add = (): void => {
    if (text.trim() === '') return;
    onAdd(text.trim());
    setText('');
  };
  return (
    <>
      <span>{label}</span>
      <span className={css.add}>
        <TextField
          label={label}
          value={text}
          placeholder={placeholder}
          mono
          onChange={setText}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            add();
          }}
        />
        <Button isDisabled={text.trim() === ''} onPress={add}>
          <Plus size={ICON_SMALL} aria-hidden="true" />
          {button}
        </Button>
      </span>
    </>
  );
}

function Candidate({ one, isChosen, onChoose }: { one: RelinkCandidateRow; isChosen: boolean; onChoose: () => void }) {
  const { path, name, idMatches, sizeMatches, timeMatches, virtualSize, via, content } = one;
  const size = virtualSize === null ? 'of unknown size' : formatSize(virtualSize);
  return (
    <label className={repair.option} {...(isChosen ? { 'data-chosen': true } : {})}>
      <input type="radio" name="parent" checked={isChosen} onChange={onChoose} aria-label={name} />
      <span className={repair.foundHead}>
        <span className="strong">
          <Name title={path}>{name}</Name>
        </span>
        <span className="faint small">{via}</span>
      </span>
      <span className={css.verdicts}>
        <Verdict health={idMatches ? 'ok' : 'error'}>{idMatches ? 'the right id' : 'another id'}</Verdict>
        <Verdict health={sizeMatches ? 'ok' : 'warning'}>
          {size}
          {sizeMatches ? ', as the child' : ', not the child’s size'}
        </Verdict>
        <Verdict health={timeMatches ? 'ok' : 'info'}>
          {timeMatches ? 'changed when the child remembers' : 'changed at another time'}
        </Verdict>
        <Verdict health={CONTENT[content.verdict]}>{content.why}</Verdict>
      </span>
    </label>
  );
}

const CONTENT: Record<RelinkCandidateRow['content']['verdict'], Health> = {
  'fits': 'ok',
  'unclear': 'info',
  'does-not-fit': 'warning',
};

function Verdict({ health, children }: { health: Health; children: React.ReactNode }) {
  return (
    <span className={css.verdict}>
      <HealthGlyph health={health} label={null} />
      <span>{children}</span>
    </span>
  );
}
