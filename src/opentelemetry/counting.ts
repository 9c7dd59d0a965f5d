/** Counts the events of connections, and how long a death took to be noticed. */
import type { Attributes } from '@opentelemetry/api';
import type { LifecycleEvent, StandbyEvent, StateEvent } from '../actors/supervisor/events.ts';
import type { RttSample } from '../actors/supervisor/samples.ts';
import type { Instruments } from './instruments.ts';

/** The attributes of a connection, by id and URL. */
export type Labels = (connection: { readonly id: string; readonly url: string }) => Attributes;

export class Counting {
  readonly #instruments: Instruments;
  readonly #labels: Labels;
  readonly #now: () => number;
  /** When the peers of suspect connections were last heard of, in monotonic milliseconds, by id. */
  readonly #heardAt = new Map<string, number>();

  constructor(instruments: Instruments, labels: Labels, now: () => number) {
    this.#instruments = instruments;
    this.#labels = labels;
    this.#now = now;
  }

  event(event: LifecycleEvent): void {
    if (event.event === 'state') this.#moved(event);
    else if (event.event === 'standby') this.#hedged(event);
  }

  sample({ connection: id, url, rttMs }: RttSample): void {
    this.#instruments.rtt.record(rttMs / 1000, this.#labels({ id, url }));
  }

  #moved(event: StateEvent): void {
    const { connection: id, url, from, to } = event;
    const labels = this.#labels({ id, url });
    if (from === undefined) this.#instruments.incarnations.add(1, labels);
    if (to === 'suspect') {
      this.#instruments.suspicions.add(1, labels);
      this.#heardAt.set(id, this.#now() - (event.evidence?.silenceMs ?? 0));
      return;
    }
    if (from === 'suspect') this.#decided(event, labels);
    if (to === 'closed') this.#exited(event, labels);
  }

  /** A suspicion ended: refuted, or by a verdict, or because something else happened meanwhile. */
  #decided({ connection: id, to, reason }: StateEvent, labels: Attributes): void {
    const heardAt = this.#heardAt.get(id);
    this.#heardAt.delete(id);
    if (to === 'alive') this.#instruments.refutations.add(1, labels);
    if (heardAt === undefined || !(reason === 'heartbeat-timeout' || reason === 'write-timeout')) return;
    const attributes = { ...labels, 'holdfast.exit.reason': reason };
    this.#instruments.detection.record((this.#now() - heardAt) / 1000, attributes);
  }

  /** A suspicion that ends with a standby has no verdict. */
  #hedged({ connection: id, url, to }: StandbyEvent): void {
    if (to === 'dialled') return;
    if (to === 'chosen') this.#heardAt.delete(id);
    this.#instruments.standbys.add(1, { ...this.#labels({ id, url }), 'holdfast.standby.outcome': to });
  }

  #exited({ reason, class: kind }: StateEvent, labels: Attributes): void {
    const exit = {
      ...(reason !== undefined && { 'holdfast.exit.reason': reason }),
      ...(kind !== undefined && { 'holdfast.exit.class': kind }),
    };
    this.#instruments.exits.add(1, { ...labels, ...exit });
  }
}
