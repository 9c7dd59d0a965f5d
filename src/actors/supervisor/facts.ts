/** The facts of a connection that its supervision knows, for its user and for the supervisor. */
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { Peer } from '../../ports/transport.ts';
import type { Incarnation } from '../incarnation/incarnation.ts';
import { type ConnectionStatus, statusOf } from './handle.ts';
import type { Supervision } from './supervision.ts';

export abstract class Facts {
  abstract readonly id: string;
  abstract readonly state: ConnectionState;
  abstract readonly supervision: Supervision;

  toJSON(): unknown {
    return { id: this.id, url: this.url, state: this.state, status: this.status };
  }

  get plan(): Plan {
    return this.supervision.plan;
  }

  get url(): string {
    return this.plan.redactedUrl;
  }

  get status(): ConnectionStatus {
    return statusOf(this.supervision.state);
  }

  get incarnation(): number {
    return this.supervision.incarnation;
  }

  get peer(): Peer | undefined {
    return this.plan.peer ?? this.current?.socket?.remote;
  }

  get subprotocol(): string | undefined {
    return this.current?.socket?.subprotocol || undefined;
  }

  get attempt(): number {
    return this.supervision.attempt;
  }

  get current(): Incarnation | undefined {
    return this.supervision.current;
  }

  get exit(): Exit | undefined {
    return this.supervision.exit;
  }

  get leaving(): boolean {
    return this.supervision.leaving;
  }

  get rtt(): Rtt | undefined {
    return this.current?.deadlines.pulse.rtt;
  }

  get agreed(): undefined {
    return this.current?.agreement?.info as undefined;
  }
}
