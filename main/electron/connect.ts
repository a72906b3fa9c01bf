import { ipcMain, MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import type { Pipe } from '../../app/rpc/pipe.ts';
import { CONNECT, PORT } from './channels.ts';
import { isOurPage, isPage } from './origin.ts';
import { currentWindow } from './window.ts';

/**
 * Hands each load of our page one port to the services, and ends it when the page goes. Whoever else asks gets no answer.
 */
export function handPorts(serve: (port: MessagePortMain) => Pipe): void {
  let pipe: Pipe | undefined;
  const watched = new WeakSet<WebContents>();
  const close = () => {
    pipe?.close('The page was left.');
    pipe = undefined;
  };

  ipcMain.on(CONNECT, ({ sender, senderFrame }) => {
    if (sender !== currentWindow()?.webContents || !isOurPage(senderFrame) || pipe !== undefined) return;
    if (!watched.has(sender)) {
      watched.add(sender);
      sender.on('did-start-navigation', ({ isMainFrame, isSameDocument, url }) => {
        // What is refused (guards.ts) also starts here, and leaves the page as it is.
        if (isMainFrame && !isSameDocument && isPage(url)) close();
      });
      sender.once('destroyed', close);
    }
    const { port1, port2 } = new MessageChannelMain();
    pipe = serve(port1);
    senderFrame.postMessage(PORT, null, [port2]);
  });
}
