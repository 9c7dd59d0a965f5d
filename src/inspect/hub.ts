/** The viewers of an inspector and the messages to them. Without a viewer no timer runs and nothing is attached. */
import type { Subscription } from 'rxjs';
import { kindOfThrown } from '../policy/exits.ts';
import type { Clock } from '../time/clock.ts';
import { parseRequest } from './client-messages.ts';
import type { Audience, Source, WatchedMessage } from './source.ts';
import { Time } from './supervisor-view.ts';
import { Viewer, type ViewerSocket, type Watched } from './viewer.ts';
import { VitalsTeller } from './vitals.ts';
import { BEAT_MS, type Hello, type ServerMessage } from './wire.ts';
import type { Act, Acted, ActionDesk, Propose } from './wire-actions.ts';
import { type ClientMessage, MAX_WATCHED, type Options } from './wire-requests.ts';

const TICK_MS = 100;
/** Upper bound for the part of the process's time that polling takes, at any number of connections. */
const SHARE = 0.1;

export interface HubOptions {
  readonly mayShowMessages: boolean;
  /** Absent where pages may not act. */
  readonly desk?: ActionDesk;
  hello(now: number): Hello;
}

export class Hub {
  readonly #clock: Clock;
  readonly #options: HubOptions;
  readonly #time: Time;
  readonly #viewers = new Set<Viewer>();
  /** By their ids; the own process has none. */
  readonly #sources = new Map<string | undefined, Source>();
  readonly #vitals: VitalsTeller;
  #ticking: Subscription | undefined;
  #beatAt = 0;

  constructor(clock: Clock, options: HubOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#time = new Time(clock);
    this.#vitals = new VitalsTeller();
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Shows the connections of one more process. */
  addSource(source: Source): void {
    this.#sources.set(source.id, source);
    if (this.#viewers.size === 0) return;
    source.open(this.#audienceOf(source));
    const about = source.about?.();
    if (about !== undefined) this.#sendToAll(about);
  }

  removeSource(source: Source): void {
    source.close();
    this.#sources.delete(source.id);
    for (const { watched } of this.#viewers) {
      for (const [key, each] of watched) if (each.reporter === source.id) watched.delete(key);
    }
  }

  add(socket: ViewerSocket): void {
    const viewer = new Viewer(socket, this.#now());
    socket.onMessage((text) => this.#guarded([viewer], () => this.#onMessage(viewer, text)));
    socket.onClose(() => this.#onClose(viewer));
    this.#guarded([viewer], () => this.#greet(viewer));
  }

  #greet(viewer: Viewer): void {
    // The list of a source is that of its last poll.
    if (this.#viewers.size > 0) this.#deliver(this.#news());
    else for (const source of this.#sources.values()) source.open(this.#audienceOf(source));
    this.#viewers.add(viewer);
    viewer.send(this.#options.hello(this.#time.now()));
    for (const source of this.#sources.values()) {
      const about = source.about?.();
      if (about !== undefined) viewer.send(about);
      viewer.sendList(textOf(source.full(), source.id));
    }
    if (this.#ticking !== undefined) return;
    this.#vitals.begin(this.#now());
    this.#ticking = this.#schedule(TICK_MS);
  }

  #audienceOf(source: Source): Audience {
    return {
      tell: (message) => this.#sendToWatchers(source, message),
      announce: (message) => this.#sendToAll(message),
      failed: (error) => this.#fail(this.#viewers, error),
    };
  }

  /** Closes the given viewers with code 1011 when `code` throws; the exception goes no further. */
  #guarded(viewers: Iterable<Viewer>, code: () => void): void {
    try {
      code();
    } catch (error) {
      this.#fail(viewers, error);
    }
  }

  #fail(viewers: Iterable<Viewer>, error: unknown): void {
    for (const viewer of viewers) viewer.close(1011, kindOfThrown(error));
  }

  /** Closes every viewer with code 1001. */
  close(): void {
    for (const viewer of this.#viewers) {
      viewer.close(1001, 'the inspector is closed');
      this.#onClose(viewer);
    }
  }

  #onClose(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    for (const watch of [...viewer.watched.values()]) this.#unwatch(viewer, watch);
    this.#agreeOnMessages();
    if (this.#viewers.size > 0) return;
    this.#ticking?.unsubscribe();
    this.#ticking = undefined;
    for (const source of this.#sources.values()) source.close();
  }

  // --- server to page

  #schedule(ms: number): Subscription {
    this.#vitals.expect(this.#now() + ms);
    return this.#clock.scheduler.schedule(() => this.#tick(), ms);
  }

  #tick(): void {
    const begun = this.#now();
    this.#vitals.came(begun);
    this.#look(begun);
    if (this.#viewers.size === 0) return;
    const took = this.#now() - begun;
    this.#ticking = this.#schedule(Math.max(TICK_MS, took / SHARE));
  }

  #look(at: number): void {
    this.#guarded(this.#viewers, () => {
      this.#sendDeltas();
      for (const source of this.#sources.values())
        for (const message of source.samples()) this.#sendToWatchers(source, message);
      for (const viewer of this.#viewers) viewer.check(at);
      if (at - this.#beatAt >= BEAT_MS) this.#beat(at);
      const vitals = this.#vitals.news(at, this.#time);
      if (vitals !== undefined) this.#sendToReady(vitals);
    });
  }

  /** Without it a page could not tell a frozen process from one where nothing happens. */
  #beat(at: number): void {
    this.#beatAt = at;
    this.#sendToReady({ type: 'beat', now: this.#time.now() });
  }

  #sendToReady(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) if (!viewer.behind) viewer.sendText(text);
  }

  /** Nothing is polled while all are paused: their lists are sent whole when they go on. */
  #sendDeltas(): void {
    if ([...this.#viewers].every(({ paused }) => paused)) return;
    this.#deliver(this.#news());
  }

  #news(): readonly string[] {
    return [...this.#sources.values()].flatMap((source) =>
      source.poll().map((message) => textOf(message, source.id)),
    );
  }

  /** Sends the deltas to viewers that keep up, and the whole list to those that missed one. */
  #deliver(news: readonly string[]): void {
    let lists: readonly string[] | undefined;
    for (const viewer of this.#viewers) {
      if (viewer.paused) continue;
      if (viewer.behind) viewer.stale = true;
      else if (viewer.stale) {
        viewer.stale = false;
        lists ??= [...this.#sources.values()].map((source) => textOf(source.full(), source.id));
        for (const list of lists) viewer.sendList(list);
      } else for (const text of news) viewer.sendText(text);
    }
  }

  /** Paused viewers get it, too. */
  #sendToAll(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) viewer.sendText(text);
  }

  #sendToWatchers(source: Source, message: WatchedMessage): void {
    const key = keyOf({ reporter: source.id, id: message.connection });
    const text = textOf(message, source.id);
    for (const viewer of this.#viewers) {
      const wanted = message.type !== 'message' || viewer.messages;
      if (wanted && viewer.watched.has(key)) viewer.sendText(text);
    }
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
        return this.#watch(viewer, request);
      case 'unwatch':
        return this.#unwatch(viewer, request);
      case 'options':
        return this.#setOptions(viewer, request);
      case 'ask':
        this.#sendDeltas();
        this.#beat(this.#now());
        return undefined;
      case 'propose':
      case 'act':
        return this.#act(viewer, request);
    }
  }

  #act(viewer: Viewer, request: Propose | Act): string | undefined {
    const { desk } = this.#options;
    if (desk === undefined)
      return `${request.type}: refused, as the inspector was created without \`actions: true\``;
    const told = (message: Acted) => viewer.send(message);
    const answer =
      request.type === 'propose' ? desk.propose(viewer, request) : desk.act(viewer, request, told);
    if (typeof answer === 'object') viewer.send(answer);
    return typeof answer === 'string' ? answer : undefined;
  }

