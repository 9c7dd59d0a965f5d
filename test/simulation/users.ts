/** Simulated users of connections: random calls at random moments, also from within callbacks, on any handle. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { isHoldfastError } from '../../src/base/errors.ts';
import type { PolicyConfig } from '../../src/config/policy.ts';
import type { ProviderContext } from '../../src/endpoints/providers.ts';
import type { SendOptions } from '../../src/messages/send.ts';
import { textOf } from './clerks.ts';
import { carelessness, type Owner } from './owner.ts';
import { idKey } from './wiretap.ts';
import type { World } from './world.ts';

type Call = readonly [name: string, weight: number, make: () => void];

type Habit = 'knows one' | 'knows several' | 'asks';

/** One of three routes of a host; fixed for an id. */
function routeOf(id: string): string {
  return `route-${Math.floor(Number(id.slice(1)) / 3) % 3}`;
}

/** The source of the URL; fixed for an id. */
function habitOf(id: string): Habit {
  const habits: readonly Habit[] = ['knows one', 'knows several', 'asks'];
  return habits[Number(id.slice(1)) % habits.length] as Habit;
}

export class Users {
  readonly #world: World;
  readonly #owner: Owner;
  readonly #others: () => readonly Connection[];
  /** Every handle, also of connections that are over; newest last. */
  readonly #handles: Connection[] = [];
  #aborts: AbortController[] = [];
  readonly #calls: readonly Call[];
  #meddling = false;

