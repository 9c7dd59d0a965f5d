/**
 * A TCP relay in front of a server on loopback that is told what befalls each socket: after so many bytes one way, in the middle of a frame or not.
 * Of plain `node:net`, for tests and benches alike.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { seeded } from '../../src/base/seeded.ts';

const hows = ['cut', 'reset', 'freeze', 'half-open'] as const;
export type How = (typeof hows)[number];

export interface Fate {
  /** From the client, or to it. */
  readonly way: 'up' | 'down';
  /** Bytes that still pass. */
  readonly after: number;
  /**
   * `cut`: both sockets end. `reset`: by RST. `freeze`: nothing passes for `ms`. `half-open`: nothing passes any more, and the sockets stay open
   * until their own side ends them.
   */
  readonly how: How;
  readonly ms?: number;
}

export interface UnkindRelay {
  readonly port: number;
  /** How many sockets came, and what befell them. */
  readonly counts: Readonly<Record<How | 'sockets', number>>;
  /** Nothing befalls sockets from now on; those that are half-open end. */
  relent(): void;
  close(): void;
}

/** `fateOf` is asked for each socket, the first one is 0; undefined: nothing befalls it. `upstream`: a port, or that of each socket. */
export async function unkindRelay(
  upstream: number | (() => number),
  fateOf: (socket: number) => Fate | undefined,
): Promise<UnkindRelay> {
  const counts = { sockets: 0, cut: 0, reset: 0, freeze: 0, 'half-open': 0 };
  const pairs = new Set<Pair>();
  let kind = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const at = counts.sockets++;
    const target = connect({
      port: typeof upstream === 'number' ? upstream : upstream(),
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    const pair = new Pair(client, target, kind ? undefined : fateOf(at), (how) => counts[how]++);
    pairs.add(pair);
    client.on('close', () => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    relent() {
      kind = true;
      for (const pair of pairs) pair.relent();
    },
    close() {
      server.close();
      for (const pair of pairs) pair.destroy();
    },
  };
}

/** What befalls each socket: one of four, after a number of bytes one way or the other. */
export function fates(seed: number, most: number): () => Fate {
  const random = seeded(seed);
  return () => {
    const how = (['cut', 'reset', 'freeze', 'half-open'] as const)[Math.floor(4 * random())] ?? 'cut';
    const after = 1 + Math.floor(most * random());
    return { way: random() < 0.5 ? 'up' : 'down', after, how, ms: Math.floor(400 * random()) };
  };
}

class Pair {
  readonly #sides: readonly Socket[];
  readonly #onFate: (how: How) => void;
  #fate: Fate | undefined;
  #passed = 0;
  /** What came while nothing passes, in order. */
  #held: (() => void)[] | undefined;
  #over = false;

  constructor(client: Socket, target: Socket, fate: Fate | undefined, onFate: (how: How) => void) {
    this.#sides = [client, target];
    this.#fate = fate;
    this.#onFate = onFate;
    this.#pass(client, target, 'up');
    this.#pass(target, client, 'down');
  }

  destroy(): void {
    for (const socket of this.#sides) socket.destroy();
  }

  relent(): void {
    this.#fate = undefined;
    if (this.#over) this.destroy();
  }

  #pass(from: Socket, to: Socket, way: Fate['way']): void {
    from.setNoDelay(true).on('error', () => {});
    from.on('close', () => this.#over || to.destroy());
    // A half-open socket ends with its own side; the other side does not hear of it.
    from.on('end', () => (this.#over ? from.end() : this.#do(() => to.end())));
    from.on('drain', () => to.resume());
    from.on('data', (chunk) => {
      if (this.#over) return;
      const fate = this.#fate?.way === way ? this.#fate : undefined;
      this.#passed += fate === undefined ? 0 : chunk.length;
      const rest = fate === undefined ? 0 : this.#passed - fate.after;
      if (fate === undefined || rest < 0) return this.#do(() => to.write(chunk) || from.pause());
      this.#fate = undefined;
      to.write(chunk.subarray(0, chunk.length - rest));
      this.#befall(fate);
      this.#do(() => to.write(chunk.subarray(chunk.length - rest)));
    });
  }

  #do(write: () => void): void {
    if (this.#held === undefined) write();
    else if (!this.#over) this.#held.push(write);
  }

  #befall({ how, ms = 0 }: Fate): void {
    this.#onFate(how);
    this.#held = [];
    this.#over = how !== 'freeze';
    // Once what passed has been handed to the kernel.
    if (how === 'cut') for (const socket of this.#sides) socket.destroySoon();
    if (how === 'reset') setImmediate(() => this.#sides.map((socket) => socket.resetAndDestroy()));
    if (how === 'freeze') setTimeout(() => this.#thaw(), ms);
  }

  #thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }
}
