/** Reports the sockets that one limit refused: the first at once, those after it together, once in ten seconds. */
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';

const SPAN = 10_000;

export class LimitReport implements Alarm {
  at = 0;
  slot = -1;
  readonly #timekeeper: Timekeeper;
  readonly #publish: (refused: number, peer: string) => void;
  #refused = 0;
  #peer = '';

  constructor(timekeeper: Timekeeper, publish: (refused: number, peer: string) => void) {
    this.#timekeeper = timekeeper;
    this.#publish = publish;
  }

  refused(peer: string): void {
    this.#refused++;
    this.#peer = peer;
    if (this.slot < 0) this.ring();
  }

  ring(): void {
    if (!this.#tell()) return;
    this.#timekeeper.set(this, this.#timekeeper.now() + SPAN);
  }

  /** Reports what was not reported yet. */
  end(): void {
    this.#timekeeper.clear(this);
    this.#tell();
  }

  #tell(): boolean {
    const refused = this.#refused;
    this.#refused = 0;
    if (refused > 0) this.#publish(refused, this.#peer);
    return refused > 0;
  }
}
