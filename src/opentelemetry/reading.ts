/** Reads what a supervisor has at the moment: connections by state, outboxes, gates. */
import type { BatchObservableResult } from '@opentelemetry/api';
import type { Connection } from '../actors/supervisor/handle.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Labels } from './counting.ts';
import type { Instruments } from './instruments.ts';
import { Tally } from './tally.ts';

const STATES = ['connecting', 'alive', 'suspect', 'closing', 'closed', 'waiting'] as const;
const GATE_STATES = ['unknown', 'open', 'failed'] as const;

/** A pass over the connections. States without a connection are 0, so that their series do not end. */
export function read(
  { connections, gates }: Supervisor,
  instruments: Instruments,
  labels: Labels,
  result: BatchObservableResult,
): void {
  const [byState, messages, bytes] = [new Tally(), new Tally(), new Tally()];
  for (const state of STATES) byState.add({ 'holdfast.connection.state': state }, 0);
  messages.add({}, 0);
  bytes.add({}, 0);
  for (const connection of connections) {
    const own = labels(connection);
    const { buffered } = connection;
    byState.add({ ...own, 'holdfast.connection.state': stateOf(connection) }, 1);
    messages.add(own, buffered.messages);
    bytes.add(own, buffered.bytes);
  }
  const [byGate, waiting] = [new Tally(), new Tally()];
  for (const state of GATE_STATES) byGate.add({ 'holdfast.gate.state': state }, 0);
  waiting.add({}, 0);
  for (const gate of gates) {
    byGate.add({ 'holdfast.gate.state': gate.state }, 1);
    waiting.add({}, gate.waiting);
  }
  const tallies = [
    [instruments.connections, byState],
    [instruments.messages, messages],
    [instruments.bytes, bytes],
    [instruments.gates, byGate],
    [instruments.waiting, waiting],
  ] as const;
  for (const [instrument, tally] of tallies)
    for (const { attributes, value } of tally.sums) result.observe(instrument, value, attributes);
}

/** The state of the incarnation while one runs. */
function stateOf({ status, state }: Connection): string {
  return status === 'running' ? state : status;
}
