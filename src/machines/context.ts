/** The extended state of the connection's chart, and its input. */
import type { Failure } from '../policy/exits.ts';
import type { ConnectionEvent, ConnectionPort } from './port.ts';

/** The data of the connection chart beside its state. */
export interface ConnectionContext {
  /** The incarnation behind the chart. */
  readonly port: ConnectionPort;
  /** Whether functions are asked where and how to dial. */
  readonly asksFirst: boolean;
  /** Whether the application says something before messages flow. */
  readonly speaksFirst: boolean;
  /** Whether the peer ever answered. */
  readonly proved: boolean;
  /** The failure that ended the incarnation; set on the way to `closing`, and not changed after. */
  readonly verdict: Failure | undefined;
}

/** The input of an actor that runs the connection chart. */
export interface ConnectionInput {
  readonly port: ConnectionPort;
  /** Whether functions have to be asked where and how to dial. Default: false. */
  readonly asksFirst?: boolean;
  /** Whether the application says something, by `introduce` of the port, before messages flow. Default: false. */
  readonly speaksFirst?: boolean;
}

export function initially({
  port,
  asksFirst = false,
  speaksFirst = false,
}: ConnectionInput): ConnectionContext {
  return { port, asksFirst, speaksFirst, proved: false, verdict: undefined };
}

/** The verdict on an incarnation that ended without one. */
export const UNKNOWN: Failure = { reason: 'crashed', detail: 'the chart ended without a verdict' };

/** The verdict that an event brings along. */
export function verdictOf(event: ConnectionEvent): Failure {
  if (!('reason' in event)) return UNKNOWN;
  const { type: _, ...failure } = event;
  return failure;
}
