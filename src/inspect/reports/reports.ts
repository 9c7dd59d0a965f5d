/** The processes and pages that report to an inspector: their access, their sockets, and how many there may be. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock } from '../../time/clock.ts';
import { AccessControl, type Refusal, type Sites } from '../access.ts';
import type { Hub } from '../hub.ts';
import type { ReportAccess } from '../options.ts';
import { printableText } from '../printable.ts';
import { Time } from '../supervisor-view.ts';
import { type Hello, WIRE_VERSION } from '../wire.ts';
import { Remote, type ReportLink } from './remote.ts';
import { ReportSocket } from './report-socket.ts';

/** Members that the inspector adds. */
export interface ReportsAt {
  readonly hub: Hub;
  readonly clock: Clock;
  /** As it was configured. */
  readonly host: string;
  readonly port: number;
}

export class Reports {
  readonly #at: ReportsAt;
  readonly #access: AccessControl;
  readonly #max: number;
  readonly #time: Time;
  readonly #sockets = new Set<ReportSocket>();
  /** By their names, in the order in which they came. */
  readonly #remotes = new Map<string, Remote>();

  constructor({ token, origins = [], max = 16 }: ReportAccess, at: ReportsAt) {
    this.#at = at;
    this.#access = new AccessControl(at.host, at.port, token, sitesOf(origins));
    this.#max = max;
    this.#time = new Time(at.clock);
  }

  get token(): string {
    return this.#access.token;
  }

  /** Undefined for a reporter that may connect. */
  refuse(request: IncomingMessage): Refusal | undefined {
    const refusal = this.#access.refuse(request);
    if (refusal !== undefined || this.#sockets.size < this.#max) return refusal;
    return { status: 503, why: `${this.#max} reporters are connected, the limit of reports.max` };
  }

  accept(socket: WebSocket): void {
    const reporter = new ReportSocket(socket, this.#at.clock, {
      greeted: (hello, link) => this.#greeted(hello, link),
      closed: () => this.#sockets.delete(reporter),
    });
    this.#sockets.add(reporter);
  }

  /** Closes every socket with code 1001. */
  close(): void {
    for (const socket of this.#sockets) socket.close(1001, 'the inspector is closed');
  }

  #greeted(hello: Hello, link: ReportLink): Remote | string {
    if (hello.version !== WIRE_VERSION)
      return `hello.version: ${hello.version} is not that of the inspector, ${WIRE_VERSION}`;
    const remote = [...this.#remotes.values()].find((each) => each.is(hello)) ?? this.#newcomer(hello);
    remote.attach(link, hello);
    return remote;
  }

  #newcomer(hello: Hello): Remote {
    const { hub } = this.#at;
    const id = this.#freeName(printableText(hello.identity?.name ?? '') || 'unnamed');
    const forgotten = () => {
      this.#remotes.delete(id);
      hub.removeSource(remote);
    };
    const remote = new Remote(hello, { id, time: this.#time, forgotten });
    this.#remotes.set(id, remote);
    this.#forgetOldest();
    hub.addSource(remote);
    return remote;
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; this.#remotes.has(free); number++) free = `${name} ${number}`;
    return free;
  }

  /** Reporters that are gone are remembered for a while, as many as may be connected. */
  #forgetOldest(): void {
    const gone = [...this.#remotes.values()].filter(({ isGone }) => isGone);
    for (const remote of gone.slice(0, Math.max(0, gone.length - this.#max))) remote.forget();
  }
}

const LOCAL = /^https?:\/\/(localhost|[a-z0-9-.]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

function sitesOf(origins: readonly string[]): Sites {
  const known = new Set(origins.map((origin) => origin.toLowerCase()));
  return {
    includes: (origin) => LOCAL.test(origin) || known.has(origin),
    only: 'only pages of this machine and reports.origins may report',
  };
}
