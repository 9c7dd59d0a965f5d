/** A client of another library as the socket of an incarnation: from before there is a client until it is dropped. */
import { HoldfastError } from '../base/errors.ts';
import { userOf } from '../base/url-user.ts';
import type { DialProgress, Socket, SocketSink, Transport } from '../ports/transport.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import type { Adopting, Adoption } from './adoption.ts';
import { Opening, Ping, Pong, Sent } from './chunks.ts';
import { failureFrom } from './errors.ts';

export function adoptedTransport<Client, In, Out, Secret>(
  adoption: Adoption<Client, In, Out, Secret>,
): Transport<unknown> {
  const { name } = adoption;
  return {
    name,
    schemes: [],
    carrier: 'messages',
    provedByOpening: false,
    defaultProtocol: name,
    check: () => undefined,
    dial: ({ url }, sink, clock = systemClock) => new AdoptedSocket(adoption, url, sink, clock),
  };
}

/** `failing`: a function has thrown, which is reported in a microtask. `over`: the client is dropped, or will be when it comes. */
type Stage = 'new' | 'open' | 'ready' | 'alive' | 'parting' | 'failing' | 'over';

class AdoptedSocket<Client, In, Out, Secret> implements Socket<unknown> {
  readonly #adoption: Adoption<Client, In, Out, Secret>;
  /** The URL, with user and password. */
  readonly #url: URL;
  readonly #sink: SocketSink<unknown>;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #stage: Stage = 'new';
  #opening: Opening<Client> | undefined;
  /** `open` was called, and has not settled. */
  #awaited = false;
  /** The client, in a list as it may be of any type. */
  #clients: readonly [] | readonly [Client] = [];
  /** A ping is under way. */
  #asking = false;
  /** The newest ping that was wanted. */
  #wanted = 0;
  #stream: { readonly bytesRead: number } | undefined;
  #bytesRead = 0;

