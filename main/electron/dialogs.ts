import { dialog, type OpenDialogOptions } from 'electron';
import { currentWindow } from './window.ts';

/** Nothing may be made beside evidence, so no dialog offers a new folder; and nothing is noted in the system's own lists. */
const FILES: OpenDialogOptions = {
  title: 'Open disk images',
  properties: ['openFile', 'multiSelections', 'showHiddenFiles', 'dontAddToRecent'],
  filters: [
    { name: 'Disk images', extensions: ['vhd', 'avhd', 'vhdx', 'raw', 'img', 'dd', 'bin', 'iso', 'qcow2', 'vmdk'] },
    { name: 'All files', extensions: ['*'] },
  ],
};
const FOLDER: OpenDialogOptions = {
  title: 'Open a folder of disk images',
  properties: ['openDirectory', 'multiSelections', 'showHiddenFiles', 'dontAddToRecent'],
};

/** The system's open dialog; no paths when it was dismissed. */
export async function choosePaths(kind: 'files' | 'folder'): Promise<string[]> {
  const window = currentWindow();
  const options = kind === 'files' ? FILES : FOLDER;
  const { canceled, filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return canceled ? [] : filePaths;
}