  #watch(viewer: Viewer, watch: Watched): string | undefined {
    const key = keyOf(watch);
    if (viewer.watched.has(key)) return undefined;
    if (viewer.watched.size >= MAX_WATCHED)
      return `watch: ${MAX_WATCHED} connections are watched, the limit for one page`;
    const source = this.#sources.get(watch.reporter);
    const first =
      source?.watch(watch.id) ?? `watch: no reporter has the id ${JSON.stringify(watch.reporter)}`;
    if (typeof first === 'string') return first;
    viewer.watched.set(key, watch);
    for (const message of first) viewer.sendText(textOf(message, watch.reporter));
    return undefined;
  }

  #unwatch(viewer: Viewer, watch: Watched): undefined {
    const key = keyOf(watch);
    if (!viewer.watched.delete(key)) return;
    if ([...this.#viewers].some(({ watched }) => watched.has(key))) return;
    this.#sources.get(watch.reporter)?.unwatch(watch.id);
  }

  #setOptions(viewer: Viewer, { paused, messages }: Options): string | undefined {
    if (messages === true && !this.#options.mayShowMessages) {
      return 'options.messages: refused, as the inspector was created without `messages: true`';
    }
    viewer.stale ||= viewer.paused && paused === false;
    viewer.paused = paused ?? viewer.paused;
    viewer.messages = messages ?? viewer.messages;
    this.#agreeOnMessages();
    return undefined;
  }

  /** Messages are read while any viewer wants them. */
  #agreeOnMessages(): void {
    const wanted = [...this.#viewers].some(({ messages }) => messages);
    for (const source of this.#sources.values()) source.showMessages(wanted);
  }

  #now(): number {
    return this.#clock.scheduler.now();
  }
}

/** A source without an id is the own process, and is not named. */
function textOf(message: ServerMessage, reporter: string | undefined): string {
  return JSON.stringify({ ...message, reporter });
}

function keyOf({ reporter, id }: Watched): string {
  return JSON.stringify([reporter, id]);
}