  constructor(
    adoption: Adoption<Client, In, Out, Secret>,
    url: URL,
    sink: SocketSink<unknown>,
    clock: Clock,
  ) {
    this.#adoption = adoption;
    this.#url = url;
    this.#sink = sink;
    this.#clock = clock;
    clock.afterIo(() => this.#unlessOver(() => sink.opened()));
  }

  get bytesRead(): number {
    try {
      const read = this.#stream?.bytesRead;
      // NaN is never what it was, and would count as life for ever.
      if (Number.isFinite(read)) this.#bytesRead = read as number;
    } catch {
      // A stream that has ended may refuse to be asked: what it has read stays.
    }
    return this.#bytesRead;
  }

  get progress(): DialProgress | undefined {
    if (!this.#isOpening) return undefined;
    return { detail: `${this.#adoption.name}: ${this.#stage}() has not resolved` };
  }

  write(chunk: unknown): boolean {
    if (this.#isOver) return false;
    try {
      if (chunk instanceof Sent) this.#send(chunk);
    } catch (error) {
      // Once the writer knows that nothing was written.
      this.#stage = 'failing';
      queueMicrotask(() => this.#fail(error));
      return false;
    }
    // Before any answer.
    queueMicrotask(() => this.#unlessOver(() => this.#sink.written()));
    if (chunk instanceof Opening) this.#whenDone(this.#open(chunk as Opening<Client>), () => {});
    if (chunk instanceof Ping) this.#ask(chunk.id);
    return true;
  }

  end(): void {
    if (this.#stage !== 'alive') return this.destroy();
    this.#stage = 'parting';
    this.#whenDone(
      resultOf(() => this.#adoption.goodbye?.(this.#clients[0] as Client)),
      () => this.#finish(),
    );
  }

  destroy(): void {
    if (!this.#isOver) this.#finish();
  }

  pause(): void {}

  resume(): void {}

  get #isOpening(): boolean {
    return this.#stage === 'open' || this.#stage === 'ready';
  }

  get #isOver(): boolean {
    return this.#stage === 'failing' || this.#stage === 'over';
  }

  #unlessOver(then: () => void): void {
    if (!this.#isOver) then();
  }

  #whenDone(answer: unknown, done: () => void): void {
    Promise.resolve(answer).then(
      () => this.#unlessOver(done),
      (error) => this.#fail(error),
    );
  }

  #send({ message }: Sent): void {
    this.#whenDone(this.#adoption.send?.(this.#clients[0] as Client, message as Out), () => {});
  }

  /** Pings leave one at a time: those that come meanwhile are one more after it. */
  #ask(id: number): void {
    this.#wanted = id;
    if (this.#asking) return;
    this.#asking = true;
    this.#whenDone(
      resultOf(() => this.#adoption.ping(this.#clients[0] as Client)),
      () => {
        this.#asking = false;
        this.#sink.received(new Pong(id));
        if (this.#wanted !== id) this.#ask(this.#wanted);
      },
    );
  }

  async #open(opening: Opening<Client>): Promise<void> {
    this.#opening = opening;
    this.#stage = 'open';
    const adopting = this.#adopting(opening);
    const client = await this.#made(adopting);
    if (this.#isOver) return;
    this.#stage = 'ready';
    await this.#adoption.ready?.(client, adopting);
    if (this.#isOver) return;
    this.#stream = this.#adoption.stream?.(client);
    this.#stage = 'alive';
    opening.client.resolve(client);
  }

  /** A client that comes too late is dropped. */
  async #made(adopting: Adopting<In, Secret>): Promise<Client> {
    this.#awaited = true;
    try {
      const client = await this.#adoption.open(adopting);
      this.#clients = [client];
      return client;
    } finally {
      this.#awaited = false;
      if (this.#stage === 'over') this.#drop();
    }
  }

  #adopting({ io }: Opening<Client>): Adopting<In, Secret> {
    return {
      url: io.url,
      credentials: Object(io.credentials).handshake ?? userOf(this.#url),
      signal: this.#abort.signal,
      message: (message) => this.#unlessOver(() => this.#sink.received(message)),
      ended: (error) => this.#ended(error),
    };
  }

  #ended(error: unknown): void {
    if (Object(error) === error) this.#fail(error);
    // A rejection of `open` or `ready` says why, and may be on its way.
    else if (this.#isOpening) this.#clock.afterIo(() => this.#endBare());
    else this.#endBare();
  }

  #endBare(): void {
    if (!this.#isOver) this.#finish(() => this.#sink.ended());
  }

  #fail(error: unknown): void {
    if (this.#stage === 'over') return;
    const failure = failureFrom(error, this.#isOpening ? 'opening' : 'open', this.#adoption);
    this.#finish(() => this.#sink.failed(failure));
  }

  /** The socket has closed when nothing of the client is left, so it waits for one that is on its way. The report may call `destroy`. */
  #finish(report = () => {}): void {
    this.#stage = 'over';
    report();
    const ended = new HoldfastError('closed', `${this.#adoption.name}: the client is no longer wanted`);
    this.#opening?.client.reject(ended);
    this.#abort.abort(ended);
    if (!this.#awaited) this.#drop();
  }

  #drop(): void {
    const [client] = this.#clients;
    const dropped = this.#clients.length > 0 && resultOf(() => this.#adoption.drop(client as Client));
    Promise.resolve(dropped).then(
      () => this.#closed(),
      (error) => {
        this.#sink.failed(failureFrom(error, 'open', this.#adoption));
        this.#closed();
      },
    );
  }

  /** A socket of Node that was destroyed has closed one turn of the event loop later. */
  #closed(): void {
    this.#clock.afterIo(() => this.#clock.afterIo(() => this.#sink.closed()));
  }
}

/** The result of a function; a rejection, when it throws. */
async function resultOf(run: () => unknown): Promise<unknown> {
  return run();
}