  /** `others`: accepted connections of listening supervisors, which get calls too. */
  constructor(world: World, owner: Owner, others: () => readonly Connection[]) {
    this.#world = world;
    this.#owner = owner;
    this.#others = others;
    this.#calls = [
      ['connect', 8, () => this.#connect()],
      ['misconnect', 1, () => this.#misconnect()],
      ['send', world.settings.talkative ? 50 : 12, () => this.#send()],
      ['close', 3, () => this.#close()],
      ['reconnect', 4, () => this.#reconnect()],
      ['healthy', 1, () => this.#healthy()],
      ['configure', 1, () => this.#any()?.configure(this.#policy())],
      ['configure all', 1, () => this.#owner.supervisor.configure(this.#policy(world.settings.config))],
      ['ready', 2, () => this.#ready()],
      ['abort', 1, () => this.#aborts.shift()?.abort()],
      ['subscribe', 1, () => this.#subscribe()],
      ['loop', 2, () => this.#loop()],
      ['signal', 1, () => this.#owner.signal(world.chance.pick(['offline', 'online', 'online', 'wake']))],
    ];
    owner.onEvent = () => this.meddle();
  }

  /** Makes one random call. */
  act(): void {
    const { chance } = this.#world;
    const total = this.#calls.reduce((sum, [, weight]) => sum + weight, 0);
    let at = chance.int(0, total - 1);
    for (const [name, weight, make] of this.#calls) {
      at -= weight;
      if (at < 0) return this.#attempt(name, make);
    }
  }

  /** Makes a call from within a callback, in a share of the callbacks. */
  readonly meddle = (): void => {
    const { chance, settings } = this.#world;
    if (this.#meddling || !chance.is(settings.mischief)) return;
    this.#meddling = true;
    this.act();
    this.#meddling = false;
  };

  /** Swallows the expected errors: a taken id, a stopped supervisor. */
  #attempt(name: string, make: () => void): void {
    this.#world.note(`user: ${name}`);
    try {
      make();
    } catch (error) {
      const answer = isHoldfastError(error) && (error.code === 'id-in-use' || error.code === 'closed');
      if (!answer) this.#world.violated(`${name} threw ${error}`);
    }
  }

  #any(): Connection | undefined {
    const { chance } = this.#world;
    return chance.is(0.85) ? this.#own() : this.#noted(chance.oneOf(this.#others().slice(-5)));
  }

  #own(): Connection | undefined {
    const { chance, settings } = this.#world;
    return this.#noted(chance.oneOf(this.#handles.slice(-2 * settings.ids)));
  }

  #noted(handle: Connection | undefined): Connection | undefined {
    if (handle !== undefined) this.#world.note(`  of ${handle.id}#${handle.incarnation}`);
    return handle;
  }

  #connect(): void {
    const { chance, settings } = this.#world;
    const number = chance.int(1, settings.ids);
    this.#connectTo(`c${number}`, number % settings.hosts.length);
  }

  #connectTo(id: string, host: number): void {
    const { supervisor } = this.#owner;
    const { name, protocol } = this.#world.hosts[host] ?? { name: '', protocol: '' };
    const existing = supervisor.get(id);
    const abort = new AbortController();
    this.#world.note(`connect ${id} to ${name}`);
    const handle = this.#asked(existing, () =>
      supervisor.connect({
        id,
        url: this.#urlOf(id, host),
        protocol,
        signal: abort.signal,
        onMessage: this.#onMessage,
      }),
    );
    if (existing !== undefined) {
      if (handle !== existing) this.#world.violated(`${id} was running, and connect returned another one`);
      return;
    }
    this.#aborts.push(abort);
    this.#handles.push(handle);
    this.#world.mail.expect(`${id}.closed`, handle.closed);
  }

  /** A handle that was closed is asked back, unless the call is refused. */
  #asked<T>(handle: Connection | undefined, call: () => T): T {
    const { leaving } = this.#world;
    const wasLeaving = handle !== undefined && leaving.delete(handle);
    try {
      return call();
    } catch (error) {
      if (wasLeaving) leaving.add(handle);
      throw error;
    }
  }

  /** One URL, or all URLs of its protocol, or a function that answers one of them or fails. */
  #urlOf(id: string, host: number): ConnectSpec['url'] {
    const { hosts } = this.#world;
    const round = [...hosts.slice(host), ...hosts.slice(0, host)];
    const urls = round
      .filter(({ protocol }) => protocol === hosts[host]?.protocol)
      .map(({ name }) => `memory://${name}/${routeOf(id)}?${idKey}=${id}`);
    const [first = ''] = urls;
    if (habitOf(id) === 'asks') return (context) => this.#answer(urls, context);
    return habitOf(id) === 'knows several' ? urls : first;
  }

  /** Answers soon or late, stays pending, or rejects; the connection may end before the answer. */
  async #answer(urls: readonly string[], { signal }: ProviderContext): Promise<string> {
    const { chance, settings } = this.#world;
    const ms = chance.pick([0, 0, 5, 100, settings.policy.deadlines.provider, Number.POSITIVE_INFINITY]);
    this.meddle();
    const url = chance.pick(urls);
    if (chance.is(0.1)) throw new Error('nobody knows where');
    if (ms === Number.POSITIVE_INFINITY) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } else if (ms > 0) await this.#pause(ms);
    return url;
  }

  /** The same id, with another address: refused while the id is running. */
  #misconnect(): void {
    const { chance, settings } = this.#world;
    const number = chance.int(1, settings.ids);
    const id = `c${number}`;
    // Functions are not compared.
    const running = this.#owner.supervisor.get(id) !== undefined && habitOf(id) !== 'asks';
    if (running) this.#connectTo(id, (number + 1) % settings.hosts.length);
    if (running) this.#world.violated(`${id} was running, and took another address`);
  }

  #send(): void {
    const { chance } = this.#world;
    const handle = this.#any();
    if (handle === undefined) return;
    for (let left = chance.pick([1, 1, 3, 8]); left > 0; left--) {
      const large = handle.url.includes('framed') ? 300_000 : 30_000;
      const text = this.#world.mail.compose(this.#senderOf(handle), chance.pick([0, 10, 500, large]));
      const receipt = handle.send(text, this.#options());
      this.#world.mail.posted(text, receipt);
      if (chance.is(0.3)) this.#world.mail.asked(text, receipt);
    }
  }

  #options(): SendOptions {
    const { chance } = this.#world;
    const expiresIn = chance.is(0.1) ? chance.int(1, 2000) : undefined;
    if (!chance.is(0.1)) return { expiresIn };
    const abort = new AbortController();
    this.#aborts.push(abort);
    return { expiresIn, signal: abort.signal };
  }

