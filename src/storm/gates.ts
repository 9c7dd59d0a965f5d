/** The gate of each process, and the clients that wait at it, as in a supervisor. */
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

  /** Adds a client to the end of the queue. */
  wait(process: number, client: number): void {
    this.#waiting.push(process, client);
  }

  /** Takes the head out of the queue, if the gate admits a dial now. */
  next(process: number, now: number): number | undefined {
    const mayDial = admits(this.#gate(process), this.#count(process), now);
    return mayDial && !this.#waiting.isEmpty(process) ? this.#waiting.shift(process) : undefined;
  }

  /** A dial begins. */
  began(process: number): void {
    this.#dialing[process] = this.#count(process) + 1;
  }

  /** A dial that began at `begunAt` has ended. */
  answered(process: number, accepted: boolean, begunAt: number, now: number): void {
    this.#dialing[process] = this.#count(process) - 1;
    const gate = this.#gate(process);
    this.#gates[process] = accepted ? opened(gate) : failed(gate, begunAt, this.#backoff, now, this.#random);
  }

  /** The time at which the closed gate opens for waiting clients; `undefined`: no timer is needed. */
  wakeAt(process: number, now: number): number | undefined {
    const { until } = this.#gate(process);
    return !this.#waiting.isEmpty(process) && until > now ? until : undefined;
  }

  /** Resets a gate without waiting clients and dials: its knowledge of the endpoint is outdated. */
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
