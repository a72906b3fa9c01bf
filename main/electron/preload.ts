import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { type DesktopBridge, PORT_MESSAGE } from '../../app/contract/desktop.ts';
import { CONNECT, PORT } from './channels.ts';

/** The parts of the page that are touched here; the DOM's types stay out of the hosts. */
declare const window: {
  readonly location: { readonly origin: string };
  addEventListener(type: 'DOMContentLoaded', listener: () => void, options: { once: true }): void;
  postMessage(message: unknown, origin: string, transfer: readonly unknown[]): void;
};

const bridge: DesktopBridge<File> = { pathFor: (file) => webUtils.getPathForFile(file) };
contextBridge.exposeInMainWorld('platter', bridge);

ipcRenderer.once(PORT, ({ ports }) => window.postMessage(PORT_MESSAGE, window.location.origin, ports));
// By then the page's scripts have run and listen.
window.addEventListener('DOMContentLoaded', () => ipcRenderer.send(CONNECT), { once: true });
