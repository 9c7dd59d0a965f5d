/** Counts attempts and successes of a storm by the second, and computes its figures. */

/** Times in seconds from the moment the server accepts again; `null`: not reached. */
export interface Figures {
  readonly policy: string;
  /** The highest number of attempts that began within one second. */
  readonly peakPerSecond: number;
  /** The highest such number since the server accepts again. */
  readonly peakAfterUp: number;
  readonly attempts: number;
  /** Failed attempts per client. */
  readonly wastedPerClient: number;
  /** Time at which half of all clients were connected; `t99`: 99%, `t100`: all. */
  readonly t50: number | null;
  readonly t99: number | null;
  readonly t100: number | null;
  /** Clients that gave up, or were not connected when the simulation ended. */
  readonly lost: number;
}

/** Counts for each second. The server accepts again at the start of second `upAt`. */
export interface Course {
  readonly upAt: number;
  readonly attemptsPerSecond: readonly number[];
  readonly connectedPerSecond: readonly number[];
}

export class Tally {
  readonly #clients: number;
  readonly #outageMs: number;
  readonly #upAt: number;
  readonly #attempts: number[] = [];
  readonly #connected: number[] = [];
  /** Times at which clients were connected, in milliseconds, in order. */
  readonly #times: number[] = [];
  #total = 0;

  constructor(clients: number, outageMs: number) {
    this.#clients = clients;
    this.#outageMs = outageMs;
    this.#upAt = Math.ceil(outageMs / 1000);
  }

  /** Clients that are connected. */
  get connected(): number {
    return this.#times.length;
  }

  attempted(now: number): void {
    this.#total++;
    this.#count(this.#attempts, now);
  }

  succeeded(now: number): void {
    this.#times.push(now);
    this.#count(this.#connected, now);
  }

  figures(policy: string): Figures {
    return {
      policy,
      peakPerSecond: highest(this.#attempts),
      peakAfterUp: highest(this.#attempts.slice(this.#upAt)),
      attempts: this.#total,
      wastedPerClient: (this.#total - this.connected) / this.#clients,
      t50: this.#timeOf(0.5),
      t99: this.#timeOf(0.99),
      t100: this.#timeOf(1),
      lost: this.#clients - this.connected,
    };
  }

  get course(): Course {
    return { upAt: this.#upAt, attemptsPerSecond: this.#attempts, connectedPerSecond: this.#connected };
  }

  #count(seconds: number[], now: number): void {
    const second = this.#upAt + Math.floor((now - this.#outageMs) / 1000);
    while (seconds.length <= second) seconds.push(0);
    seconds[second] = (seconds[second] ?? 0) + 1;
  }

  /** Time at which this share of all clients was connected. */
  #timeOf(share: number): number | null {
    const time = this.#times[Math.ceil(this.#clients * share) - 1];
    return time === undefined ? null : (time - this.#outageMs) / 1000;
  }
}

function highest(counts: readonly number[]): number {
  return counts.reduce((most, count) => Math.max(most, count), 0);
}
