/** Plain peers without a supervisor, one for each connection that a plain server accepted. */

import type { Dialogue, StatelessProtocol } from '../../src/ports/protocol.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { Peer } from '../../src/testing/network/memory-peer.ts';
import type { MemorySocket } from '../../src/testing/network/memory-socket.ts';
import { adopt } from '../../src/testing/network/memory-transport.ts';
import type { Faults } from './faults.ts';
import { bye, hello, refused, welcome } from './greeting.ts';
import type { OwnedClock } from './owned-clock.ts';
import type { HostKind } from './settings.ts';
import type { Tap } from './tap.ts';
import type { World } from './world.ts';

export interface Place {
  readonly world: World;
  readonly faults: Faults;
  readonly clock: OwnedClock;
  readonly host: string;
}

type Codec = StatelessProtocol<unknown, string>;

/** A peer that encodes and decodes a protocol with its own codec. */
export class Clerk {
  readonly link: number;
  readonly peer: Peer;
  protected readonly place: Place;
  readonly #codec: Codec;
  readonly #dialogue: Dialogue<string>;
  #over = false;

  constructor(raw: unknown, place: Place, codec: Codec) {
    this.link = (raw as MemorySocket).id;
    this.place = place;
    this.#codec = codec;
    this.peer = new Peer((sink) => adopt(raw, sink));
    this.#dialogue = dialogueOf(codec, { side: 'accept' });
    const { decoder } = this.#dialogue;
    this.peer.onData = (chunk) => {
      const violation = decoder.push(chunk, { frame: (frame) => this.#frame(frame) });
      if (violation !== undefined) place.world.violated(`link ${this.link} carried ${violation.detail}`);
    };
  }

  /** The other end, if it still has a socket. */
  get tap(): Tap | undefined {
    return [...this.place.world.taps].find(({ link, side }) => link === this.link && side === 'dial');
  }

  say(text: string): void {
    this.write(this.#codec.encode(text));
  }

  /** Sends so often that the connection needs no probe. */
  stream(messages: number): void {
    if (messages === 0 || this.over) return;
    this.say(this.place.world.mail.compose(`p${this.link}`, 5));
    this.place.clock.scheduler.schedule(() => this.stream(messages - 1), 100);
  }

  /** Garbage, or half a message and no more. */
  insult(): void {
    const { tap, peer } = this;
    if (tap === undefined) return;
    tap.insulted = true;
    this.place.faults.disturb(this.link);
    peer.write(new Uint8Array([9, 0xff, 10]));
  }

  /** Reads our end of stream, and never ends its own. */
  keepOpen(): void {
    this.peer.onEnd = () => {};
  }

  /** Ends its stream, reads nothing, and never closes. */
  standHalfClosed(): void {
    this.place.faults.disturb(this.link);
    this.keepOpen();
    this.peer.end();
    this.peer.pause();
  }

  closed(): void {
    this.#over = true;
  }

  protected get over(): boolean {
    return this.#over;
  }

  protected write(chunk: Uint8Array): void {
    if (this.#over) return;
    this.tap?.sentToUs.push(this.place.world.now);
    this.peer.write(chunk);
  }

  protected answer(): void {
    this.write(new TextEncoder().encode('PONG\n'));
  }

  #frame(frame: unknown): void {
    const heartbeat = this.#dialogue.isHeartbeat(frame);
    if (heartbeat === false) return this.business(frame);
    if (heartbeat.kind === 'ping') this.answer();
  }

  protected business(message: unknown): void {
    const text = textOf(message);
    this.place.world.mail.arrived(text, `link ${this.link}`);
    this.say(text);
  }
}

/** A peer that answers shortly before or after the deadline. */
class SlowClerk extends Clerk {
  #busyUntil = 0;

  protected override answer(): void {
    const { clock, world } = this.place;
    const { now } = world;
    if (this.#busyUntil <= now) this.#busyUntil = now + this.#delay();
    clock.scheduler.schedule(() => super.answer(), this.#busyUntil - now);
  }

  /** Delay after which the answer arrives close to the deadline of the probe. */
  #delay(): number {
    const { chance, settings } = this.place.world;
    if (chance.is(0.5)) return chance.int(0, 20);
    const way = 2 * settings.latencyMs + settings.jitterMs;
    return Math.max(0, settings.policy.heartbeat.condemnAfter - way + chance.int(-50, 15));
  }
}

/** A peer that answers the first ping only, and echoes nothing. */
class MuteClerk extends Clerk {
  #answered = false;

  override say(): void {}

  protected override answer(): void {
    if (!this.#answered) super.answer();
    this.#answered = true;
  }
}

/** The peer of the protocol `greeting`. */
class GreetingClerk extends Clerk {
  #met = false;
  #left = false;
  #messages = 0;

  protected override business(message: unknown): void {
    const { world } = this.place;
    if (this.#left)
      world.violated(`link ${this.link} carried ${String(message).slice(0, 20)} after its last words`);
    if (message === bye) this.#left = true;
    else if (message === hello) this.#meet();
    else {
      if (!this.#met) world.violated(`link ${this.link} carried a message before its greeting`);
      super.business(message);
      this.say(`ACK ${++this.#messages}`);
    }
  }

  #meet(): void {
    const { chance } = this.place.world;
    if (chance.is(0.1)) return this.say(refused as string);
    this.#met = true;
    this.place.clock.scheduler.schedule(() => this.say(welcome as string), chance.pick([0, 0, 100]));
  }
}

/** A peer that sends one heartbeat per interval. */
class FramedClerk extends Clerk {
  constructor(raw: unknown, place: Place) {
    super(raw, place, framed());
    this.#beat();
  }

  #beat(): void {
    const { interval } = this.place.world.settings.policy.heartbeat;
    if (interval === null || this.over) return;
    this.write(new Uint8Array([0, 1]));
    this.place.clock.scheduler.schedule(() => this.#beat(), interval * 0.95);
  }
}

export function clerkFor(kind: HostKind, raw: unknown, place: Place): Clerk {
  if (kind === 'framed') return new FramedClerk(raw, place);
  if (kind === 'greeting') return new GreetingClerk(raw, place, line());
  if (kind === 'slow') return new SlowClerk(raw, place, line());
  if (kind === 'mute') return new MuteClerk(raw, place, line());
  const clerk = new Clerk(raw, place, line());
  if (kind === 'deaf') clerk.peer.onData = () => {};
  if (kind === 'rude')
    clerk.peer.onOpen = () => (place.world.chance.is(0.5) ? clerk.peer.end() : clerk.peer.reset());
  return clerk;
}

/** A message as text, whichever protocol carried it. */
export function textOf(message: unknown): string {
  return typeof message === 'string' ? message : new TextDecoder().decode(message as Uint8Array);
}
