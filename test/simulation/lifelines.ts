/** Invariants on the lifecycle events of one supervisor, and its running connections. */

import type { LifecycleEvent, StandbyEvent, StateEvent } from '../../src/actors/supervisor/events.ts';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { ListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import type { Signal } from '../../src/actors/supervisor/signals.ts';
import type { ConnectionState } from '../../src/machines/connection.ts';
import { backoffRange } from '../../src/policy/backoff.ts';
import type { Tap } from './tap.ts';
import type { World } from './world.ts';

/** The arrows of the chart, between its five states. */
const arrows: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  connecting: ['alive', 'closing'],
  alive: ['suspect', 'closing'],
  suspect: ['alive', 'closing'],
  closing: ['closed'],
  closed: [],
};

/** The newest incarnation of an id, which a standby may replace without an end of its own. */
export interface Life {
  readonly handle: Connection;
  readonly incarnation: number;
  state: ConnectionState;
  /** When it became usable; 0 before. */
  aliveAt: number;
  /** Time of the last state change. */
  since: number;
  /** Time announced for the next incarnation. */
  returnsAt: number | undefined;
  tap: Tap | undefined;
  /** A standby takes its place. */
  replaced: boolean;
}

/** A gate that does not close after a failure holds all for this long at most. */
const HOLD = 1000;

export type Verdict = (life: Life, event: StateEvent) => void;

export class Lifelines {
  /** By id; entries of ids that are over go. */
  readonly lives = new Map<string, Life>();
  /** The supervisor's actor was stopped from outside: incarnations end without a word. */
  killed = false;
  /** The platform's word that there is no network is believed until then. */
  offlineUntil = 0;
  /** The peer may ask for a wait of as many milliseconds. */
  hintMs = 0;
  readonly #world: World;
  readonly #supervisor: ListeningSupervisor;
  readonly #onVerdict: Verdict;
  /** The last incarnation of handles that may come back. */
  readonly #counts = new WeakMap<Connection, number>();

  constructor(world: World, supervisor: ListeningSupervisor, onVerdict: Verdict) {
    this.#world = world;
    this.#supervisor = supervisor;
    this.#onVerdict = onVerdict;
    supervisor.events$.subscribe((event) => this.#saw(event));
  }

  #saw(event: LifecycleEvent): void {
    if (!('connection' in event)) return;
    const { connection: id } = event;
    this.#world.note(describe(event));
    if (event.event === 'state') {
      if (event.from === undefined) this.#born(event);
      else this.#moved(event);
      return;
    }
    const life = this.lives.get(id);
    if (event.event === 'standby') return this.#hedged(event, life);
    // Sessions, which outlive their sockets, tell of themselves at any time.
    if (event.event.startsWith('session')) return;
    if (life !== undefined && life.state !== 'closed' && !this.killed) {
      this.#world.violated(`${event.event} while ${nameOf(life)} is ${life.state}`);
    }
    if (event.event === 'left' || event.event === 'gave-up') this.lives.delete(id);
    if (event.event !== 'reconnect-scheduled') return;
    const { reconnect } = this.#world.settings.policy;
    const [, longest] = backoffRange(reconnect.backoff, 1e9);
    const gated = event.because === 'gate';
    const [least, most] = gated ? [0, Math.max(longest, HOLD)] : [1, Math.max(longest, this.hintMs)];
    if (event.delayMs < least || event.delayMs > most || !Number.isInteger(event.delayMs))
      this.#world.violated(`${id} waits ${event.delayMs} ms`);
    if (life === undefined) return;
    const dueAt = this.#world.now + event.delayMs;
    life.returnsAt = dueAt < this.offlineUntil ? this.#online : dueAt + (gated ? this.#turns : 0);
  }

