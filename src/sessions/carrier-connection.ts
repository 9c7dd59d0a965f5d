/** Accepted connections whose protocol is a session: each is the socket of one session at a time, which lasts longer. */
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import type { SupervisorPort } from '../actors/supervisor/port.ts';
import { badConfig } from '../base/errors.ts';
import type { SessionView } from '../base/session-view.ts';
import type { Policy } from '../config/policy.ts';
import type { Plan } from '../endpoints/plan.ts';
import type { ConnectionSnapshot, ConnectionState } from '../machines/connection.ts';
import type { Message } from '../messages/message.ts';
import type { Receipt } from '../messages/receipts.ts';
import type { Exit } from '../policy/exits.ts';
import type { Violation } from '../ports/protocol.ts';
import type { CloseFrame } from '../ports/transport.ts';
import type { AcceptDialogue, CarrierConnection } from './accept-dialogue.ts';
import type { AcceptSettings, IdentityRequest } from './accept-options.ts';
import type { AcceptedSession } from './accepted-session.ts';
import { AcceptedSessions } from './accepting.ts';
import { SessionReports } from './events.ts';
import { identityRequest } from './request.ts';
import { viewOf } from './view.ts';

type Base = typeof SupervisedConnection;

/** An accepted connection, as its protocol knows it. */
export interface AcceptedConnection extends CarrierConnection {
  readonly onMessage: unknown;
  dialogue: AcceptDialogue | undefined;
}

const made = new WeakMap<Base, Base>();

export function carrierConnections(base: Base): Base {
  const known = made.get(base) ?? classOver(base);
  made.set(base, known);
  return known;
}

/** By protocol, its settings; and by these, the sessions of each supervisor. */
export const acceptedBy = new WeakMap<object, AcceptSettings>();
const sessionsBy = new WeakMap<AcceptSettings, WeakMap<SupervisorPort, AcceptedSessions>>();

export function acceptedSessions(settings: AcceptSettings, port: SupervisorPort): AcceptedSessions {
  const bySupervisor = sessionsBy.get(settings) ?? new WeakMap<SupervisorPort, AcceptedSessions>();
  sessionsBy.set(settings, bySupervisor);
  const sessions = bySupervisor.get(port) ?? new AcceptedSessions(settings, port);
  bySupervisor.set(port, sessions);
  return sessions;
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a class over one that is handed in, so that nothing of actors is loaded
function classOver(base: Base): Base {
  return class extends base implements AcceptedConnection {
    readonly accepting: AcceptedSessions;
    dialogue: AcceptDialogue | undefined;
    readonly #port: SupervisorPort;
    #session: AcceptedSession | undefined;

    constructor(id: string, plan: Plan, onMessage: SupervisedConnection['onMessage'], port: SupervisorPort) {
      super(id, plan, onMessage, port);
      this.#port = port;
      const settings = acceptedBy.get(plan.protocol) as AcceptSettings;
      this.accepting = acceptedSessions(settings, port);
    }

    get closeMs(): number {
      return this.plan.policy.deadlines.close;
    }

    get policy(): Pick<Policy, 'outbox'> {
      return this.plan.policy;
    }

    get stopping(): boolean {
      return this.#port.stopping;
    }

    turnAway(failure: Violation): void {
      const { current } = this;
      current?.sending.shut();
      current?.raise({ type: 'turned-away', ...failure });
    }

    /** Undefined before a hello is granted. */
    get sessionView(): SessionView | undefined {
      return this.#session && viewOf(this.#session);
    }

    requestWith(credentials: unknown): IdentityRequest {
      return identityRequest(this.plan.request, this.peer, credentials);
    }

    carries(session: AcceptedSession | undefined): void {
      this.#session = session;
    }

    override get goodbyeFrame(): CloseFrame | undefined {
      return this.dialogue?.closeFrame ?? super.goodbyeFrame;
    }

    refuse(reason: 'replaced' | 'unknown-session' | 'gap'): void {
      this.dialogue?.refuse(reason);
    }

    drained(): void {
      const { current } = this;
      current?.pump();
      current?.sending.reportDrained();
    }

    stuck(session: AcceptedSession, forMs: number): void {
      this.#reports.stuck(session, forMs);
    }

    tell(session: AcceptedSession, to: 'attached' | 'detached' | 'ended', reason?: string): void {
      this.#reports.moved(session, to, reason);
    }

    get #reports(): SessionReports {
      return new SessionReports(this, this.#port.journal);
    }

    override close(): Promise<Exit> {
      this.#leave();
      return super.close();
    }

    override send(): Promise<Receipt> {
      return this.accepting.mail.refused(
        badConfig('send', this.id, 'the `send` of the session, which outlives this socket'),
      );
    }

    /** Counts as traffic alone: the session delivers. */
    override message(): void {}

    override nextMessage(): Message | undefined {
      const session = this.#session;
      const next = session?.line && session.take(session.line);
      if (session?.out.replays === false) session.writes.append();
      return next as Message | undefined;
    }

    override get waiting(): boolean {
      const session = this.#session;
      if (session === undefined) return false;
      return session.waits || (this.leaving && session.holdsEnd);
    }

    override moved(
      from: ConnectionState | undefined,
      to: ConnectionState,
      snapshot: ConnectionSnapshot,
    ): void {
      super.moved(from, to, snapshot);
      if (to === 'alive') this.#session?.in.handOut();
    }

    released(): void {
      const session = this.#session;
      this.#session = undefined;
      this.dialogue?.released();
      this.dialogue = undefined;
      if (session?.carrier === this) session.detached();
    }

    #leave(): void {
      const session = this.#session;
      if (session === undefined) return;
      if (this.stopping && this.accepting.store.shared) session.retire();
      else session.closing ??= this.stopping ? 'going-away' : 'closed';
    }
  };
}
