/** The part `probes`: the calls of `probe()`. */
import { HoldfastError } from '../../base/errors.ts';
import { Probes } from '../../liveness/probes.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { Incarnation } from '../incarnation/incarnation.ts';

interface Probed {
  readonly id: string;
  readonly state: ConnectionState;
  readonly current: Pick<Incarnation, 'canAsk' | 'sending' | 'deadlines'> | undefined;
}

/** The round-trip time of a heartbeat that is sent now; rejects when none can be. */
function probeOf({ id, state, current }: Probed): Promise<number> {
  const open = current !== undefined && (state === 'alive' || state === 'suspect');
  if (open && current.canAsk) return probed(current);
  const why = open ? `its heartbeat mode is ${current.deadlines.pulse.mode ?? 'none'}` : `it is ${state}`;
  const code = open ? 'bad-config' : 'closed';
  return Promise.reject(new HoldfastError(code, `connection ${id} cannot be probed: ${why}`));
}

function probed({ sending, deadlines }: NonNullable<Probed['current']>): Promise<number> {
  sending.probes ??= new Probes();
  const now = deadlines.timekeeper.exactNow();
  return sending.probes.wait(sending.heartbeat(), now);
}

export const probes = { probes: { probeOf } };
