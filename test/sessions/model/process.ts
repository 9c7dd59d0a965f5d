/** A process of the model that accepts sessions on the shared store: it dies without a word, stands still, or stops in good order. */
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { AcceptSink, Socket, SocketSink } from '../../../src/ports/transport.ts';
import { framed } from '../../../src/protocols/framed.ts';
import { session } from '../../../src/sessions/both.ts';
import type { Session } from '../../../src/sessions/handle.ts';
import type { SessionStore } from '../../../src/sessions/store.ts';

import { OwnedClock } from '../../simulation/owned-clock.ts';
import { textOf } from '../world.ts';
import type { Stage } from './stage.ts';

type Call = (...args: unknown[]) => unknown;

const lost = 'the reply was lost';

export class Process {
  readonly name: string;
  readonly host: string;
  readonly clock: OwnedClock;
  /** The number of the message with which its application has done last. */
  done = 0;
  isDead = false;
  isStopping = false;
  /** It stood still, or did not reach the store: its lease may have run out, while its application worked on. */
  wasLate = false;
  /** The session, as its application has it, if it is here. */
  held: Session | undefined;
  /** The fates of the messages of its application. */
  readonly fates = new Map<string, string>();
  readonly supervisor: ListeningSupervisor;
  readonly #stage: Stage;
  readonly #sockets = new Set<Socket<Uint8Array>>();
  #unbind: (() => void) | undefined;

  private constructor(stage: Stage, host: string, serial: number) {
    this.name = `${host}~${serial}`;
    this.host = host;
    this.#stage = stage;
    this.clock = new OwnedClock(stage.clock, () => {});
    this.supervisor = createListeningSupervisor({
      transports: [this.#transport()],
      clock: this.clock,
      logger: silentLogger,
      onError: (error) => {
        if (!String(error).includes(lost)) stage.ledger.violated(`${this.name} reports ${error}`);
      },
    });
  }

  static async begin(stage: Stage, host: string, serial: number): Promise<Process> {
    const process = new Process(stage, host, serial);
    await process.supervisor.listen({
      url: `memory://${host}`,
      protocol: session(framed(), {
        plaintext: true,
        store: process.#reached(stage.store),
        onSession: (handle) => process.#hold(handle),
      }),
    });
    return process;
  }

  get isRunning(): boolean {
    return !this.isDead && !this.isStopping;
  }

  send(text: string): void {
    const receipt = this.held?.send(text);
    receipt?.then(
      ({ confirmed }) => void confirmed.then((fate) => this.fates.set(text, fate)),
      ({ outcome }) => this.fates.set(text, String(outcome)),
    );
  }

  /** `isSilent`: the other ends of its sockets hear nothing of it. */
  die(isSilent: boolean): void {
    this.isDead = true;
    this.#stage.ledger.mayRepeat = true;
    this.clock.die();
    this.#unbind?.();
    for (const link of this.#stage.network.links) if (isSilent && link.host === this.host) link.cut();
    for (const socket of this.#sockets) socket.destroy();
  }

  halt(): void {
    this.wasLate = this.#stage.ledger.mayRepeat = true;
    this.#stage.network.host(this.host).freeze();
    this.clock.halt();
  }

  goOn(): void {
    this.#stage.network.host(this.host).thaw();
    this.clock.goOn();
  }

  stop(): Promise<void> {
    this.isStopping = true;
    return this.supervisor.stop();
  }

  #hold(handle: Session): void {
    this.held = handle;
    handle.onMessage = (message, { again }) => this.#handle(handle, textOf(message), again);
    void handle.closed.then(({ reason }) => {
      if (this.held === handle) this.held = undefined;
      if (reason !== 'moved' && reason !== 'going-away')
        this.#stage.ledger.violated(`${this.name} has lost the session: ${reason}`);
    });
  }

  #handle(handle: Session, text: string, again: boolean): unknown {
    const { ledger, handlerMs, transacts } = this.#stage;
    const begun = ledger.begin(this, text, again);
    if (handlerMs > 0 || transacts) return this.#work(handle, () => ledger.end(begun));
    return ledger.end(begun);
  }

  async #work(handle: Session, end: () => void): Promise<void> {
    const { handlerMs, transacts } = this.#stage;
    if (handlerMs > 0) await this.#pause(handlerMs);
    if (transacts) await handle.handled(() => {}).catch(() => {});
    end();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.scheduler.schedule(() => resolve(), ms));
  }

  /** The time of one way to the store. Never over, once the process is dead. */
  async #reach(): Promise<void> {
    if (this.#stage.storeMs > 0) await this.#pause(this.#stage.storeMs);
    if (this.isDead) await new Promise(() => {});
  }

  /** The store, as this process reaches it. */
  #reached(store: SessionStore): SessionStore {
    return new Proxy(store, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== 'function') return value;
        const call = (value as Call).bind(target);
        return key === 'begin' ? call : (...args: unknown[]) => this.#ask(String(key), call, args);
      },
    });
  }

  async #ask(name: string, call: Call, args: unknown[]): Promise<unknown> {
    const { ledger } = this.#stage;
    await this.#reach();
    const answer = await call(...args);
    ledger.answered(this, name, args, answer);
    await this.#reach();
    if (!this.#stage.loses()) return answer;
    this.wasLate = ledger.mayRepeat = true;
    throw new Error(lost);
  }

  /** The network, for as long as the process lives. */
  #transport() {
    const { transport } = this.#stage.network;
    return {
      ...transport,
      listen: async (url: URL, sink: AcceptSink) => {
        const bound = await transport.listen(url, sink);
        this.#unbind = () => void bound.close();
        return bound;
      },
      adopt: (raw: unknown, sink: SocketSink<Uint8Array>) => {
        const socket = transport.adopt(
          raw,
          this.#whileAlive(sink, () => this.#sockets.delete(socket)),
        );
        this.#sockets.add(socket);
        return socket;
      },
    };
  }

  #whileAlive(sink: SocketSink<Uint8Array>, closed: () => void): SocketSink<Uint8Array> {
    return {
      opened: () => this.isDead || sink.opened(),
      received: (chunk) => this.isDead || sink.received(chunk),
      written: () => this.isDead || sink.written(),
      ended: () => this.isDead || sink.ended(),
      failed: (failure) => this.isDead || sink.failed(failure),
      closed: () => {
        closed();
        if (!this.isDead) sink.closed();
      },
    };
  }
}
