import type { Client } from '../../app/contract/contract.ts';
import { checkImages } from '../features/findings/check.ts';
import { backUpSelected, restoreSelected } from '../features/headers/open.ts';
import { chooseAndOpen, closeCase, openSample, reloadCase } from '../features/open/open.ts';
import { rebuildSelected } from '../features/rebuild/open.ts';
import { repairSelected } from '../features/repair/open.ts';
import { openForSelected } from '../features/wizard/open.ts';
import { isOpen, useCase } from '../state/case.ts';
import { openDialog } from '../state/dialogs.ts';
import { setPanel } from '../state/layout.ts';
import { setPrefs } from '../state/prefs.ts';
import { type Tab, useView } from '../state/view.ts';
import type { Keys } from './keys.ts';

/** Something that can be done in the window: from the palette, a menu or the keyboard. */
export interface Command {
  id: string;
  title: string;
  keys?: Keys;
  /** Only while something is open. */
  needsCase?: boolean;
  run(client: Client): void;
}

const tab = (id: Tab, title: string, keys: Keys): Command => ({
  id: `tab-${id}`,
  title: `Show ${title}`,
  keys,
  needsCase: true,
  run: () => useView.getState().setTab(id),
});

export const COMMANDS: readonly Command[] = [
  { id: 'open-files', title: 'Open…', keys: 'Mod+O', run: (client) => void chooseAndOpen(client, 'files') },
  {
    id: 'open-folder',
    title: 'Open folder…',
    keys: 'Mod+Shift+O',
    run: (client) => void chooseAndOpen(client, 'folder'),
  },
  { id: 'open-sample', title: 'Open the sample case', run: (client) => void openSample(client) },
  { id: 'reload', title: 'Read the folders again', needsCase: true, run: (client) => void reloadCase(client) },
  { id: 'close', title: 'Close the case', needsCase: true, run: (client) => void closeCase(client) },
  {
    id: 'palette',
    title: 'Find image, offset, command',
    keys: 'Mod+K',
    run: () => openDialog({ kind: 'palette', text: '' }),
  },
  {
    id: 'go-to',
    title: 'Go to offset…',
    keys: 'Mod+G',
    needsCase: true,
    run: () => openDialog({ kind: 'palette', text: '0x' }),
  },
  { id: 'find', title: 'Search in the bytes', keys: 'Mod+F', needsCase: true, run: () => useView.getState().find() },
  {
    id: 'check-all',
    title: 'Check all images',
    needsCase: true,
    run: (client) => void checkImages(client, null, false),
  },
  {
    id: 'check-all-deep',
    title: 'Check all images, deep',
    needsCase: true,
    run: (client) => void checkImages(client, null, true),
  },
  { id: 'repair', title: 'Repair the image…', keys: 'R', needsCase: true, run: () => repairSelected() },
  {
    id: 'repair-all',
    title: 'Repair all safe…',
    needsCase: true,
    run: () => openDialog({ kind: 'repair-all' }),
  },
  { id: 'coalesce', title: 'Coalesce into its parent…', needsCase: true, run: () => openForSelected('coalesce') },
  {
    id: 'coalesce-list',
    title: 'What can be coalesced…',
    needsCase: true,
    run: () => openDialog({ kind: 'coalesce-list' }),
  },
  { id: 'export', title: 'Export the disk…', needsCase: true, run: () => openForSelected('export') },
  { id: 'relink', title: 'Relink to its parent…', needsCase: true, run: () => openForSelected('relink') },
  {
    id: 'rebuild-table',
    title: 'Rebuild the partition table…',
    needsCase: true,
    run: () => rebuildSelected(),
  },
  { id: 'backup-headers', title: 'Back up VMFS headers and the table…', needsCase: true, run: () => backUpSelected() },
  { id: 'restore-headers', title: 'Restore headers from a backup…', needsCase: true, run: () => restoreSelected() },
  tab('overview', 'Overview', 'Alt+1'),
  tab('structures', 'Structures', 'Alt+2'),
  tab('disk', 'Disk', 'Alt+3'),
  tab('hex', 'Hex', 'Alt+4'),
  tab('chain', 'Chain', 'Alt+5'),
  tab('findings', 'Findings', 'Alt+6'),
  tab('log', 'Log', 'Alt+7'),
  tab('vmfs', 'VMFS', 'Alt+8'),
  {
    id: 'toggle-chains',
    title: 'Chains on or off',
    keys: 'Mod+B',
    needsCase: true,
    run: () => setPanel('chains', 'toggle'),
  },
  {
    id: 'toggle-inspector',
    title: 'Inspector on or off',
    keys: 'Mod+I',
    needsCase: true,
    run: () => setPanel('inspector', 'toggle'),
  },
  { id: 'theme-light', title: 'Light colours', run: () => setPrefs({ theme: 'light' }) },
  { id: 'theme-dark', title: 'Dark colours', run: () => setPrefs({ theme: 'dark' }) },
  { id: 'theme-system', title: 'Colours as the system has them', run: () => setPrefs({ theme: 'system' }) },
  { id: 'shortcuts', title: 'Keyboard shortcuts', keys: '?', run: () => openDialog({ kind: 'shortcuts' }) },
  { id: 'about', title: 'About Platter', run: () => openDialog({ kind: 'about' }) },
];

export function isAvailable({ needsCase }: Command): boolean {
  return needsCase !== true || isOpen(useCase.getState().opened);
}

export function runCommand(client: Client, id: string): void {
  const command = COMMANDS.find((one) => one.id === id);
  if (command && isAvailable(command)) command.run(client);
}
