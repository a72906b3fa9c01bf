import { ChevronRight, HardDrive, MoveRight, Search } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { keyText } from '../../shell/keys.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useView } from '../../state/view.ts';
import { Overlay } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import { healthOf } from '../chains/tree.ts';
import css from './palette.module.css';
import { type PaletteItem, paletteItems } from './results.ts';

const LIST = 'palette-list';
const optionId = (index: number): string => `palette-${index}`;

/** One field for everything: an image, an offset, a command. */
export function Palette({ text: first, onClose }: { text: string; onClose: () => void }) {
  const client = useClient();
  const rows = useCase((state) => state.chains.rows);
  const selected = useView((state) => state.selected);
  const current = useCase((state) => (selected === null ? null : (state.chains.byPath.get(selected) ?? null)));
  const [text, setText] = useState(first);
  const question = useDeferredValue(text);
  const items = useMemo(() => paletteItems(question, rows, current), [question, rows, current]);
  const [chosen, setChosen] = useState(0);
  const at = Math.min(chosen, items.length - 1);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const run = (item: PaletteItem | undefined): void => {
    if (!item) return;
    // a command may open a dialog in the place of this one
    onClose();
    const { select, show } = useView.getState();
    if (item.kind === 'image') select(item.row.path);
    else if (item.kind === 'command') item.command.run(client);
    else if (current) {
      const { space, at: offset } = item;
      show(space === 'file' ? 'hex' : 'disk', { path: current.path, space, at: offset, length: 1, field: null });
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step !== undefined && items.length > 0) {
      const wrap = Math.abs(step) === 1 ? (at + step + items.length) % items.length : at + step;
      setChosen(Math.min(items.length - 1, Math.max(0, wrap)));
    } else if (event.key === 'Enter') run(items[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Overlay label="Find image, offset, command" onClose={onClose} width={620} atTop>
      <div className={css.head}>
        <TextField
          label="Find image, offset, command"
          placeholder="Image name or id, 0x1e38c800, 21689536s, a command"
          value={text}
          autoFocus
          icon={<Search size={16} />}
          className={css.field}
          onChange={(value) => {
            setText(value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          inputProps={{
            'role': 'combobox',
            'aria-expanded': true,
            'aria-controls': LIST,
            'aria-autocomplete': 'list',
            ...(items.length > 0 ? { 'aria-activedescendant': optionId(at) } : {}),
          }}
        />
      </div>
      <ul ref={list} id={LIST} role="listbox" aria-label="Results" className={css.list}>
        {items.map((item, index) => (
          <li
            key={item.id}
            id={optionId(index)}
            role="option"
            aria-selected={index === at}
            className={css.item}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(item)}
          >
            <Item item={item} />
          </li>
        ))}
      </ul>
      {items.length === 0 ? (
        <p className={css.none} role="status">
          No image, offset or command fits “{question.trim()}”.
        </p>
      ) : null}
      <div className={css.foot} aria-hidden="true">
        <span>↑ ↓ to choose</span>
        <span>Enter to go</span>
        <span>Esc to close</span>
      </div>
    </Overlay>
  );
}

function Item({ item }: { item: PaletteItem }) {
  switch (item.kind) {
    case 'image':
      return (
        <>
          <HardDrive size={ICON_SMALL} aria-hidden="true" />
          <Name title={item.row.path}>{item.row.name}</Name>
          <HealthGlyph health={healthOf(item.row)} />
          <span className={css.aside}>
            {item.row.role}
            {item.row.folder === '' ? '' : ` · ${item.row.folder}`}
          </span>
        </>
      );
    case 'offset':
      return (
        <>
          <MoveRight size={ICON_SMALL} aria-hidden="true" />
          <span>{item.title}</span>
          <span className={css.aside}>{item.detail}</span>
        </>
      );
    case 'command':
      return (
        <>
          <ChevronRight size={ICON_SMALL} aria-hidden="true" />
          <span>{item.command.title}</span>
          {item.command.keys === undefined ? null : (
            <span className={css.aside}>
              <kbd>{keyText(item.command.keys)}</kbd>
            </span>
          )}
        </>
      );
  }
}
