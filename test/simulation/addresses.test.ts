/**
 * Dials of a name with up to twelve addresses, in virtual time, from one seed: addresses that are silent, refuse, open late,
 * and change their mind between two dials of one connection. `SEED` and `SEEDS` as in `simulation.test.ts`.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Failure } from '../../src/policy/exits.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { Dialling } from '../../src/transport/dialling.ts';
import { Chance } from './chance.ts';

const { SEED, SEEDS = '500' } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, at) => at + 1) : [Number(SEED)];

const SLICE = 1500;
const DEADLINE = 10_000;
/** Addresses that get their whole slice within the deadline, though all be silent. */
const PER_DIAL = Math.floor(DEADLINE / SLICE);

type Habit = 'silent' | 'refuses' | 'opens' | 'opens late';

/** As much of a socket as a dial uses: it opens or fails after a delay, unless it was destroyed. */
class Dialled extends EventEmitter {
  readonly address: string;
  readonly bytesRead = 0;
  readonly readableEnded = false;
  readonly writableEnded = false;
  readonly errored = null;
  destroyed = false;
  readonly #timer: { unsubscribe(): void } | undefined;

  constructor(address: string, habit: Habit, chance: Chance, clock: VirtualClock) {
    super();
    this.address = address;
    const delay = habit === 'opens late' ? chance.int(SLICE, 4 * SLICE) : chance.int(0, SLICE - 100);
    if (habit !== 'silent') this.#timer = clock.scheduler.schedule(() => this.#answer(habit), delay);
  }

  #answer(habit: Habit): void {
    if (habit !== 'refuses') return void this.emit('connect');
    this.emit('error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    this.#close();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.#timer?.unsubscribe();
    process.nextTick(() => this.#close());
    this.destroyed = true;
  }

  #close(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

class Scene {
  readonly chance: Chance;
  readonly clock = virtualClock();
  readonly dialler = {};
  readonly names: string[];
  readonly habits = new Map<string, Habit>();
  /** Opens in time, always. */
  readonly good: string | undefined;

  constructor(seed: number) {
    this.chance = new Chance(seed);
    this.names = Array.from({ length: this.chance.int(1, 12) }, (_, at) => `10.0.0.${at + 1}`);
    this.good = this.chance.is(0.8) ? this.chance.pick(this.names) : undefined;
    this.change();
  }

  change(): void {
    for (const name of this.names)
      this.habits.set(name, this.chance.pick(['silent', 'silent', 'refuses', 'opens late']));
    if (this.good !== undefined) this.habits.set(this.good, 'opens');
  }

  /** One dial, up to its deadline. */
  async dial() {
    const sockets: Dialled[] = [];
    const calls: string[] = [];
    let failure: Failure | undefined;
    const dialling = new Dialling(
      {
        host: 'feed.example',
        clock: this.clock,
        dialler: this.dialler,
        event: 'connect',
        options: {
          lookup: (_host, _options, answer) =>
            answer(
              null,
              this.names.map((address) => ({ address, family: 4 })),
            ),
        },
        connect: (address) => {
          const socket = new Dialled(address, this.habits.get(address) ?? 'silent', this.chance, this.clock);
          sockets.push(socket);
          return socket as unknown as Socket;
        },
      },
      {
        won: (socket) => calls.push(`won ${(socket as unknown as Dialled).address}`),
        failed: (why) => {
          failure = why;
          calls.push('failed');
        },
        closed: () => calls.push('closed'),
      },
    );
    for (let ms = 0; ms < DEADLINE && calls.length === 0; ms += 50) await this.clock.run(50);
    const { progress } = dialling;
    const expired = calls.length === 0;
    dialling.destroy();
    await this.clock.settle();
    return { sockets, calls, failure, progress, expired };
  }
}

async function play(seed: number): Promise<void> {
  const scene = new Scene(seed);
  const most = Math.ceil(scene.names.length / PER_DIAL);
  for (let attempt = 1; attempt <= most; attempt++) {
    const { sockets, calls, failure, progress, expired } = await scene.dial();
    const [first = ''] = calls;
    const won = first.startsWith('won');
    // Ends once, and leaves neither a socket nor a timer.
    expect(calls).toEqual(expired ? ['closed'] : won ? [first] : ['failed', 'closed']);
    expect(sockets.filter(({ destroyed }) => !destroyed).map(({ address }) => `won ${address}`)).toEqual(
      won ? [first] : [],
    );
    expect(scene.clock.pending).toBe(0);
    expect(new Set(sockets.map(({ address }) => address)).size).toBe(sockets.length);
    for (const { address } of sockets) {
      if (!won)
        expect((failure ?? progress).detail).toContain(sockets.length === 1 && !expired ? '' : address);
    }
    if (attempt === most && scene.good !== undefined && !won)
      expect.unreachable(`dial ${attempt} missed ${scene.good}`);
    if (won) return;
    if (scene.chance.is(0.5)) scene.change();
  }
}

test('simulation: a name with a good address is reached within its round, and a dial leaves nothing', async () => {
  for (const seed of seeds) {
    await play(seed).catch((error: unknown) => {
      throw new Error(`SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
});
