/** The session state of MQTT: packets that are not acknowledged yet. It lasts over incarnations, as far as the server keeps its part. */
import type { MqttSubscription, QoS } from './messages.ts';

/** A packet that the server has to acknowledge. */
export interface Pending {
  readonly cmd: 'publish' | 'subscribe' | 'unsubscribe';
  readonly id: number;
  /** Quality of service of a publish. */
  readonly qos: QoS | undefined;
  /** The subject of the packet: a topic, or the list that was sent. */
  readonly about: string | readonly MqttSubscription[] | readonly string[];
  /** The number of the message in this incarnation; undefined: it belongs to an earlier one. */
  number: number | undefined;
  /** The packet, while it may have to be sent, or sent again. */
  bytes: Uint8Array | undefined;
  sent: boolean;
  /** QoS 2: the server has the message, and was sent a PUBREL. */
  released: boolean;
}

const mostIds = 65_535;

export class Session {
  /** As given, or as the server assigned it. */
  clientId: string;
  /** Incarnations in a row that the server ended without a word before their first PINGRESP. */
  quickEnds = 0;
  /** Ids of messages of QoS 2 that were handed on, and that the server has not released yet. */
  readonly received = new Set<number>();
  /** By packet id, in the order in which they were sent. */
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  /** All ids are taken. */
  get full(): boolean {
    return this.#pending.size >= mostIds;
  }

  /** An id that no unacknowledged packet has, in turn, from 1 to 65,535; undefined when all are taken. */
  freeId(): number | undefined {
    if (this.full) return undefined;
    do this.#lastId = (this.#lastId % mostIds) + 1;
    while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  add(pending: Pending): void {
    this.#pending.set(pending.id, pending);
  }

  /** The packet that an acknowledgement is for; undefined: none waits for it. */
  find(id: number, cmd: Pending['cmd'], qos?: QoS): Pending | undefined {
    const pending = this.#pending.get(id);
    return pending?.cmd === cmd && pending.qos === qos && pending.sent ? pending : undefined;
  }

  /** Frees the id of an acknowledged packet. */
  remove({ id }: Pending): void {
    this.#pending.delete(id);
  }

  /**
   * The server accepted the next connection: returns what is to be sent again, in the order of the first time. Where the
   * server has no session, this side's part is void, too.
   */
  begin(present: boolean): readonly Pending[] {
    for (const pending of [...this.#pending.values()]) {
      pending.number = undefined;
      if (!present || (pending.bytes === undefined && !pending.released)) this.remove(pending);
    }
    if (!present) this.received.clear();
    return [...this.#pending.values()];
  }
}
