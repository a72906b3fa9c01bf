import { failure, refusal } from '../../core/errors.ts';
import { encodeFrame } from './frame.ts';
import { type Connector, type Pipe, PipeEnds } from './pipe.ts';

interface SocketEvent {
  data?: unknown;
  code?: number;
  reason?: string;
}

/** What a WebSocket offers that a pipe needs: the browser's and that of `ws` both fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
}

const OPEN = 1;
/** Close code for a frame or message that is not understood. */
export const CLOSE_MALFORMED = 4400;
/** Close code for a page the host does not know: asking again is of no use. */
export const CLOSE_FORBIDDEN = 4403;
/** Longest reason a close frame may carry, in bytes. */
const MAX_REASON = 123;

/** A pipe over an open WebSocket. */
export function webSocketPipe(socket: WebSocketLike): Pipe {
  const ends = new PipeEnds();
  socket.binaryType = 'arraybuffer';
  const close = (reason = ''): void => {
    if (ends.isClosed) return;
    socket.close(reason === '' ? 1000 : CLOSE_MALFORMED, shorten(reason));
    ends.closed(reason);
  };
  socket.addEventListener('message', ({ data }) => {
    if (data instanceof ArrayBuffer) ends.receive(new Uint8Array(data));
    else close('A text message is no frame.');
  });
  socket.addEventListener('close', ({ reason }) => ends.closed(reason ?? ''));
  socket.addEventListener('error', () => {});
  return {
    send(frame) {
      if (!ends.isClosed && socket.readyState === OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
    },
    onMessage: (listener) => ends.onMessage(listener),
    onClose: (listener) => ends.onClose(listener),
    close,
  };
}

function shorten(reason: string): string {
  let text = reason;
  while (new TextEncoder().encode(text).length > MAX_REASON) text = text.slice(0, -8);
  return text;
}

/**
 * Opens WebSockets to a host, and shows it in the first frame that this page is its own: `secret` is what the host wrote into
 * the page. The host's first frame answers it.
 */
export function webSocketConnector(open: () => WebSocketLike, secret: string): Connector {
  return {
    connect: () =>
      new Promise<Pipe>((resolve, reject) => {
        const socket = open();
        const pipe = webSocketPipe(socket);
        socket.addEventListener('open', () => pipe.send(encodeFrame({ secret })));
        socket.addEventListener('close', ({ code, reason }) => {
          const text = reason !== undefined && reason !== '' ? reason : 'Platter is not running any more.';
          reject(code === CLOSE_FORBIDDEN ? refusal('forbidden', text) : failure('connection-lost', text));
        });
        pipe.onMessage(() => resolve(pipe));
      }),
  };
}
