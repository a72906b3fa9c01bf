import { createContext, useContext } from 'react';
import type { Client } from '../../app/contract/contract.ts';
import { type DesktopBridge, PORT_MESSAGE } from '../../app/contract/desktop.ts';
import { client } from '../../app/rpc/client.ts';
import { messagePortPipe } from '../../app/rpc/message-port.ts';
import { webSocketConnector } from '../../app/rpc/web-socket.ts';
import { bug } from '../../core/errors.ts';

declare global {
  interface Window {
    /** What the desktop window's preload gives; not there in a browser. */
    readonly platter?: DesktopBridge<File>;
  }
}

/** The host's end: over the port that the desktop window hands over, or over a WebSocket to where the page came from. */
export function connect(): Client {
  return window.platter === undefined ? overSocket() : overPort();
}

function overPort(): Client {
  return client({
    connect: () =>
      new Promise((resolve) => {
        const listen = (event: MessageEvent): void => {
          const port = event.ports[0];
          if (event.source !== window || event.data !== PORT_MESSAGE || !port) return;
          window.removeEventListener('message', listen);
          resolve(messagePortPipe(port));
        };
        window.addEventListener('message', listen);
      }),
  });
}

function overSocket(): Client {
  const secret = pageSecret();
  const address = new URL('socket', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return client(webSocketConnector(() => new WebSocket(address), secret));
}

const SECRET = 'platter-secret';

/** What the host wrote into the first page after its token; kept for this tab, as a page that is loaded again gets none. */
function pageSecret(): string {
  const given = document.querySelector<HTMLMetaElement>(`meta[name="${SECRET}"]`)?.content ?? '';
  if (given === '') return sessionStorage.getItem(SECRET) ?? '';
  sessionStorage.setItem(SECRET, given);
  return given;
}

export const ClientContext = createContext<Client | null>(null);

/** The host, as every feature asks it. */
export function useClient(): Client {
  const found = useContext(ClientContext);
  if (!found) throw bug('useClient outside of the window');
  return found;
}
