/** What carries frames between a page and its host, whole and in order. */
export interface Pipe {
  /** Sends one frame; silently nothing once closed. */
  send(frame: Uint8Array): void;
  /** One listener; frames that came before it was set are kept for it. */
  onMessage(listener: (frame: Uint8Array) => void): void;
  /** Called once, also when the other side closed or the transport failed. */
  onClose(listener: (reason: string) => void): void;
  /** `reason` is a short sentence for the other side's log. */
  close(reason?: string): void;
}

/** Where a client gets pipes from: asked again when one is lost. */
export interface Connector {
  /** @throws PlatterError a refusal ends the attempts; anything else is tried again. */
  connect(): Promise<Pipe>;
}

/** The half of a Pipe that every transport shares: it keeps early frames and calls `onClose` once. */
export class PipeEnds {
  #listener: ((frame: Uint8Array) => void) | null = null;
  #early: Uint8Array[] = [];
  #onClose: ((reason: string) => void) | null = null;
  #closed: string | null = null;

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  receive(frame: Uint8Array): void {
    if (this.#closed !== null) return;
    if (this.#listener) this.#listener(frame);
    else this.#early.push(frame);
  }

  closed(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#onClose?.(reason);
  }

  onMessage(listener: (frame: Uint8Array) => void): void {
    this.#listener = listener;
    for (const frame of this.#early.splice(0)) listener(frame);
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
    if (this.#closed !== null) listener(this.#closed);
  }
}
