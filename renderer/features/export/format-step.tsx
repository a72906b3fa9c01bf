import type { ExportAnswer } from '../../../app/contract/types.ts';
import { Segments } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { Tick } from '../repair/choose.tsx';
import repair from '../repair/repair.module.css';
import { Option } from '../wizard/option.tsx';
import wizard from '../wizard/wizard.module.css';
import { type Choice, KINDS, outputOf } from './formats.ts';

/** Which format, whose habits, where to, and whether it is proved. */
export function FormatStep({
  answer,
  choice,
  onChange,
}: {
  answer: ExportAnswer;
  choice: Choice;
  onChange: (changed: Partial<Choice>) => void;
}) {
  const output = outputOf(choice, answer);
  return (
    <>
      <SheetLead title="Which format, and where to">
        Every format holds the same disk: its guest’s SHA-256 is the same in all of them.
      </SheetLead>
      <Pane title="Format">
        <div className={repair.options} role="radiogroup" aria-label="Format">
          {KINDS.map(({ id, label, text }) => (
            <Option
              key={id}
              group="format"
              label={label}
              text={text}
              chosen={choice.kind === id}
              onChoose={() => onChange({ kind: id })}
            />
          ))}
        </div>
      </Pane>
      <div className={repair.gap} />
      <Pane title="File">
        <div className={wizard.fields}>
          <span>Name</span>
          <TextField
            label="Name of the new file"
            value={output}
            onChange={(text) => onChange({ output: text })}
            mono
            invalid={output.trim() === ''}
          />
          {choice.kind === 'raw' ? null : (
            <>
              <span>Made for</span>
              <Segments
                label="Made for"
                value={choice.flavour}
                options={[
                  { id: 'xenserver', label: 'XenServer' },
                  { id: 'hyperv', label: 'Hyper-V' },
                ]}
                onChange={(flavour) => onChange({ flavour })}
              />
            </>
          )}
        </div>
      </Pane>
      <div className={repair.gap} />
      <Pane title="Proof">
        <div className={wizard.ticks}>
          <Tick checked={choice.hash} onChange={(hash) => onChange({ hash })}>
            Hash the disk while it is written, and read the file back to the same hash
          </Tick>
        </div>
      </Pane>
    </>
  );
}