  /** At a gate each connection before it may need the full time of a dial, and the wait after it. */
  get #turns(): number {
    const { reconnect, deadlines } = this.#world.settings.policy;
    const [, most] = backoffRange(reconnect.backoff, 1e9);
    const { connect, handshake, close, provider } = deadlines;
    // A standby takes turns, too.
    const rounds = reconnect.hedge ? 2 : 1;
    return rounds * this.lives.size * (Math.max(most, HOLD) + provider + connect + handshake + close);
  }

  /** `reconnect()` was called: the dial is due at once, or at the turn of the connection. */
  hurried({ id }: Connection): void {
    const life = this.lives.get(id);
    if (life?.returnsAt === undefined) return;
    life.returnsAt = Math.max(this.#world.now + this.#turns, this.#online);
  }

  /** Within 1 s after the platform's word is no longer believed, each connection asks for its turn. */
  get #online(): number {
    return this.offlineUntil + 1000 + this.#turns;
  }

  /** `offline` is believed for 10 s. */
  signalled(signal: Signal): void {
    this.#world.note(`the platform says ${signal}`);
    if (signal === 'wake') return;
    const { now } = this.#world;
    this.offlineUntil = signal === 'offline' ? now + 10_000 : now;
    for (const life of this.lives.values()) if (life.returnsAt !== undefined) life.returnsAt = this.#online;
  }

  #born({ connection: id, incarnation, to }: StateEvent): void {
    const handle = this.#supervisor.get(id);
    const previous = this.lives.get(id);
    if (handle === undefined) return this.#world.violated(`${id}#${incarnation} starts, and nobody knows it`);
    if (to !== 'connecting') this.#world.violated(`${id}#${incarnation} starts as ${to}`);
    if (previous !== undefined && previous.state !== 'closed' && !previous.replaced) {
      this.#world.violated(`${id}#${incarnation} starts while ${nameOf(previous)} is ${previous.state}`);
    }
    if (this.#world.leaving.has(handle)) {
      this.#world.violated(`${id}#${incarnation} starts, and its user had closed it`);
    }
    const expected = (this.#counts.get(handle) ?? 0) + 1;
    if (incarnation !== expected) this.#world.violated(`${id}#${incarnation} instead of #${expected}`);
    this.#counts.set(handle, incarnation);
    this.#world.lives++;
    const since = this.#world.now;
    const tap = previous?.replaced ? this.#chosenTap(previous, incarnation) : undefined;
    this.lives.set(id, {
      handle,
      incarnation,
      state: to,
      aliveAt: 0,
      since,
      returnsAt: undefined,
      tap,
      replaced: false,
    });
  }

  /** A standby is dialled and chosen while its connection is suspect, and in no other state. */
  #hedged({ connection: id, incarnation, standby, to }: StandbyEvent, life: Life | undefined): void {
    const what = `${id}#${standby} is ${to} beside #${incarnation}`;
    if (standby !== incarnation + 1) this.#world.violated(what);
    if (to !== 'dialled' && to !== 'chosen') return;
    if (life?.incarnation !== incarnation || life.state !== 'suspect' || life.replaced)
      return this.#world.violated(`${what}, which is ${life?.state}`);
    if (!this.#world.settings.policy.reconnect.hedge) this.#world.violated(`${what}, and no policy hedges`);
    life.replaced = to === 'chosen';
    if (life.replaced) this.#world.chosen++;
  }

  /** The socket of a standby was dialled while the other one lived. */
  #chosenTap({ handle, tap: old }: Life, incarnation: number): Tap | undefined {
    const taps = [...this.#world.taps].filter((tap) => tap.handle === handle && tap !== old && !tap.over);
    const tap = taps.sort((one, other) => one.dialledAt - other.dialledAt).at(-1);
    if (tap === undefined) this.#world.violated(`${handle.id}#${incarnation} was chosen without a socket`);
    else tap.incarnation = incarnation;
    return tap;
  }

  #moved(event: StateEvent): void {
    const { connection: id, incarnation, from, to } = event;
    const life = this.lives.get(id);
    const step = `${id}#${incarnation} ${from} > ${to}`;
    if (life === undefined || life.incarnation !== incarnation) {
      return this.#world.violated(`${step}, which is not the incarnation that lives`);
    }
    if (life.state !== from) this.#world.violated(`${step}, after it was ${life.state}`);
    const dialledNothing = from === 'connecting' && to === 'closed' && life.tap === undefined;
    if (!arrows[life.state].includes(to) && !dialledNothing)
      this.#world.violated(`${step}, which is no arrow of the chart`);
    if (from === 'connecting' && to === 'alive') life.aliveAt = this.#world.now;
    life.state = to;
    life.since = this.#world.now;
    this.#findTap(life);
    if (to === 'closing') this.#onVerdict(life, event);
  }

  /** Runs after every callback: each handle must agree with the events of its connection. */
  check(): void {
    const known = new Set<Connection>(this.#supervisor.connections);
    for (const life of this.lives.values()) this.#checkLife(life);
    for (const handle of known) {
      if (handle.status === 'left' || handle.status === 'gave-up') {
        this.#world.violated(`${handle.id} is over, and still listed`);
      }
    }
  }

  /** The socket is dialled a little after the incarnation was announced. */
  #findTap(life: Life): void {
    life.tap ??= [...this.#world.taps].find(
      ({ handle, incarnation }) => handle === life.handle && incarnation === life.incarnation,
    );
  }

  #checkLife(life: Life): void {
    this.#findTap(life);
    const { handle, state, tap } = life;
    if (handle.status === 'running' && handle.incarnation === life.incarnation && handle.state !== state) {
      this.#world.violated(`${nameOf(life)} is ${handle.state}, and said ${state}`);
    }
    if (state === 'closed' && tap !== undefined && !tap.over) {
      this.#world.violated(`${nameOf(life)} has closed, and its socket is open`);
    }
  }
}

export function nameOf({ handle, incarnation }: Life): string {
  return `${handle.id}#${incarnation}`;
}

function describe(event: LifecycleEvent): string {
  if (!('connection' in event)) return event.event;
  const who = `${event.connection}#${event.incarnation}`;
  if (event.event === 'state') return `${who} ${event.from ?? ''} > ${event.to} ${event.reason ?? ''}`;
  if (event.event === 'reconnect-scheduled')
    return `${who} returns in ${event.delayMs} ms (${event.because})`;
  return `${who} ${event.event} ${'reason' in event ? event.reason : ''}`;
}
