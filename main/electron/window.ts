import { app, BrowserWindow, dialog, nativeTheme } from 'electron';
import { PAGE } from './origin.ts';
import { preload } from './paths.ts';

/** The page's outermost surface in each theme, so that nothing flashes before its first paint. */
const background = () => (nativeTheme.shouldUseDarkColors ? '#1d2024' : '#eceef1');

/** The one window; null while it is closed (macOS keeps the program running then). */
let current: BrowserWindow | null = null;

export const currentWindow = (): BrowserWindow | null => current;

/** Opens the window, or brings the open one to the front. */
export function showWindow(): BrowserWindow {
  if (current !== null) {
    if (current.isMinimized()) current.restore();
    current.show();
    current.focus();
    return current;
  }
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
    title: 'Platter',
    show: false,
    backgroundColor: background(),
    webPreferences: {
      preload: preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  current = window;
  const recolour = () => window.setBackgroundColor(background());
  nativeTheme.on('updated', recolour);
  window.once('ready-to-show', () => window.show());
  window.once('closed', () => {
    nativeTheme.off('updated', recolour);
    current = null;
  });
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    process.stderr.write(`platter: the window's process ended: ${reason} (${exitCode})\n`);
    void offerReload(window, reason);
  });
  load(window);
  return window;
}

function load(window: BrowserWindow): void {
  window.loadURL(PAGE).catch((error: unknown) => {
    process.stderr.write(`platter: the page did not load: ${String(error)}\n`);
    if (!window.isDestroyed()) window.show();
  });
}

/** Jobs belong to the host and go on; only the page has to be loaded again. */
async function offerReload(window: BrowserWindow, reason: string): Promise<void> {
  if (window.isDestroyed()) return;
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window stopped working.',
    detail: `Its process ended (${reason}). Nothing was changed, and running jobs go on. Load the window again?`,
    buttons: ['Load again', 'Close window'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  if (window.isDestroyed()) return;
  if (response === 0) load(window);
  else window.destroy();
}
