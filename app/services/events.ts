import type { Events, Payload } from '../contract/contract.ts';
import type { EventListener } from '../rpc/serve.ts';

/** What the services tell all pages. */
export class EventBus {
  readonly #listeners = new Set<EventListener>();

  emit<N extends Events>(name: N, payload: Payload<N>): void {
    for (const listener of [...this.#listeners]) listener(name, payload);
  }

  on(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
