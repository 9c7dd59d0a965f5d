/** A supervisor in the simulated world, with checks on all its resources until it has stopped. */

import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../../src/actors/supervisor/listening-supervisor.ts';
import type { Signal } from '../../src/actors/supervisor/signals.ts';
import { modeOf } from '../../src/endpoints/plan.ts';
import type { HeartbeatMode } from '../../src/ports/protocol.ts';
import type { Side, Transport } from '../../src/ports/transport.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import type { Faults } from './faults.ts';
import { greeting } from './greeting.ts';
import { type Life, Lifelines } from './lifelines.ts';
import { checkDeadlines, checkVerdict } from './liveness.ts';
import type { OwnedClock } from './owned-clock.ts';
import { type Party, wiretap } from './wiretap.ts';
import type { World } from './world.ts';

/** Message of the errors that simulated users throw; no other error may reach `onError`. */
export const carelessness = 'a user did not catch this';

export class Owner implements Party {
  readonly name: string;
  readonly supervisor: ListeningSupervisor;
  readonly transport: Transport<Uint8Array>;
  readonly clock: OwnedClock;
  readonly lifelines: Lifelines;
  /** Accepted connections, newest last. */
  readonly accepted: Connection[] = [];
  /** Called with what happened, as a user would be. */
  onEvent: ((event: LifecycleEvent) => void) | undefined;
  stopped = false;
  /** False once the process stood still by itself: its deadlines are not checked any more. */
  isPunctual = true;
  bound?: () => void;
  #listener: ((signal: Signal) => void) | undefined;
  #stoppedAt: number | undefined;
  /** The window of `stop({ over })`. */
  #over = 0;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #modes: Readonly<Record<Side, Readonly<Record<string, HeartbeatMode | undefined>>>>;

  constructor(world: World, faults: Faults, name: string) {
    const { config, policy } = world.settings;
    this.#world = world;
    this.#faults = faults;
    this.name = name;
    this.clock = world.ownClock();
    const modes = (side: Side) => ({
      line: modeOf(line(), policy, side),
      framed: modeOf(framed(), policy, side),
      websocket: modeOf(websocket(), policy, side),
    });
    this.#modes = { dial: modes('dial'), accept: modes('accept') };
    const { stream, webSockets } = wiretap(world, this);
    this.transport = stream;
    this.supervisor = createListeningSupervisor({
      ...config,
      clock: this.clock,
      protocols: { line, framed, greeting },
      transports: [stream, webSockets],
      signals: {
        watch: (listener) => {
          this.#listener = listener;
          return () => {
            this.#listener = undefined;
            this.lifelines.offlineUntil = 0;
          };
        },
      },
      onError: (error, where) => {
        const careless = error instanceof Error && error.message === carelessness;
        if (!careless) world.violated(`${name} reports from ${where}: ${error}`);
      },
    });
    this.lifelines = new Lifelines(world, this.supervisor, (life, event) => checkVerdict(world, life, event));
    this.supervisor.events$.subscribe((event) => this.#follow(event));
    world.invariants.push(this.#check);
  }

  opening(id: string | undefined): Connection | undefined {
    return id === undefined ? this.accepted.at(-1) : this.supervisor.get(id);
  }

  isDisturbed(host: string, link: number): boolean {
    return this.#faults.isDisturbed(host, link);
  }

  /** Emits a platform signal, if it has a listener. */
  signal(signal: Signal): void {
    if (this.#listener === undefined) return;
    this.lifelines.signalled(signal);
    this.#listener(signal);
  }

  /** `killed`: its actor is stopped, without a close frame. */
  stop(killed = false): void {
    if (this.#stoppedAt !== undefined) return;
    this.#stoppedAt = this.#world.now;
    this.#world.note(`${this.name} is ${killed ? 'killed' : 'stopped'}`);
    this.lifelines.killed = killed;
    if (killed) this.supervisor.actor.stop();
    this.#over = this.#world.chance.pick([0, 0, 300, 2000]);
    this.supervisor.stop({ over: this.#over }).then(() => {
      this.stopped = true;
      this.#world.note(`${this.name} has stopped`);
      if (!killed) this.expectNothing();
    });
  }

  get isStopping(): boolean {
    return this.#stoppedAt !== undefined;
  }

  /** The process is gone, without a word. `isSilent`: the other ends of its sockets are not told. */
  die(isSilent: boolean): void {
    this.clock.die();
    this.bound?.();
    this.#world.invariants.splice(this.#world.invariants.indexOf(this.#check), 1);
    const own = [...this.#world.taps].filter(({ owner }) => owner === this);
    for (const link of this.#world.network.links) {
      if (!own.some((tap) => tap.link === link.id)) continue;
      this.#faults.disturb(link.id);
      if (isSilent) link.cut();
    }
    for (const tap of own) tap.orphan();
  }

  expectNothing(): void {
    const left = [...this.supervisor.connections].map(({ id }) => id);
    const open = [...this.#world.taps].filter(({ owner }) => owner === this).map((tap) => tap.name);
    if (left.length > 0) this.#world.violated(`${this.name} has stopped, and keeps ${left}`);
    if ([...this.supervisor.gates].length > 0)
      this.#world.violated(`${this.name} has stopped, and keeps gates`);
    if (open.length > 0) this.#world.violated(`${this.name} has stopped, and has open sockets: ${open}`);
    if (this.clock.pending > 0) {
      this.#world.violated(`${this.name} has stopped, and has ${this.clock.pending} timers`);
    }
  }

  #follow(event: LifecycleEvent): void {
    if (event.event === 'state' && event.to === 'suspect') {
      const life = this.lifelines.lives.get(event.connection);
      if (life !== undefined) this.#faults.aimStall(life);
    }
    this.onEvent?.(event);
  }

  readonly #check = (): void => {
    this.lifelines.check();
    if (this.isPunctual)
      for (const life of this.lifelines.lives.values()) checkDeadlines(this.#world, life, this.#modeOf(life));
    if (this.#stoppedAt !== undefined && !this.stopped) this.#checkStop(this.#stoppedAt);
  };

  #modeOf({ tap }: Life): HeartbeatMode | undefined {
    return tap && this.#modes[tap.side][/framed|websocket/.exec(tap.host)?.[0] ?? 'line'];
  }

  #checkStop(stoppedAt: number): void {
    const { now, settings } = this.#world;
    const limit =
      stoppedAt + this.#over + 4 * settings.policy.deadlines.close + this.#world.stallsSince(stoppedAt).ms;
    if (now > limit) this.#world.violated(`${this.name} was stopped at ${stoppedAt}, and still is not`);
  }
}
