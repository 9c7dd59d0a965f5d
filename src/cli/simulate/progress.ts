/** Lets a long computation breathe: shows how far it is, and hears when somebody wants it to end. */
import { createLogUpdate } from 'log-update';
import type { Subscription } from 'rxjs';
import type { Setting, Storm } from '../../storm/storm.ts';
import type { Io } from '../io.ts';
import { integer } from './numbers.ts';

/** How long the process is busy before it looks up. */
const BREATH_MS = 100;

export class Progress {
  readonly #io: Io;
  readonly #setting: Setting;
  readonly #show: ReturnType<typeof createLogUpdate> | undefined;
  readonly #quitting: Subscription;
  #quit = false;
  #lookedUpAt: number;

  constructor(io: Io, setting: Setting) {
    this.#io = io;
    this.#setting = setting;
    this.#show = io.stderr.isTTY === true ? createLogUpdate(io.stderr) : undefined;
    this.#lookedUpAt = io.clock.scheduler.now();
    this.#quitting = io.quit$.subscribe(() => {
      this.#quit = true;
    });
  }

  /** Call it often; false: stop. */
  async goOn(name: string, storm: Pick<Storm<unknown>, 'now' | 'connected'>): Promise<boolean> {
    const { clock } = this.#io;
    if (clock.scheduler.now() - this.#lookedUpAt < BREATH_MS) return true;
    this.#show?.(`simulating ${name}: ${this.#state(storm)}`);
    await new Promise<void>((resolve) => clock.afterIo(resolve));
    this.#lookedUpAt = clock.scheduler.now();
    return !this.#quit;
  }

  /** Takes its line back. */
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
