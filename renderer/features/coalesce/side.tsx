import type { CoalesceAnswer } from '../../../app/contract/types.ts';
import { formatBytes, formatCount, formatSize } from '../../ui/format.ts';
import { SheetFacts } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import repair from '../repair/repair.module.css';
import { FactList, Sentences } from '../wizard/side.tsx';
import { type Choice, outputOf } from './fold.ts';

/** What it means, the same on every step. */
export function CoalesceSide({ answer, choice }: { answer: CoalesceAnswer; choice: Choice }) {
  const { folded, moved, file, inPlace, virtualSize, siblings } = answer;
  const parent = folded.at(-1);
  const child = folded[0];
  const copy = choice.kind === 'copy';
  const hashed = choice.prove || answer.hashed;
  return (
    <>
      <SheetFacts title="The fold">
        <FactList
          facts={[
            { label: 'Child', value: <Name>{child?.name ?? ''}</Name> },
            { label: 'Into', value: <Name>{parent?.name ?? ''}</Name> },
            { label: 'Blocks', value: formatCount(moved.blocks) },
            { label: 'Data', value: formatSize(moved.bytes), tip: formatBytes(moved.bytes) },
          ]}
        />
      </SheetFacts>
      <SheetFacts title="What is written">
        <FactList
          facts={
            copy
              ? [
                  { label: 'Into', value: 'a new file' },
                  { label: 'Data in it', value: formatSize(file.needed), tip: formatBytes(file.needed) },
                  ...sizeFact('Free there', file.free),
                  { label: 'Sources', value: 'only read' },
                ]
              : [
                  { label: 'Into', value: 'the parent itself' },
                  ...sizeFact('It grows by', inPlace.growth),
                  ...sizeFact('Journal', inPlace.journalBytes),
                  ...sizeFact('Free there', inPlace.free),
                ]
          }
        />
        <div className={repair.file}>
          <Name>{copy ? outputOf(answer, choice) : (parent?.path ?? '')}</Name>
        </div>
      </SheetFacts>
      <SheetFacts title="What is lost">
        <Sentences
          mark="good"
          lines={[
            copy || siblings.length === 0
              ? `Nothing, in any of the ${formatCount(folded.length + siblings.length)} images.`
              : 'Nothing: with siblings it is refused.',
          ]}
        />
      </SheetFacts>
      <SheetFacts title="Proof at the end">
        <Sentences
          mark="good"
          lines={[
            hashed
              ? `SHA-256 of the guest’s view before and after, over all ${formatSize(virtualSize)}`
              : 'Every run that was moved is read back and compared',
            'Every check again on the result',
          ]}
        />
      </SheetFacts>
      <SheetFacts title="Taking it back">
        <Sentences
          mark="back"
          lines={[
            copy
              ? 'Undo removes the new file. Nothing else has changed.'
              : 'Undo gives the parent its bytes, length and time back, as long as nothing else has written to it.',
          ]}
        />
      </SheetFacts>
    </>
  );
}

function sizeFact(label: string, bytes: number | null): { label: string; value: string; tip: string }[] {
  return bytes === null ? [] : [{ label, value: formatSize(bytes), tip: formatBytes(bytes) }];
}
