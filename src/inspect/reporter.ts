/** Reports the connections of a supervisor to an inspector of another process. */
import { Subscription } from 'rxjs';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { badConfig, ConfigError, type ConfigProblem } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import type { Clock } from '../time/clock.ts';
import { commonCharts } from './chart-names.ts';
import { Feed } from './feed.ts';
import { helloOf, machinesOf } from './hello.ts';
import { Hub } from './hub.ts';
import type { LabelsOf } from './labels.ts';
import { runningModelOf } from './running-charts.ts';
import { type ReportWebSocket, Uplink } from './uplink.ts';

type ReportSocketClass = new (url: string) => ReportWebSocket;

/** Options of `reportTo`. */
export interface ReportOptions {
  /** The `reportUrl` of an inspector: `ws://127.0.0.1:9000/report?token=…`. Errors do not show it, as it has the token. */
  readonly url: string;
  /** What the inspector calls this page or process, 1 to 100 characters. Default `page`. */
  readonly name?: string;
  /** Whether the inspector may show inbound messages of connections that are watched. Default false. */
  readonly messages?: boolean;
  /** Labels of a connection, as those of `createInspector`. */
  readonly labels?: LabelsOf;
  /** Default: the `WebSocket` of the platform; in Node 20 that of `ws`. */
  readonly WebSocket?: ReportSocketClass;
}

/** Reports under way. */
export interface Reporter {
  /** Whether an inspector listens. */
  readonly connected: boolean;
  /** Ends the reports. Called when the supervisor has stopped. */
  stop(): void;
}

/**
 * Reports the connections of a supervisor, until `stop`. While no page of the inspector is open, a beat a second is sent,
 * and nothing is attached to the connections. An inspector that is not there is dialled again after 0.5 to 30 s. No
 * message of an inspector changes a connection. Throws `ConfigError`, with nothing started.
 */
export function reportTo(supervisor: Supervisor, options: ReportOptions): Reporter {
  checkSupervisor(supervisor);
  return reporting(supervisor, read(options), { clock: supervisor.clock });
}

export function checkSupervisor(supervisor: unknown): void {
  if (Object(supervisor).events$ === undefined)
    throw badConfig('supervisor', supervisor, 'a supervisor, as the first argument');
}

/** What a platform adds to the reports. */
export interface ReportPlatform {
  /** Of the socket's retries and the beats. */
  readonly clock: Clock;
  readonly pid?: number;
}

/** Begins to report, with options that were checked. */
export function reporting(
  supervisor: Supervisor,
  { url, name, messages, labels, WebSocket }: ReadOptions,
  { clock, pid }: ReportPlatform,
): Reporter {
  const identity = { name, id: randomId(clock.random) };
  const machines = machinesOf(commonCharts, runningModelOf);
  const hub = new Hub(clock, {
    mayShowMessages: messages,
    hello: (now) => ({ ...helloOf(now, messages, machines), identity, ...(pid !== undefined && { pid }) }),
  });
  const feed = new Feed(supervisor, labels);
  hub.addSource(feed);
  const uplink = new Uplink(
    clock,
    () => new WebSocket(url),
    (socket) => hub.add(socket),
  );
  const following = new Subscription();
  const stop = () => {
    following.unsubscribe();
    uplink.stop();
    hub.close();
    feed.end();
  };
  following.add(supervisor.events$.subscribe({ complete: stop }));
  return {
    get connected() {
      return uplink.connected;
    },
    stop,
  };
}

const kinds: Kinds<ReportOptions> = {
  url: 0,
  name: 0,
  messages: 'a boolean',
  labels: 'a function',
  WebSocket: 'a function',
};

export type ReadOptions = Required<Omit<ReportOptions, 'labels'>> & Pick<ReportOptions, 'labels'>;

/** Throws `ConfigError`. */
export function read(options: ReportOptions): ReadOptions {
  const platform = globalThis as { WebSocket?: ReportSocketClass };
  const {
    url: given,
    name = 'page',
    messages = false,
    labels,
    WebSocket = platform.WebSocket,
  } = checked('reportTo', options, kinds);
  const url = String(given);
  const problems: ConfigProblem[] = [];
  const check = (holds: boolean, path: string, value: unknown, expected: string) => {
    if (!holds) problems.push({ path, value, expected });
  };
  check(/^wss?:\/\/[^/]/.test(url), 'url', '***', 'the reportUrl of an inspector, ws://…/report?token=…');
  const isName = typeof name === 'string' && name.length >= 1 && name.length <= 100;
  check(isName, 'name', name, 'a text of 1 to 100 characters');
  check(typeof messages === 'boolean', 'messages', messages, 'true or false');
  check(typeof WebSocket === 'function', 'WebSocket', WebSocket, 'a class, as this platform has none');
  if (problems.length > 0 || WebSocket === undefined) throw new ConfigError(problems);
  return { url, name, messages, WebSocket, ...(labels && { labels }) };
}

/** Such as an inspector knows the reporter by again after its socket was cut. */
function randomId(random: () => number): string {
  return Array.from({ length: 24 }, () => Math.floor(random() * 36).toString(36)).join('');
}
