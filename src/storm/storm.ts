/**
 * A reconnect storm in virtual time: a server dies, all its clients notice, and each comes back by its behaviour.
 * The same setting, behaviour and seed give the same storm. `advance` simulates one second; the storm itself neither
 * waits nor prints.
 */
import type { ClientBehavior, FailureKind, Step } from './behavior.ts';
import { Gates } from './gates.ts';
import { Server, type ServerModel } from './server.ts';
import { type Course, type Figures, Tally } from './tally.ts';
import { Wheel } from './wheel.ts';

export interface Setting extends ServerModel {
  readonly clients: number;
  /** Processes that share the clients evenly; at most `clients`. */
  readonly processes: number;
}

/** All clients lose the server within this time. */
const LOSS_MS = 200;
/** The simulation ends after this long without a success, plus two of the longest pauses and one attempt. */
const NO_SUCCESS_MS = 120_000;
/** The simulation ends this long after server-up, plus 20 times the least time that the server needs for all. */
const HORIZON_MS = 3_600_000;

/** The event that a client's timer stands for; `done`: no timer. */
const phases = { losing: 0, waiting: 1, accepted: 2, refused: 3, 'timed-out': 4, done: 5 } as const;

export class Storm<State> {
  readonly #setting: Setting;
  readonly #behavior: ClientBehavior<State>;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #tally: Tally;
  readonly #gates: Gates | undefined;
  /** Timers of the clients, then those of the processes. */
  readonly #wheel: Wheel;
  readonly #phases: Uint8Array;
  readonly #begunAt: Float64Array;
  readonly #states: State[];
  /** Processes that have a timer. */
  readonly #armed: Uint8Array;
  #gaveUp = 0;
  #longestPause = 0;
  #lastSuccess: number;

  constructor(setting: Setting, behavior: ClientBehavior<State>, random: () => number) {
    const { clients, processes, outageMs } = setting;
    this.#setting = setting;
    this.#behavior = behavior;
    this.#random = random;
    this.#server = new Server(setting);
    this.#tally = new Tally(clients, outageMs);
    this.#gates = behavior.gate && new Gates(processes, clients, behavior.gate, random);
    this.#wheel = new Wheel(clients + processes);
    this.#phases = new Uint8Array(clients).fill(phases.losing);
    this.#begunAt = new Float64Array(clients);
    this.#states = new Array<State>(clients).fill(behavior.initial);
    this.#armed = new Uint8Array(processes);
    this.#lastSuccess = outageMs;
    for (let client = 0; client < clients; client++) this.#wheel.set(client, LOSS_MS * random());
  }

  /** Simulates another second; false when the storm is over. */
  advance(): boolean {
    for (let ms = 0; ms < 1000 && !this.#isOver(); ms++) this.#wheel.tick((item) => this.#ring(item));
    return !this.#isOver();
  }

  /** Clients that are connected. */
  get connected(): number {
    return this.#tally.connected;
  }

  /** Milliseconds since the server died. */
  get now(): number {
    return this.#wheel.now;
  }

  get figures(): Figures {
    return this.#tally.figures(this.#behavior.name);
  }

  get course(): Course {
    return this.#tally.course;
  }

  #isOver(): boolean {
    const { clients, outageMs, capacity, patienceMs } = this.#setting;
    if (this.connected + this.#gaveUp === clients) return true;
    const hopeless = this.#lastSuccess + NO_SUCCESS_MS + 2 * this.#longestPause + patienceMs;
    const horizon = outageMs + HORIZON_MS + (20_000 * clients) / capacity;
    return this.now >= Math.min(hopeless, horizon);
  }

  #ring(item: number): void {
    const { clients } = this.#setting;
    if (item < clients) return this.#clientRings(item);
    this.#armed[item - clients] = 0;
    this.#letIn(item - clients);
  }

  #clientRings(client: number): void {
    switch (this.#phases[client]) {
      case phases.losing:
        return this.#decide(client, 'lost', 0);
      case phases.waiting:
        return this.#dial(client);
      case phases.accepted:
        return this.#connected(client);
      case phases.refused:
        return this.#failed(client, 'refused');
      default:
        return this.#failed(client, 'timed-out');
    }
  }

  #dial(client: number): void {
    const { now } = this;
    this.#tally.attempted(now);
    this.#begunAt[client] = now;
    this.#phases[client] = phases[this.#server.dial(now)];
    this.#wheel.set(client, this.#server.answerAt);
  }

  #connected(client: number): void {
    this.#phases[client] = phases.done;
    this.#lastSuccess = this.now;
    this.#tally.succeeded(this.now);
    this.#tellGate(client, true);
    this.#letIn(this.#processOf(client));
  }

  #failed(client: number, failure: FailureKind): void {
    this.#tellGate(client, false);
    this.#decide(client, failure, this.now - this.#beganAt(client));
  }

  #decide(client: number, failure: FailureKind, tookMs: number): void {
    const step = this.#behavior.next(this.#stateOf(client), failure, tookMs, this.now, this.#random);
    if (step === undefined) this.#giveUp(client);
    else this.#wait(client, step);
    this.#letIn(this.#processOf(client));
  }

  #wait(client: number, { state, delayMs }: Step<State>): void {
    this.#states[client] = state;
    this.#phases[client] = phases.waiting;
    if (this.#gates !== undefined) return this.#gates.wait(this.#processOf(client), client);
    this.#longestPause = Math.max(this.#longestPause, delayMs);
    this.#wheel.set(client, this.now + delayMs);
  }

  #giveUp(client: number): void {
    this.#phases[client] = phases.done;
    this.#gaveUp++;
  }

  #tellGate(client: number, accepted: boolean): void {
    this.#gates?.answered(this.#processOf(client), accepted, this.#beganAt(client), this.now);
  }

  /** Starts the dials of waiting clients that the gate admits. */
  #letIn(process: number): void {
    const gates = this.#gates;
    if (gates === undefined) return;
    for (;;) {
      const client = gates.next(process, this.now);
      if (client === undefined) break;
      if (this.now > this.#behavior.deadline(this.#stateOf(client))) this.#giveUp(client);
      else {
        gates.began(process);
        this.#dial(client);
      }
    }
    const wakeAt = gates.wakeAt(process, this.now);
    if (wakeAt === undefined) gates.forgetIdle(process);
    else this.#wake(process, wakeAt);
  }

  /** Sets the timer of a process. A gate never opens earlier than announced, so that an armed timer is early enough. */
  #wake(process: number, at: number): void {
    if (this.#armed[process] === 1) return;
    this.#armed[process] = 1;
    this.#longestPause = Math.max(this.#longestPause, at - this.now);
    this.#wheel.set(this.#setting.clients + process, at);
  }

  #beganAt(client: number): number {
    return this.#begunAt[client] as number;
  }

  #stateOf(client: number): State {
    return this.#states[client] as State;
  }

  #processOf(client: number): number {
    return client % this.#setting.processes;
  }
}
