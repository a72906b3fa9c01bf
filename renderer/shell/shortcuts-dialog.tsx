import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, type LucideIcon } from 'lucide-react';
import { Dialog } from '../ui/dialog.tsx';
import { COMMANDS } from './commands.ts';
import { keyText } from './keys.ts';
import css from './shortcuts-dialog.module.css';

const ELSEWHERE: { title: string; keys: [what: string, ...keys: string[]][] }[] = [
  {
    title: 'In the chains',
    keys: [
      ['Next, previous image', '↓', '↑'],
      ['Open, close a branch', '→', '←'],
      ['First, last image', 'Home', 'End'],
      ['Select more', 'Shift+↓', 'Shift+↑'],
      ['Select all', 'Mod+A'],
      ['Find by name', 'type it'],
      ['What can be done', 'Shift+F10'],
    ],
  },
  {
    title: 'In the chain picture',
    keys: [
      ['Next image', '←', '↑', '→', '↓'],
      ['Nearer, farther', '+', '-'],
      ['All of it, own size', '0', '1'],
    ],
  },
  {
    title: 'In the bytes',
    keys: [
      ['Next byte, row', '←', '→', '↑', '↓'],
      ['Select', 'Shift+→'],
      ['First and last byte', 'Mod+Home', 'Mod+End'],
      ['Next hit', 'F3'],
      ['Copy as hex', 'Mod+C'],
      ['Bookmark', 'Mod+D'],
    ],
  },
  {
    title: 'In a structure',
    keys: [
      ['Next field', '←', '→'],
      ['Next byte', 'Mod+→'],
      ['Next difference', 'F7'],
    ],
  },
  {
    title: 'In the block map',
    keys: [
      ['Next block', '←', '↑', '→', '↓'],
      ['Closer, farther', '+', '-'],
      ['All of it, one to a cell', '0', '1'],
    ],
  },
];

const ARROWS: Partial<Record<string, { Icon: LucideIcon; name: string }>> = {
  '←': { Icon: ArrowLeft, name: 'Left' },
  '→': { Icon: ArrowRight, name: 'Right' },
  '↑': { Icon: ArrowUp, name: 'Up' },
  '↓': { Icon: ArrowDown, name: 'Down' },
};

/** A key as it stands on the keyboard; arrows are drawn, as not every font has them. */
function Key({ keys }: { keys: string }) {
  const arrow = ARROWS[keys.slice(-1)];
  if (!arrow) return <kbd>{keyText(keys)}</kbd>;
  const { Icon, name } = arrow;
  const held = keys.slice(0, -2);
  return (
    <kbd>
      {held === '' ? null : `${keyText(held)} `}
      <Icon size={11} role="img" aria-label={name} />
    </kbd>
  );
}

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const anywhere = COMMANDS.flatMap(({ title, keys }): [string, string][] =>
    keys === undefined ? [] : [[title, keys]],
  );
  const groups = [{ title: 'Anywhere', keys: anywhere }, ...ELSEWHERE];
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} width={680}>
      <div className={css.groups}>
        {groups.map(({ title, keys }) => (
          <section key={title} className={css.group}>
            <h3>{title}</h3>
            <ul>
              {keys.map(([what, ...list]) => (
                <li key={what}>
                  {what}
                  <span className={css.keys}>
                    {list.map((one) => (
                      <Key key={one} keys={one} />
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
