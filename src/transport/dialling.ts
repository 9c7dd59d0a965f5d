/**
 * A dial of a name: looks it up, and races its addresses. The next one is dialled when the last one fails or was
 * given its slice of time; those before it go on meanwhile, as a slow link may still answer. The first that opens wins.
 */
import type { Socket as NetSocket } from 'node:net';
import { type Failure, isError, reasonClasses } from '../policy/exits.ts';
import type { DialProgress } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { patiently } from '../time/patience.ts';
import { type AddressMemory, memoryOf } from './addresses.ts';
import { failureOfThrow, openingFailure } from './dial-failure.ts';
import { type DialOptions, versionOf } from './dial-options.ts';
import { type Found, lookupsBy } from './lookups.ts';

/** Milliseconds until the next address is dialled: time for one resent SYN (RFC 6298), half a second after the first second. A stall of ours begins it anew. */
const SLICE = 1500;

/** The event of a socket that says that it is usable. */
export type OpenEvent = 'connect' | 'secureConnect';

interface Race {
  readonly host: string;
  readonly options: DialOptions;
  readonly clock: Clock;
  /** Stands for the id, in all its dials. */
  readonly dialler: object | undefined;
  /** The socket is usable. */
  readonly event: OpenEvent;
  /** Dials an address. */
  connect(address: string): NetSocket;
}

export interface Outcome {
  won(socket: NetSocket): void;
  failed(failure: Failure): void;
  /** After `failed` or `destroy`: nothing is left. */
  closed(): void;
}

interface Attempt {
  readonly address: string;
  readonly socket: NetSocket;
  readonly onOpen: () => void;
  readonly onError: (error: Error) => void;
  readonly onClose: () => void;
}

export class Dialling {
  readonly #race: Race;
  readonly #outcome: Outcome;
  readonly #open = new Set<Attempt>();
  readonly #failures: { readonly address: string; readonly failure: Failure }[] = [];
  #addresses: readonly string[] | undefined;
  #left: string[] = [];
  #memory: AddressMemory | undefined;
  /** When the last address was dialled. */
  #began = 0;
  #giveUp: (() => void) | undefined;
  #endSlice: (() => void) | undefined;
  #isOver = false;
  #isSettled = false;
  #paused = false;

  constructor(race: Race, outcome: Outcome) {
    this.#race = race;
    this.#outcome = outcome;
    const { host, options } = race;
    this.#giveUp = lookupsBy(options.lookup).find(host, versionOf(options), (found) => this.#found(found));
  }

  /** The progress of the dial, for the exit of one that takes too long. */
  get progress(): DialProgress {
    const { host } = this.#race;
    if (this.#addresses === undefined) return { detail: `resolving ${host}` };
    const silent = [...this.#open].map(({ address }) => `${address}: no answer`);
    const untried = this.#memory?.untried ?? 0;
    const detail = `${host}: ${[...this.#failed, ...silent].join('; ')}`;
    return untried === 0 ? { detail } : { detail: `${detail}; ${untried} not dialled yet`, untried };
  }

  // --- stands for the socket until one has won

  get writable(): false {
    return false;
  }

  get connecting(): true {
    return true;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveUp?.();
    this.#endSlice?.();
    if (this.#open.size > 0 && this.#now - this.#began < SLICE) this.#memory?.cut();
    for (const { socket } of this.#open) socket.destroy();
    process.nextTick(() => this.#settle());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  #found(found: Found): void {
    this.#giveUp = undefined;
    if (this.#isOver) return;
    if (isError(found)) return this.#fail(openingFailure(found));
    const { dialler, host } = this.#race;
    this.#addresses = found;
    if (found.length > 1) this.#memory = memoryOf(dialler, host);
    this.#left = this.#memory?.order(found) ?? [...found];
    this.#next();
  }

  #next(): void {
    this.#endSlice?.();
    const address = this.#left.shift();
    if (this.#left.length > 0) this.#endSlice = patiently(this.#race.clock, SLICE, () => this.#next());
    if (address !== undefined) return this.#try(address);
    if (this.#open.size === 0) this.#fail(this.#failure());
  }

  #try(address: string): void {
    this.#memory?.began(address);
    this.#began = this.#now;
    try {
      const attempt = this.#attempt(address, heldBy(this.#race.clock, this.#race.connect(address)));
      this.#open.add(attempt);
      attempt.socket
        .on(this.#race.event, attempt.onOpen)
        .on('error', attempt.onError)
        .on('close', attempt.onClose);
    } catch (error) {
      this.#failures.push({ address, failure: failureOfThrow(error) });
      this.#next();
    }
  }

  #attempt(address: string, socket: NetSocket): Attempt {
    const attempt: Attempt = {
      address,
      socket,
      onOpen: () => this.#won(attempt),
      onError: (error) => void this.#failures.push({ address, failure: openingFailure(error) }),
      onClose: () => {
        const last = [...this.#open].at(-1) === attempt;
        this.#open.delete(attempt);
        if (this.#isOver) this.#settle();
        else if (last || this.#open.size === 0) this.#next();
      },
    };
    return attempt;
  }

  #won(winner: Attempt): void {
    // A listener before this one may have refused it, such as a check of the peer's certificate.
    if (this.#isOver || winner.socket.destroyed) return;
    this.#isOver = this.#isSettled = true;
    this.#endSlice?.();
    this.#open.delete(winner);
    for (const { socket } of this.#open) socket.destroy();
    const { socket, address } = winner;
    socket.off(this.#race.event, winner.onOpen).off('error', winner.onError).off('close', winner.onClose);
    if (this.#memory !== undefined) remember(this.#memory, address, socket);
    if (this.#paused) socket.pause();
    this.#outcome.won(socket);
  }

  #fail(failure: Failure): void {
    this.#isOver = true;
    this.#outcome.failed(failure);
    this.#settle();
  }

  #settle(): void {
    if (this.#open.size > 0 || this.#isSettled) return;
    this.#isSettled = true;
    this.#outcome.closed();
  }

  get #now(): number {
    return this.#race.clock.scheduler.now();
  }

  get #failed(): string[] {
    return this.#failures.map(({ address, failure }) => `${address}: ${failure.detail}`);
  }

  /** All addresses failed. One that passes decides, as the next dial may succeed there; else that of the first address. */
  #failure(): Failure {
    const failures = this.#failures.map(({ failure }) => failure);
    const failure =
      failures.find(({ reason }) => reasonClasses[reason] !== 'fatal') ?? (failures[0] as Failure);
    if (failures.length === 1) return failure;
    return { ...failure, detail: `${this.#race.host}: ${this.#failed.join('; ')}` };
  }
}

/** A socket that keeps the process alive, unless the clock is one that does not. */
export function heldBy({ unref }: Clock, socket: NetSocket): NetSocket {
  return unref ? socket.unref() : socket;
}

/** The next dial begins with an address that was heard, and whose connection came to a proper end. */
function remember(memory: AddressMemory, address: string, socket: NetSocket): void {
  memory.opened();
  socket.once('close', () => {
    const ended = socket.readableEnded || socket.writableEnded;
    if (ended && socket.bytesRead > 0 && socket.errored === null) memory.served(address);
  });
}
