/**
 * What pages may do to connections, where the option `actions` is on: probe, reconnect, close. Each action takes two messages, so that
 * none happens without a confirmation: a ticket serves once, for the page that it was made for, and for a while.
 */
import { randomBytes } from 'node:crypto';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { describeThrown } from '../policy/exits.ts';
import { printableText } from './printable.ts';
import { connectionOf, type Inspected } from './supervisor-view.ts';
import {
  type Act,
  type Acted,
  type Action,
  type ActionDesk,
  type Propose,
  type Proposed,
  TICKET_MS,
} from './wire-actions.ts';

interface Ticket {
  readonly text: string;
  readonly action: Action;
  readonly connection: Inspected;
  readonly incarnation: number;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const VOID =
  'act: the ticket is not one that this page may use: each serves once, for 30 s, and a new one voids it';

export class Desk implements ActionDesk {
  readonly #supervisor: Supervisor;
  /** The last one of each page. */
  readonly #tickets = new WeakMap<object, Ticket>();

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  propose(page: object, { action, id }: Propose): Proposed | string {
    const connection = connectionOf(this.#supervisor, id);
    if (connection === undefined) return `propose: no connection has the id ${JSON.stringify(id)}`;
    const { incarnation } = connection;
    const text = randomBytes(16).toString('base64url');
    this.#tickets.set(page, { text, action, connection, incarnation, until: this.#now() + TICKET_MS });
    return { type: 'proposed', action, id, incarnation, ticket: text };
  }

  act(page: object, { ticket: text }: Act, told: (acted: Acted) => void): string | undefined {
    const ticket = this.#tickets.get(page);
    if (ticket === undefined || ticket.text !== text || ticket.until < this.#now()) return VOID;
    this.#tickets.delete(page);
    const { action, connection, incarnation } = ticket;
    const { id } = connection;
    if (connectionOf(this.#supervisor, id) !== connection)
      return `act: the connection ${JSON.stringify(id)} is over`;
    if (action === 'reconnect' && connection.incarnation !== incarnation)
      return `act: the connection has reconnected by itself, and is #${connection.incarnation} now`;
    connection.warned(`${action} by a page of the inspector`);
    performed(action, connection).then(
      (result) => told({ type: 'acted', action, id, result }),
      (error: unknown) => told({ type: 'acted', action, id, error: printableText(describeThrown(error)) }),
    );
    return undefined;
  }

  #now(): number {
    return this.#supervisor.clock.scheduler.now();
  }
}

async function performed(action: Action, connection: Inspected): Promise<string> {
  switch (action) {
    case 'probe':
      return `answered in ${Math.round((await connection.probe()) * 10) / 10} ms`;
    case 'reconnect':
      connection.reconnect();
      return 'a new incarnation begins';
    case 'close': {
      const { reason } = await connection.close();
      return `closed: ${reason}`;
    }
  }
}
