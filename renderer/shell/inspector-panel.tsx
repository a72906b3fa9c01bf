import { PanelRight } from 'lucide-react';
import { setPanel } from '../state/layout.ts';
import { type Subject, useView } from '../state/view.ts';
import { Empty, PanelHead } from '../ui/bits.tsx';
import { IconButton } from '../ui/button.tsx';
import { ICON_SMALL } from '../ui/icons.tsx';
import { Later, subjectView } from './parts.tsx';

const CAPTIONS: Record<Subject['kind'], string> = {
  image: 'image',
  finding: 'finding',
  field: 'field',
  block: 'block',
  partition: 'partition',
  bytes: 'bytes',
};

/** The right panel: what is selected, explained. */
export function InspectorPanel() {
  const subject = useView((state) => state.subject);
  const SubjectView = subjectView;
  return (
    <>
      <PanelHead title="Inspector" {...(subject ? { caption: CAPTIONS[subject.kind] } : {})}>
        <IconButton label="Hide inspector" onPress={() => setPanel('inspector', false)}>
          <PanelRight size={ICON_SMALL} />
        </IconButton>
      </PanelHead>
      <div className="scroll" tabIndex={-1}>
        {subject ? (
          <Later key={subject.path}>
            <SubjectView subject={subject} />
          </Later>
        ) : (
          <Empty title="Nothing is selected">
            Choose an image, a field, a finding or a byte: it is explained here.
          </Empty>
        )}
      </div>
    </>
  );
}
