/** Samples silence, probes and round trips of watched connections, at the pace of the list. */
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Rtt } from '../policy/rtt.ts';
import { rounded } from './row.ts';
import { connectionOf, type Time } from './supervisor-view.ts';
import type { Sample, SamplesMessage } from './wire.ts';

export class Meter {
  readonly #supervisor: Supervisor;
  readonly #time: Time;
  /** The newest estimate that was sent, by id. */
  readonly #rtts = new Map<string, Rtt | undefined>();

  constructor(supervisor: Supervisor, time: Time) {
    this.#supervisor = supervisor;
    this.#time = time;
  }

  open(id: string): void {
    if (!this.#rtts.has(id)) this.#rtts.set(id, undefined);
  }

  close(id: string): void {
    this.#rtts.delete(id);
  }

  /** A sample of each watched connection that runs. */
  read(): SamplesMessage[] {
    const at = this.#time.now();
    return [...this.#rtts.keys()].flatMap((connection) => {
      const sample = this.#sample(connection, at);
      return sample === undefined ? [] : [{ type: 'samples', connection, at, samples: [sample] }];
    });
  }

  #sample(id: string, at: number): Sample | undefined {
    const { supervision, rtt } = connectionOf(this.#supervisor, id) ?? {};
    if (supervision?.current === undefined) return undefined;
    const { silenceMs, rtoMs, probes, queuedBytes } = supervision.current.deadlines.evidence;
    const isNew = rtt !== undefined && rtt !== this.#rtts.get(id);
    this.#rtts.set(id, rtt);
    return {
      at,
      silenceMs,
      rtoMs: rounded(rtoMs),
      probes,
      queuedBytes,
      ...(isNew && { rttMs: rounded(rtt.last), smoothedMs: rounded(rtt.smoothed) }),
    };
  }
}
