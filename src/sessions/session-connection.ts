/** Connections whose protocol is a session: what they send has numbers, and what they receive is handed out by the session. */
import type { Observable } from 'rxjs';
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import type { SupervisorPort } from '../actors/supervisor/port.ts';
import { badConfig } from '../base/errors.ts';
import type { SessionView } from '../base/session-view.ts';
import type { Plan } from '../endpoints/plan.ts';
import type { ConnectionSnapshot, ConnectionState } from '../machines/connection.ts';
import type { Message } from '../messages/message.ts';
import type { ReadOptions } from '../messages/reader.ts';
import type { Receipt } from '../messages/receipts.ts';
import type { SendOptions } from '../messages/send.ts';
import type { Exit } from '../policy/exits.ts';
import { DialledSessionsOf, type SessionHost } from './dialled-sessions.ts';
import type { SessionInfo, SessionReceipt } from './info.ts';
import type { DialSettings } from './options.ts';
import { viewOf } from './view.ts';

type Base = typeof SupervisedConnection;

/** The connection of a dialled session, as its protocol meets it. */
export interface DialledSessionConnection extends SessionHost {
  readonly sessions: DialledSessionsOf;
}

/** A single class serves all protocols of the process: a supervisor comes from one copy of this package. */
const made = new WeakMap<Base, Base>();

export function sessionConnections(base: Base): Base {
  const known = made.get(base) ?? classOver(base);
  made.set(base, known);
  return known;
}

/** By protocol, the settings of its sessions. */
export const settingsBy = new WeakMap<object, DialSettings>();

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a class over one that is handed in, so that nothing of actors is loaded
function classOver(base: Base): Base {
  return class SessionConnection extends base implements DialledSessionConnection {
    readonly sessions: DialledSessionsOf;

    constructor(id: string, plan: Plan, onMessage: SupervisedConnection['onMessage'], port: SupervisorPort) {
      super(id, plan, onMessage, port);
      if (port.parts.handshakes?.speaksFirst(plan)) throw noOnOpen();
      this.sessions = new DialledSessionsOf(this, port, settingsBy.get(plan.protocol) as DialSettings);
    }

    get session$(): Observable<SessionInfo> {
      return this.sessions.session$;
    }

    get sessionView(): SessionView {
      return viewOf(this.sessions.link);
    }

    override get messages$(): Observable<never> {
      return this.sessions.consumers.messages$;
    }

    override messages(options: ReadOptions = {}): AsyncIterable<never> {
      if (options.buffer !== undefined) throw noBuffer(options.buffer);
      return { [Symbol.asyncIterator]: () => this.sessions.consumers.loop() };
    }

    override [Symbol.asyncIterator](): AsyncIterableIterator<never> {
      return this.sessions.consumers.loop();
    }

    override get isRead(): boolean {
      return this.sessions.consumers.isRead;
    }

    override send(message: unknown, options?: SendOptions): Promise<Receipt> {
      const receipt = options === undefined ? this.sessions.sendAtOnce(message) : undefined;
      return (receipt ??
        this.sessions.receiptOf(super.send(message, options) as Promise<SessionReceipt>)) as Promise<Receipt>;
    }

    /** Counts as traffic alone: the session delivers. */
    override message(): void {}

    override nextMessage(): Message | undefined {
      const { link } = this.sessions;
      return link.line && (link.take(link.line) as Message | undefined);
    }

    override get waiting(): boolean {
      const { link } = this.sessions;
      return (link.line === undefined ? super.waiting : link.waits) || (link.in.isBusy && this.leaving);
    }

    peekMessage(): Message | undefined {
      return super.waiting ? this.outbox.peek() : undefined;
    }

    takeMessage(): Message | undefined {
      return super.nextMessage();
    }

    override moved(
      from: ConnectionState | undefined,
      to: ConnectionState,
      snapshot: ConnectionSnapshot,
    ): void {
      super.moved(from, to, snapshot);
      if (to === 'alive') this.sessions.alive();
    }

    released(): void {
      this.sessions.released();
    }

    override detachWaiters(): (exit: Exit) => void {
      const settle = super.detachWaiters();
      return (exit) => {
        settle(exit);
        this.sessions.end();
      };
    }
  };
}

function noOnOpen() {
  const expected =
    'no function beside a session: its messages have numbers, and the session sends again what a socket lost';
  return badConfig('onOpen', 'given', expected);
}

function noBuffer(buffer: unknown) {
  return badConfig('buffer', buffer, 'nothing beside a session, which hands out one message at a time');
}
