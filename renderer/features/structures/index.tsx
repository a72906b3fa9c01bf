import { useEffect } from 'react';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { useImageDetail } from '../../state/image.ts';
import { useView } from '../../state/view.ts';
import { Empty, PanelHead } from '../../ui/bits.tsx';
import { isPending, takeReveal } from '../hex/places.ts';
import { BatView } from './bat-view.tsx';
import { BatmapView } from './batmap-view.tsx';
import { BlocksView } from './blocks-view.tsx';
import { choosePart, firstPart, partAt, useChosen } from './choose.ts';
import { LocatorView, MissingView, PlainView } from './other-views.tsx';
import { PartsList } from './parts-list.tsx';
import { StructureView } from './structure-view.tsx';
import css from './structures.module.css';

/** The Structures tab: everything that stands in the file, in file order, and the chosen part byte by byte. */
export function StructuresTab({ path }: { path: string }) {
  const answer = useImageDetail(path);
  if (answer.value) return <Structures path={path} detail={answer.value} />;
  return answer.state === 'failed' ? (
    <Empty title="The image cannot be read">
      {answer.error.message} {answer.error.place.hint}
    </Empty>
  ) : null;
}

function Structures({ path, detail }: { path: string; detail: ImageDetail }) {
  const { parts } = detail;
  const chosen = useChosen((state) => state.parts.get(path));
  const reveal = useView((state) =>
    state.reveal?.path === path && state.reveal.space === 'file' ? state.reveal : null,
  );
  useEffect(() => {
    if (!reveal || !isPending(reveal)) return;
    const part = partAt(parts, reveal.at);
    if (part) choosePart(path, part.id);
    else takeReveal(reveal);
  }, [reveal, parts, path]);
  const part = parts.find(({ id }) => id === chosen) ?? firstPart(parts);
  if (!part) return <Empty title="There is nothing in this file">Its size is 0 bytes.</Empty>;
  return (
    <div className={css.tab}>
      <nav className={css.nav} aria-label="Structures">
        <PanelHead title="In file order" />
        <PartsList parts={parts} chosen={part.id} onChoose={(id) => choosePart(path, id)} />
      </nav>
      <div className={css.view}>
        <PartView key={part.id} path={path} detail={detail} part={part} />
      </div>
    </div>
  );
}

function PartView(props: { path: string; detail: ImageDetail; part: StructurePart }) {
  const { part, detail } = props;
  if (part.state === 'missing' || (part.kind === 'structure' && part.length === 0)) return <MissingView {...props} />;
  switch (part.kind) {
    case 'structure':
      return <StructureView {...props} />;
    case 'table':
      return <BatView {...props} />;
    case 'bitmap':
      return <BatmapView {...props} />;
    case 'text':
      return <LocatorView {...props} />;
    case 'blocks':
      return detail.parts.some(({ id }) => id === 'bat') ? <BlocksView {...props} /> : <PlainView {...props} />;
    case 'gap':
      return <PlainView {...props} />;
  }
}