  /** Handles of one id are senders of their own. */
  #senderOf(handle: Connection): string {
    const own = this.#handles.indexOf(handle);
    return own >= 0 ? `u${own}` : `s${handle.id}@${handle.url}`.replaceAll('.', '-');
  }

  #close(): void {
    const handle = this.#any();
    if (handle === undefined) return;
    this.#world.leaving.add(handle);
    this.#world.mail.expect(`close of ${handle.id}`, handle.close());
  }

  /** A connection without a counted attempt reports no wait at a gate. */
  #healthy(): void {
    const handle = this.#any();
    if (handle === undefined) return;
    handle.healthy();
    this.#owner.lifelines.hurried(handle);
  }

  #reconnect(): void {
    const handle = this.#any();
    if (handle === undefined) return;
    try {
      this.#asked(handle, () => handle.reconnect());
      this.#owner.lifelines.hurried(handle);
    } catch (error) {
      if (this.#handles.includes(handle)) throw error;
    }
  }

  /** Shorter delays, with or without a gate; the options that invariants check against the clock stay. */
  #policy(config: PolicyConfig = {}): PolicyConfig {
    const { chance, settings } = this.#world;
    const { base, ...backoff } = settings.config.reconnect.backoff;
    const reconnect = { ...config.reconnect, backoff: { ...backoff, base: chance.int(1, base) } };
    return { ...config, reconnect, gate: { enabled: chance.pick([true, false]) } };
  }

  #ready(): void {
    const handle = this.#any();
    if (handle !== undefined) this.#world.mail.expect(`ready of ${handle.id}`, handle.ready());
  }

  /** A stream that completes counts as settled. */
  #subscribe(): void {
    const handle = this.#any();
    if (handle === undefined) return;
    const completed = new Promise<void>((resolve) => {
      handle.state$.subscribe({ complete: resolve });
    });
    this.#world.mail.expect(`state$ of ${handle.id}`, completed);
  }

  /** Reads the messages slowly, and stops at a random message. */
  #loop(): void {
    const handle = this.#any();
    if (handle === undefined) return;
    const { chance, mail } = this.#world;
    const name = `loop ${this.#world.serial()} of ${handle.id}`;
    const buffer = { messages: chance.int(1, 5) };
    const read = async () => {
      for await (const message of handle.messages({ buffer })) {
        mail.looped(textOf(message), name);
        if (chance.is(0.05)) break;
        await this.#pause(chance.pick([0, 20, 500, 3000]));
      }
    };
    mail.expect(name, read());
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.clock.scheduler.schedule(() => resolve(), ms);
    });
  }

  readonly #onMessage = (message: unknown, connection: Connection) => this.#read(message, connection);

  #read(message: unknown, connection: Connection): void {
    const { reading, mail, chance, settings } = this.#world;
    const who = `${connection.id}#${connection.incarnation}`;
    // What a handshake left unread is delivered when it is done, in a turn of its own.
    const left = reading === undefined && connection.url.includes('greeting');
    if (!left && (reading?.handle !== connection || reading.incarnation !== connection.incarnation)) {
      this.#world.violated(`${who} got a message of ${reading?.name}`);
    }
    if (connection.status !== 'running' || connection.state === 'closed') {
      this.#world.violated(`${who} got a message while ${connection.state}, ${connection.status}`);
    }
    const text = textOf(message);
    if (text.startsWith('u')) mail.returned(text, `${who} of ${this.#handles.indexOf(connection)}`);
    else mail.arrived(text, `${who} of ${this.#handles.indexOf(connection)}`);
    this.meddle();
    if (settings.stalling && chance.is(settings.mischief / 5)) this.#world.stall(chance.int(5, 3000));
    if (chance.is(settings.mischief)) throw new Error(carelessness);
  }
}
