import type { Subject } from '../../state/view.ts';
import { BlockSubject } from './block-subject.tsx';
import { BytesSubject } from './bytes-subject.tsx';
import { FieldSubject } from './field-subject.tsx';
import { FindingSubject } from './finding-subject.tsx';
import { ImageSubject } from './image-subject.tsx';
import css from './inspector.module.css';
import { PartitionSubject } from './partition-subject.tsx';

/** What is selected, explained. */
export function SubjectView({ subject }: { subject: Subject }) {
  return <div className={css.subject}>{contentOf(subject)}</div>;
}

function contentOf(subject: Subject) {
  switch (subject.kind) {
    case 'field':
      return <FieldSubject subject={subject} />;
    case 'finding':
      return <FindingSubject subject={subject} />;
    case 'block':
      return <BlockSubject subject={subject} />;
    case 'partition':
      return <PartitionSubject subject={subject} />;
    case 'bytes':
      return <BytesSubject subject={subject} />;
    case 'image':
      return <ImageSubject subject={subject} />;
  }
}
