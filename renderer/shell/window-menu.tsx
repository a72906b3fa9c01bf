import { isOpen, useCase } from '../state/case.ts';
import { useClient } from '../state/client.ts';
import { useLayout } from '../state/layout.ts';
import { usePrefs } from '../state/prefs.ts';
import { MenuGroup, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { COMMANDS, runCommand } from './commands.ts';
import { keyText } from './keys.ts';

/** The window's own menu, also where the desktop has one. */
export function WindowMenu() {
  const theme = usePrefs((state) => state.theme);
  const { chains, inspector } = useLayout();
  const open = useCase((state) => isOpen(state.opened));
  return (
    <>
      <Item id="open-files" />
      <Item id="open-folder" />
      <Item id="open-sample" />
      {open ? <Item id="reload" /> : null}
      {open ? <Item id="close" /> : null}
      {open ? <MenuSeparator /> : null}
      {open ? <Item id="repair-all" /> : null}
      {open ? <Item id="coalesce-list" /> : null}
      {open ? <MenuSeparator /> : null}
      {open ? <Item id="toggle-chains" title="Chains" checked={chains} /> : null}
      {open ? <Item id="toggle-inspector" title="Inspector" checked={inspector} /> : null}
      <MenuSeparator />
      <MenuGroup caption="Colours">
        <Item id="theme-system" title="As the system" checked={theme === 'system'} />
        <Item id="theme-light" title="Light" checked={theme === 'light'} />
        <Item id="theme-dark" title="Dark" checked={theme === 'dark'} />
      </MenuGroup>
      <MenuSeparator />
      <Item id="shortcuts" />
      <Item id="about" />
    </>
  );
}

function Item({ id, title, checked }: { id: string; title?: string; checked?: boolean }) {
  const client = useClient();
  const command = COMMANDS.find((one) => one.id === id);
  if (!command) return null;
  return (
    <MenuItem
      onAction={() => runCommand(client, id)}
      {...(command.keys === undefined ? {} : { keys: keyText(command.keys) })}
      {...(checked === undefined ? {} : { checked })}
    >
      {title ?? command.title}
    </MenuItem>
  );
}
