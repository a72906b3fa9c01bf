import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { Payload } from '../../app/contract/contract.ts';

export type Command = Payload<'host.command'>['command'];

/** The window's menu. What is done to evidence is the page's business: it is told the command. */
export function setMenu(send: (command: Command) => void): void {
  const item = (label: string, command: Command, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => send(command),
    ...(accelerator === undefined ? {} : { accelerator }),
  });
  const isMac = process.platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
      {
        label: '&File',
        submenu: [
          item('Open…', 'open-files', 'CmdOrCtrl+O'),
          item('Open folder…', 'open-folder', 'CmdOrCtrl+Shift+O'),
          separator,
          isMac ? { role: 'close' } : { role: 'quit' },
        ],
      },
      {
        label: '&Edit',
        submenu: [
          { role: 'undo' },
          { role: 'redo' },
          separator,
          { role: 'cut' },
          { role: 'copy' },
          { role: 'paste' },
          { role: 'selectAll' },
          separator,
          item('Find…', 'find', 'CmdOrCtrl+F'),
          item('Go to…', 'go-to', 'CmdOrCtrl+G'),
        ],
      },
      {
        label: '&View',
        submenu: [
          item('Inspector', 'toggle-inspector'),
          separator,
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: 'togglefullscreen' },
          separator,
          { role: 'reload' },
          ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } satisfies MenuItemConstructorOptions]),
        ],
      },
      { role: 'help', submenu: [item('About Platter', 'about')] },
    ]),
  );
}
