/** The wait of a connection: its reason in words, and how much of it is left. */
import type { Gate, Row } from '../../rows.ts';
import { duration } from './format.ts';

export interface Wait {
  /** Such as `waiting at the gate of tcp://127.0.0.1:7000`. */
  readonly reason: string;
  /** Milliseconds since the epoch; absent where no time limits the wait. */
  readonly until?: number;
  /** When it began. */
  readonly since: number;
}

/** Its endpoint, and at the gate of a route the path. */
export function nameOfGate({ endpoint, route = '' }: Gate): string {
  return endpoint + route;
}

/** `gate` is the one at which the row waits. Undefined unless the row waits. */
export function waitOf(row: Row, gate: Gate | undefined): Wait | undefined {
  if (row.status !== 'waiting') return undefined;
  const { supervision, supervisionSince: since = row.stateSince, attempt } = row;
  const until = row.dueAt ?? gate?.until;
  const limits = { since, ...(until !== undefined && { until }) };
  switch (stateOf(supervision) ?? row.because) {
    case 'at-gate':
    case 'gate':
      return { ...limits, reason: atGate(row, gate) };
    case 'offline':
      return { ...limits, reason: 'offline: the platform reports no network' };
    case 'hint':
      return {
        ...limits,
        reason: `peer asked for ${until === undefined ? 'a pause' : duration(until - since)}`,
      };
    case 'delay':
    case 'backoff':
      return {
        ...limits,
        reason: attempt === undefined ? 'backing off' : `backing off before attempt ${attempt}`,
      };
    default:
      return { since, reason: 'waiting for its turn to dial' };
  }
}

/** `at-gate`, of `supervision.queued.at-gate`. */
function stateOf(node: string | undefined): string | undefined {
  return node?.split('.')[2];
}

function atGate({ gate: route, url }: Row, gate: Gate | undefined): string {
  const others = (gate?.waiting ?? 1) - 1;
  const crowd = others > 0 ? `, with ${others} more` : '';
  return `waiting at the gate of ${gate ? nameOfGate(gate) : (route ?? endpointOf(url))}${crowd}`;
}

/** Scheme, host and port. */
export function endpointOf(url: string): string {
  return /^[^:]+:\/\/[^/?#]+/.exec(url)?.[0] ?? url;
}
