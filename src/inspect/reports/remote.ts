/** A process that reports to an inspector: its list as it was last told, and what has become of it. */

import { commonCharts } from '../chart-names.ts';
import { modelOf } from '../charts.ts';
import { machinesOf } from '../hello.ts';
import type { Row } from '../rows.ts';
import type { Audience, Source } from '../source.ts';
import type { Time } from '../supervisor-view.ts';
import {
  BEAT_MS,
  type Delta,
  type FullList,
  type Hello,
  type Machine,
  type ReporterMessage,
  SILENT_MS,
} from '../wire.ts';
import { type ClientMessage, MAX_WATCHED } from '../wire-requests.ts';
import { Mirror } from './mirror.ts';
import type { ReportMessage } from './report-schema.ts';

/** Milliseconds for which the connections of a process that is gone stay in the list. */
const GONE_MS = 60_000;

/** Charts that need not be told, as viewers have those of the inspector, with descriptions and the places of a drawing. */
const OWN_MACHINES = comparable(machinesOf(commonCharts, modelOf));

/** The socket of a reporter. */
export interface ReportLink {
  say(message: ClientMessage): void;
  close(code: number, reason: string): void;
}

export interface RemoteOptions {
  readonly id: string;
  readonly time: Time;
  /** Called when it has been gone for a while. */
  readonly forgotten: () => void;
}

export class Remote implements Source {
  readonly id: string;
  readonly #options: RemoteOptions;
  readonly #mirror = new Mirror();
  readonly #watched = new Set<string>();
  #hello: Hello;
  #link: ReportLink | undefined;
  #audience: Audience | undefined;
  #status: ReporterMessage['status'] = 'reporting';
  #heardAt: number;
  #askedAt = 0;
  #wantsMessages = false;

  constructor(hello: Hello, options: RemoteOptions) {
    this.id = options.id;
    this.#hello = hello;
    this.#options = options;
    this.#heardAt = options.time.now();
  }

  get isGone(): boolean {
    return this.#link === undefined;
  }

  /** Whether a `hello` is of the same process, whose socket was cut, or of one that takes its place, as a page that is reloaded. */
  is({ identity }: Hello): boolean {
    const { id, name } = this.#hello.identity ?? {};
    return identity?.id === id || (this.isGone && identity?.name === name);
  }

  // --- the reporter

  /** Takes a new socket of the reporter; the one before is closed. */
  attach(link: ReportLink, hello: Hello): void {
    this.#link?.close(4000, 'replaced by a newer socket of the reporter');
    this.#link = link;
    this.#hello = hello;
    this.#heard();
    this.#become('reporting');
    link.say({ type: 'options', paused: this.#audience === undefined, messages: this.#asksForMessages });
  }

  detach(link: ReportLink): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#become('gone');
  }

  /** Returns why the reporter cannot go on. */
  receive(message: ReportMessage): string | undefined {
    this.#heard();
    this.#become('reporting');
    if (message.type === 'full') this.#list(message.rows, () => this.#mirror.replace(message));
    else if (message.type === 'delta') this.#list(message.added ?? [], () => this.#mirror.change(message));
    else if (message.type === 'beat') this.#mirror.goOn(message.now);
    else if (message.type === 'process') this.#audience?.announce({ ...message, reporter: this.id });
    else if ('connection' in message && this.#watched.has(message.connection)) this.#audience?.tell(message);
    return this.#mirror.isFull ? 'list: more rows than an inspector takes from one reporter' : undefined;
  }

  /** What is watched here is watched there as soon as it is listed, also after the page was reloaded. */
  #list(rows: readonly Row[], list: () => void): void {
    list();
    for (const { id } of rows) if (this.#watched.has(id)) this.#link?.say({ type: 'watch', id });
  }

  /** The connections of this process leave the list. */
  forget(): void {
    this.#become('removed');
    this.#options.forgotten();
  }

  // --- the viewers

  open(audience: Audience): void {
    this.#audience = audience;
    this.#link?.say({ type: 'options', paused: false });
  }

  close(): void {
    this.#audience = undefined;
    for (const id of [...this.#watched]) this.unwatch(id);
    this.#link?.say({ type: 'options', paused: true });
  }

  about(): ReporterMessage {
    const { machines, server, pid } = this.#hello;
    const isOwn = comparable(machines) === OWN_MACHINES;
    return {
      type: 'reporter',
      reporter: this.id,
      now: this.#options.time.now(),
      server,
      ...(pid !== undefined && { pid }),
      status: this.#status,
      heardAt: this.#heardAt,
      ...(!isOwn && { machines }),
    };
  }

  full(): FullList {
    return this.#mirror.full();
  }

  poll(): readonly (FullList | Delta)[] {
    this.#look();
    return this.#status === 'removed' ? [] : this.#mirror.news();
  }

  samples(): [] {
    return [];
  }

  /** The reporter answers with the history. For a second viewer it is asked anew, which changes nothing for the first. */
  watch(id: string): [] | string {
    if (!this.#mirror.rows.has(id))
      return `watch: no connection of this reporter has the id ${JSON.stringify(id)}`;
    if (this.#watched.has(id)) this.#link?.say({ type: 'unwatch', id });
    else if (this.#watched.size >= MAX_WATCHED)
      return `watch: ${MAX_WATCHED} connections are watched, the limit for one reporter`;
    this.#watched.add(id);
    this.#link?.say({ type: 'watch', id });
    return [];
  }

  unwatch(id: string): void {
    if (this.#watched.delete(id)) this.#link?.say({ type: 'unwatch', id });
  }

  showMessages(wanted: boolean): void {
    if (wanted === this.#wantsMessages) return;
    this.#wantsMessages = wanted;
    this.#link?.say({ type: 'options', messages: this.#asksForMessages });
  }

  get #asksForMessages(): boolean {
    return this.#wantsMessages && this.#hello.mayShowMessages;
  }

  /** Asks for a beat once a second, and notices silence and the end of the time for which a process is remembered. */
  #look(): void {
    const now = this.#options.time.now();
    const silence = now - this.#heardAt;
    if (this.#link === undefined) return silence > GONE_MS ? this.forget() : undefined;
    if (silence > SILENT_MS) this.#become('silent');
    if (now - this.#askedAt < BEAT_MS) return;
    this.#askedAt = now;
    this.#link.say({ type: 'ask' });
  }

  #heard(): void {
    this.#heardAt = this.#options.time.now();
  }

  #become(status: ReporterMessage['status']): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#audience?.announce(this.about());
  }
}

/** Pages run charts without descriptions. */
function comparable(machines: readonly Machine[]): string {
  return JSON.stringify(machines, (key, value) => (key === 'description' ? undefined : value));
}
