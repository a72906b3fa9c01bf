import { type Pipe, PipeEnds } from './pipe.ts';

/** A port with DOM events: the browser's MessagePort, and Node's, which offers both kinds. */
export interface EventPort {
  postMessage(message: unknown): void;
  close(): void;
  start?(): void;
  addEventListener(type: 'message' | 'close' | 'messageerror', listener: (event: { data?: unknown }) => void): void;
}

/** Electron's MessagePortMain. */
export interface EmitterPort {
  postMessage(message: unknown): void;
  close(): void;
  start(): void;
  on(type: 'message' | 'close', listener: (event: { data?: unknown }) => void): unknown;
}

/** A pipe over a MessagePort of any kind. */
export function messagePortPipe(port: EventPort | EmitterPort): Pipe {
  const ends = new PipeEnds();
  const close = (reason = ''): void => {
    port.close();
    ends.closed(reason);
  };
  const receive = (event: { data?: unknown }): void => {
    if (event.data instanceof Uint8Array) ends.receive(event.data);
    else close('What came through the port is no frame.');
  };
  const gone = (): void => ends.closed('The other side closed the port.');
  if ('addEventListener' in port) {
    port.addEventListener('message', receive);
    port.addEventListener('close', gone);
    port.addEventListener('messageerror', () => close('A message could not be read.'));
  } else {
    port.on('message', receive);
    port.on('close', gone);
  }
  port.start?.();
  return {
    send(frame) {
      if (!ends.isClosed) port.postMessage(frame);
    },
    onMessage: (listener) => ends.onMessage(listener),
    onClose: (listener) => ends.onClose(listener),
    close,
  };
}
