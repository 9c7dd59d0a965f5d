/** The viewers of an inspector and the messages to them. Without a viewer no timer runs and nothing is attached. */
import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import type { LifecycleEvent } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { kindOfThrown } from '../policy/exits.ts';
import { parseRequest } from './client-messages.ts';
import { lifecycleMessagesOf } from './lifecycle-messages.ts';
import { Meter } from './meter.ts';
import { printable } from './printable.ts';
import { Registry } from './registry.ts';
import { Time } from './supervisor-view.ts';
import { Tap } from './tap.ts';
import { Viewer } from './viewer.ts';
import { BEAT_MS, type Beat, type ClientMessage, type Hello, MAX_WATCHED, type Options } from './wire.ts';

const TICK_MS = 100;
/** Upper bound for the part of the process's time that polling takes, at any number of connections. */
const SHARE = 0.1;

export interface HubOptions {
  readonly mayShowMessages: boolean;
  hello(now: number): Hello;
}

export class Hub {
  readonly #supervisor: Supervisor;
  readonly #options: HubOptions;
  readonly #time: Time;
  readonly #registry: Registry;
  readonly #tap: Tap;
  readonly #viewers = new Set<Viewer>();
  readonly #meter: Meter;
  readonly #events: Subscription;
  #ticking: Subscription | undefined;
  #beatAt = 0;

