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
                      <kbd key={one}>{keyText(one)}</kbd>
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
