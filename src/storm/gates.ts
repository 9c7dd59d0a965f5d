/** One gate for each process, and the clients that wait at it, as the supervisor has them. */
import type { BackoffPolicy } from '../policy/backoff.ts';
import { admits, failed, type Gate, opened, unknownGate } from '../policy/gate.ts';
import { Lists } from './lists.ts';

export class Gates {
  readonly #backoff: BackoffPolicy;
  readonly #random: () => number;
  readonly #gates: Gate[];
  readonly #dialing: Int32Array;
  readonly #waiting: Lists;

  constructor(processes: number, clients: number, backoff: BackoffPolicy, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
    this.#gates = new Array<Gate>(processes).fill(unknownGate);
    this.#dialing = new Int32Array(processes);
    this.#waiting = new Lists(processes, clients);
  }

  /** To the back of the queue. */
  wait(process: number, client: number): void {
    this.#waiting.push(process, client);
  }

  /** The head of the queue, taken out, if it may dial now. */
  next(process: number, now: number): number | undefined {
    const mayDial = admits(this.#gate(process), this.#count(process), now);
    return mayDial && !this.#waiting.isEmpty(process) ? this.#waiting.shift(process) : undefined;
  }

  /** A dial begins. */
  began(process: number): void {
    this.#dialing[process] = this.#count(process) + 1;
  }

  /** A dial is over that began at `begunAt`. */
  answered(process: number, accepted: boolean, begunAt: number, now: number): void {
    this.#dialing[process] = this.#count(process) - 1;
    const gate = this.#gate(process);
    this.#gates[process] = accepted ? opened(gate) : failed(gate, begunAt, this.#backoff, now, this.#random);
  }

  /** When to look again, as no answer will tell; `undefined`: nobody waits for the time. */
  wakeAt(process: number, now: number): number | undefined {
    const { until } = this.#gate(process);
    return !this.#waiting.isEmpty(process) && until > now ? until : undefined;
  }

  /** Nobody waits and nobody dials: what is known of the endpoint grows old. */
  forgetIdle(process: number): void {
    const isIdle = this.#waiting.isEmpty(process) && this.#count(process) === 0;
    if (isIdle) this.#gates[process] = unknownGate;
  }

  #gate(process: number): Gate {
    return this.#gates[process] ?? unknownGate;
  }

  #count(process: number): number {
    return this.#dialing[process] ?? 0;
  }
}
