/** Interrupts a long computation regularly to show its progress, and to end it when asked. */
import { createLogUpdate } from 'log-update';
import type { Subscription } from 'rxjs';
import type { Setting, Storm } from '../../storm/storm.ts';
import type { Io } from '../io.ts';
import { integer } from './numbers.ts';

/** Milliseconds of computation between two yields to the event loop. */
const YIELD_EVERY_MS = 100;

export class Progress {
  readonly #io: Io;
  readonly #setting: Setting;
  readonly #show: ReturnType<typeof createLogUpdate> | undefined;
  readonly #quitting: Subscription;
  #quit = false;
  #yieldedAt: number;

  constructor(io: Io, setting: Setting) {
    this.#io = io;
    this.#setting = setting;
    this.#show = io.stderr.isTTY === true ? createLogUpdate(io.stderr) : undefined;
    this.#yieldedAt = io.clock.scheduler.now();
    this.#quitting = io.quit$.subscribe(() => {
      this.#quit = true;
    });
  }

  /** Call it often: yields to the event loop every 100 ms. False: the computation must stop. */
  async goOn(name: string, storm: Pick<Storm<unknown>, 'now' | 'connected'>): Promise<boolean> {
    const { clock } = this.#io;
    if (clock.scheduler.now() - this.#yieldedAt < YIELD_EVERY_MS) return true;
    this.#show?.(`simulating ${name}: ${this.#state(storm)}`);
    await new Promise<void>((resolve) => clock.afterIo(resolve));
    this.#yieldedAt = clock.scheduler.now();
    return !this.#quit;
  }

  /** Clears the progress line. */
  end(): void {
    this.#quitting.unsubscribe();
    this.#show?.clear();
    this.#show?.done();
  }

  #state({ now, connected }: Pick<Storm<unknown>, 'now' | 'connected'>): string {
    const { clients, outageMs } = this.#setting;
    const seconds = integer(Math.abs(now - outageMs) / 1000);
    if (now < outageMs) return `${seconds} s until the server is up`;
    return `${integer(connected)} of ${integer(clients)} back after ${seconds} s`;
  }
}
