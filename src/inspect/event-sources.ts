/** The senders of a chart's events. No actor sends them, so XState's inspection names none. */
import type { AnyEventObject } from 'xstate';
import type { ConnectionEvent } from '../machines/port.ts';
import type { SupervisionEvent } from '../machines/supervision.ts';

export type Sender = 'timer' | 'socket' | 'protocol' | 'platform' | 'user' | 'gate' | 'supervisor';

const senders: Readonly<Record<ConnectionEvent['type'], Sender>> = {
  'heartbeat-due': 'timer',
  'deadline-expired': 'timer',
  prepared: 'user',
  introduced: 'user',
  opened: 'socket',
  'handshake-done': 'protocol',
  'turned-away': 'protocol',
  'bytes-received': 'socket',
  'write-progressed': 'socket',
  drained: 'socket',
  'peer-ended': 'socket',
  'half-closed': 'socket',
  failed: 'socket',
  'socket-closed': 'socket',
  'went-offline': 'platform',
  close: 'user',
};

const supervisionSenders: Readonly<Record<SupervisionEvent['type'], Sender | 'incarnation'>> = {
  deferred: 'gate',
  admitted: 'gate',
  'no-network': 'platform',
  online: 'platform',
  due: 'timer',
  exited: 'incarnation',
  close: 'user',
  reconnect: 'user',
  keep: 'user',
  'policy-changed': 'user',
  abandon: 'supervisor',
  rest: 'supervisor',
  wanted: 'user',
  doubted: 'incarnation',
  cleared: 'incarnation',
  'standby-proved': 'socket',
  'standby-failed': 'socket',
};

/** The sender of an event of the supervision chart; `incarnation` stands for the actor of the running one. */
export function supervisionSourceOf(type: string): Sender | 'incarnation' {
  const known = Object.hasOwn(supervisionSenders, type);
  return known ? supervisionSenders[type as SupervisionEvent['type']] : 'supervisor';
}

/** Failures that the protocol reports, not the socket. */
const faults: ReadonlySet<unknown> = new Set(['protocol-error', 'message-too-big', 'crashed']);

export function sourceOf(event: AnyEventObject): Sender {
  if (event.type === 'failed' && faults.has(event.reason)) return 'protocol';
  if (event.type === 'failed' && event.reason === 'provider-failed') return 'user';
  return Object.hasOwn(senders, event.type) ? senders[event.type as ConnectionEvent['type']] : 'supervisor';
}
