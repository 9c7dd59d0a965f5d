/** Two legs, and what passes between them until both have ended or one is lost. */
import { deferred } from '../../base/deferred.ts';
import { messageOf } from '../problems.ts';
import type { Leg } from './leg.ts';
import type { Mapping } from './mapping.ts';
import { ANEW, type Data, END, RESET, type Unit } from './marks.ts';

/** How a proxied connection ended. */
export interface Relayed {
  /** `ended`: both directions, by their ends. Else the leg that was lost, or `refused` for data that could not pass. */
  readonly outcome: 'ended' | 'client-lost' | 'upstream-lost' | 'refused';
  readonly detail?: string;
  /** Bytes from the client to the upstream, and back; of texts their UTF-16 units. */
  readonly up: number;
  readonly down: number;
}

/** The mapping of each direction. */
export interface Mappings {
  readonly up: Mapping;
  readonly down: Mapping;
}

/** Lines of one chunk that are sent before the first of them has left. Fewer than an outbox holds. */
const TOGETHER = 256;

class Lost extends Error {
  readonly leg: Leg;

  constructor(leg: Leg) {
    super('lost');
    this.leg = leg;
  }
}

/** Passes everything on; resolves when nothing is left of both. */
export async function relay(client: Leg, upstream: Leg, mappings: Mappings): Promise<Relayed> {
  const up = new Direction(client, upstream, mappings.up);
  const down = new Direction(upstream, client, mappings.down);
  const outcome = await Promise.race([
    Promise.all([up.run(), down.run()]),
    up.lost(down),
    down.lost(up),
  ]).then(
    () => ({ outcome: 'ended' as const }),
    (error) => failureOf(error, client),
  );
  const isEnd = outcome.outcome === 'ended';
  if (!isEnd) for (const direction of [up, down]) direction.stop();
  await Promise.all([client, upstream].map((leg) => (isEnd ? leg.close() : leg.abort())));
  return { ...outcome, up: up.bytes, down: down.bytes };
}

function failureOf(error: unknown, client: Leg): Pick<Relayed, 'outcome' | 'detail'> {
  if (error instanceof Lost) return { outcome: error.leg === client ? 'client-lost' : 'upstream-lost' };
  return { outcome: 'refused', detail: messageOf(error) };
}

/** A direction reads on when the other leg has taken what came before: a slow reader pauses the socket of the writer. */
class Direction {
  bytes = 0;
  /** `END` was sent, and says itself whether it arrived. */
  #isEnding = false;
  readonly #from: Leg;
  readonly #to: Leg;
  readonly #mapping: Mapping;
  readonly #units: AsyncIterator<Unit>;
  readonly #passed = deferred<void>();

  constructor(from: Leg, to: Leg, mapping: Mapping) {
    this.#from = from;
    this.#to = to;
    this.#mapping = mapping;
    this.#units = from.units[Symbol.asyncIterator]();
  }

  /** Resolves at the end of the direction. Rejects with `Lost`, or with what the mapping throws. */
  async run(): Promise<void> {
    for (let unit = await this.#next(); unit !== END; unit = await this.#next()) {
      if (unit === ANEW) this.#mapping.cut();
      else await this.#pass(this.#mapping.of(unit));
    }
    await this.#pass(this.#mapping.rest());
    this.#isEnding = true;
    await this.#to.send(END).catch(() => this.#fail(this.#to));
    this.#passed.resolve();
  }

  /** Nothing that follows counts. */
  stop(): void {
    void this.#units.return?.();
  }

  /** Rejects with `Lost` when a leg is lost whose direction has ended, while nothing is sent to it. */
  async lost(back: Direction): Promise<never> {
    await this.#passed.promise;
    try {
      for (;;) if ((await this.#next()) === END) break;
    } catch (error) {
      if (!back.#isEnding) throw error;
    }
    return new Promise(() => {});
  }

  /** A leg that is over as its peer ended it has one `END` more. */
  async #next(): Promise<Data | typeof END | typeof ANEW> {
    const { done, value } = await this.#units.next();
    if (done === true && (await this.#from.endedWell)) return END;
    if (done === true || value === RESET) throw new Lost(this.#from);
    return value;
  }

  async #pass(data: readonly Data[]): Promise<void> {
    for (let from = 0; from < data.length; from += TOGETHER) {
      const sent = data.slice(from, from + TOGETHER);
      for (const each of sent) this.bytes += each.length;
      await Promise.all(sent.map((each) => this.#to.send(each))).catch(() => this.#fail(this.#to));
    }
  }

  #fail(leg: Leg): never {
    throw new Lost(leg);
  }
}
