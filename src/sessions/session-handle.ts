/** `Session`, as an application has it: nothing of the machinery behind shows. */
import type { Observable } from 'rxjs';
import { badConfig } from '../base/errors.ts';
import type { SendOptions } from '../messages/send.ts';
import type { AcceptedSession } from './accepted-session.ts';
import { shortened } from './events.ts';
import type { Session, SessionClosed } from './handle.ts';
import type { SessionReceipt } from './info.ts';

/** UTF-16 units of a reason. */
const MOST_REASON = 123;

export class SessionHandle implements Session {
  readonly #session: AcceptedSession;

  constructor(session: AcceptedSession) {
    this.#session = session;
  }

  get id(): string {
    return this.#session.id;
  }

  get identity(): string {
    return this.#session.identity;
  }

  get attached(): boolean {
    return this.#session.state === 'attached';
  }

  get onMessage(): Session['onMessage'] {
    return this.#session.handler;
  }

  set onMessage(handler: Session['onMessage']) {
    if (handler !== undefined && typeof handler !== 'function')
      throw badConfig('onMessage', handler, 'a function');
    this.#session.handler = handler;
    this.#session.changed();
  }

  get messages$(): Observable<never> {
    return this.#session.consumers.messages$;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<never> {
    return this.#session.consumers.loop();
  }

  get closed(): Promise<SessionClosed> {
    return this.#session.closed;
  }

  send(message: string | Uint8Array, options?: SendOptions): Promise<SessionReceipt> {
    return this.#session.send(message, options);
  }

  handled(run: (transaction: unknown) => unknown): Promise<void> {
    return this.#session.handledWith(run);
  }

  close(reason = 'closed'): Promise<SessionClosed> {
    if (typeof reason !== 'string' || reason.length > MOST_REASON)
      throw badConfig('reason', reason, `a text of at most ${MOST_REASON} characters`);
    return this.#session.close(reason);
  }

  /** The id is a secret. */
  toJSON(): unknown {
    const { id, identity, state, epoch } = this.#session;
    return { id: shortened(id), identity, state, epoch };
  }
}