  constructor(supervisor: Supervisor, options: HubOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
    this.#time = new Time(supervisor.clock);
    this.#registry = new Registry(supervisor, this.#time);
    this.#meter = new Meter(supervisor, this.#time);
    this.#tap = new Tap(supervisor, this.#time, (message) =>
      this.#sendToWatchers(message.connection, message),
    );
    this.#events = supervisor.events$.subscribe((event) =>
      this.#guarded(this.#viewers, () => this.#onLifecycle(event)),
    );
  }

  get size(): number {
    return this.#viewers.size;
  }

  add(socket: WebSocket): void {
    const viewer = new Viewer(socket, this.#now());
    socket.on('message', (data) => this.#guarded([viewer], () => this.#onMessage(viewer, String(data))));
    // ws reports the error to the peer and closes.
    socket.on('error', () => {});
    socket.on('close', () => this.#onClose(viewer));
    this.#guarded([viewer], () => this.#greet(viewer));
  }

  #greet(viewer: Viewer): void {
    if (this.#viewers.size === 0) this.#registry.open();
    else this.#sendDeltas();
    this.#viewers.add(viewer);
    viewer.send(this.#options.hello(this.#time.now()));
    viewer.sendList(JSON.stringify(this.#registry.full()));
    this.#ticking ??= this.#schedule(TICK_MS);
  }

  /** Closes the given viewers with code 1011 when `code` throws; the exception goes no further. */
  #guarded(viewers: Iterable<Viewer>, code: () => void): void {
    try {
      code();
    } catch (error) {
      for (const viewer of viewers) viewer.close(1011, kindOfThrown(error));
    }
  }

  /** Closes every viewer with code 1001. */
  close(): void {
    this.#events.unsubscribe();
    for (const viewer of this.#viewers) {
      viewer.close(1001, 'the inspector is closed');
      this.#onClose(viewer);
    }
  }

  #onClose(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    for (const id of [...viewer.watched.keys()]) this.#unwatch(viewer, id);
    if (this.#viewers.size > 0) return;
    this.#ticking?.unsubscribe();
    this.#ticking = undefined;
    this.#registry.close();
  }

  // --- server to page

  #schedule(ms: number): Subscription {
    return this.#supervisor.clock.scheduler.schedule(() => this.#tick(), ms);
  }

  #tick(): void {
    const begun = this.#now();
    this.#guarded(this.#viewers, () => {
      this.#sendDeltas();
      this.#sendSamples();
      for (const viewer of this.#viewers) viewer.check(begun);
      if (begun - this.#beatAt >= BEAT_MS) this.#beat(begun);
    });
    if (this.#viewers.size === 0) return;
    const took = this.#now() - begun;
    this.#ticking = this.#schedule(Math.max(TICK_MS, took / SHARE));
  }

  /** Without it a page could not tell a frozen process from one where nothing happens. */
  #beat(at: number): void {
    this.#beatAt = at;
    const text = JSON.stringify({ type: 'beat', now: this.#time.now() } satisfies Beat);
    for (const viewer of this.#viewers) if (!viewer.behind) viewer.sendText(text);
  }

  /** Sends the delta to viewers that keep up, and the whole list to those that missed one. */
  #sendDeltas(): void {
    const delta = this.#registry.poll();
    const text = delta && JSON.stringify(delta);
    let list: string | undefined;
    for (const viewer of this.#viewers) {
      if (viewer.paused) continue;
      if (viewer.behind) viewer.stale = true;
      else if (viewer.stale) {
        viewer.stale = false;
        list ??= JSON.stringify(this.#registry.full());
        viewer.sendList(list);
      } else if (text !== undefined) viewer.sendText(text);
    }
  }

  #sendSamples(): void {
    for (const message of this.#meter.read()) this.#sendToWatchers(message.connection, message);
  }

  #onLifecycle(event: LifecycleEvent): void {
    this.#registry.remember(event);
    const ids = new Set([...this.#viewers].flatMap(({ watched }) => [...watched.keys()]));
    if (ids.size === 0) return;
    const watched = [...ids].flatMap((id) => this.#registry.find(id)?.connection ?? []);
    for (const message of lifecycleMessagesOf(event, watched)) {
      const { connection } = message;
      const tell = () => this.#sendToWatchers(connection, { ...message, at: this.#time.now() });
      this.#tap.afterStep(connection, tell);
    }
  }

  #sendToWatchers(id: string, message: object): void {
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) if (viewer.watched.has(id)) viewer.sendText(text);
  }

  // --- page to server

  #onMessage(viewer: Viewer, text: string): void {
    const request = parseRequest(text);
    if (typeof request === 'string') return viewer.send({ type: 'refused', why: request });
    const why = this.#handle(viewer, request);
    if (why !== undefined) viewer.send({ type: 'refused', why });
  }

  /** Returns the reason of a refusal. */
  #handle(viewer: Viewer, request: ClientMessage): string | undefined {
    switch (request.type) {
      case 'watch':
        return this.#watch(viewer, request.id);
      case 'unwatch':
        return this.#unwatch(viewer, request.id);
      case 'options':
        return this.#setOptions(viewer, request);
    }
  }

  #watch(viewer: Viewer, id: string): string | undefined {
    if (viewer.watched.has(id)) return undefined;
    if (viewer.watched.size >= MAX_WATCHED)
      return `watch: ${MAX_WATCHED} connections are watched, the limit for one page`;
    const found = this.#registry.find(id);
    if (found === undefined) return `watch: no connection has the id ${JSON.stringify(id)}`;
    this.#tap.open(id);
    this.#meter.open(id);
    viewer.watched.set(id, undefined);
    const at = this.#time.now();
    const entries = found.history().map((entry) => ({ ...entry, at: this.#time.ofWall(entry.at) }));
    viewer.send({ type: 'history', connection: id, at, entries });
    for (const message of this.#tap.present(id)) viewer.send(message);
    this.#subscribeMessages(viewer, id);
    return undefined;
  }

  #unwatch(viewer: Viewer, id: string): undefined {
    viewer.watched.get(id)?.unsubscribe();
    viewer.watched.delete(id);
    if ([...this.#viewers].some(({ watched }) => watched.has(id))) return;
    this.#tap.close(id);
    this.#meter.close(id);
  }

  #setOptions(viewer: Viewer, { paused, messages }: Options): string | undefined {
    if (messages === true && !this.#options.mayShowMessages) {
      return 'options.messages: refused, as the inspector was created without `messages: true`';
    }
    viewer.stale ||= viewer.paused && paused === false;
    viewer.paused = paused ?? viewer.paused;
    viewer.messages = messages ?? viewer.messages;
    if (messages !== undefined) for (const id of viewer.watched.keys()) this.#subscribeMessages(viewer, id);
    return undefined;
  }

  /** Subscribes a viewer to the messages of a connection, or unsubscribes it. */
  #subscribeMessages(viewer: Viewer, id: string): void {
    viewer.watched.get(id)?.unsubscribe();
    const connection = viewer.messages ? this.#registry.find(id)?.connection : undefined;
    const subscription = connection?.messages$.subscribe((message) => {
      const text = printable(message);
      const shown = typeof text === 'string' ? text : JSON.stringify(text);
      viewer.send({ type: 'message', connection: id, at: this.#time.now(), text: shown });
    });
    viewer.watched.set(id, subscription);
  }

  #now(): number {
    return this.#supervisor.clock.scheduler.now();
  }
}
