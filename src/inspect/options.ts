/** The options of an inspector. */
import { badConfig, ConfigError, type ConfigProblem } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { isOrigin, isToken, ORIGIN, TOKEN } from './access.ts';
import type { LabelsOf } from './labels.ts';

/** Options of `reports`. */
export interface ReportAccess {
  /** The token in `reportUrl`, of the same form as `token`. Default: a new one, of 128 random bits. */
  readonly token?: string;
  /**
   * Origins of pages that may report, such as `https://shop.example`, beside those of this machine: `localhost`,
   * `*.localhost`, `127.0.0.1` and `[::1]`, on any port. Processes that send no `Origin` may, too.
   */
  readonly origins?: readonly string[];
  /** Reporters connected at once; more get status 503. Default 16. */
  readonly max?: number;
}

/** Options of `createInspector`. */
export interface InspectorOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Where to listen. Default `127.0.0.1`; anything but loopback is open to the network, in plain text. */
  readonly host?: string;
  /**
   * The token that access requires, 16 to 128 of `A-Za-z0-9._~-`: with the same one, and the same port, open pages come back
   * after a restart. Default: a new one, of 128 random bits.
   */
  readonly token?: string;
  /** Pages connected at once; more get status 503. Default 16. */
  readonly maxViewers?: number;
  /** Whether a page may ask to see inbound messages of the connections it watches. Default false. */
  readonly messages?: boolean;
  /**
   * Whether a page may probe, reconnect and close the connections of `supervisor`, each after a confirmation. Not those of processes that
   * report. Each action is a `warning` event. Default false: a page changes nothing.
   */
  readonly actions?: boolean;
  /**
   * Whether pages and processes may report their connections, with `reportTo` and the URL in `reportUrl`. Default false.
   * Reports are read and shown, and change nothing here; a report has no access to the page.
   */
  readonly reports?: boolean | ReportAccess;
  /**
   * Labels of a connection, such as `{ team: 'prices' }`, by which the page groups and filters: up to 20 texts. Called once for each
   * connection, while a page is open. What it throws goes to `onError` of the supervisor, and the connection has no labels then.
   */
  readonly labels?: LabelsOf;
  /** A folder with another page: an `index.html` and files beside it. Default: the page of this package. */
  readonly page?: string;
}

const kinds: Kinds<InspectorOptions> = {
  port: 'a number',
  host: 'a string',
  token: 0,
  maxViewers: 'a number',
  messages: 'a boolean',
  actions: 'a boolean',
  reports: 'a boolean or an object',
  labels: 'a function',
  page: 'a string',
};
const reportKinds: Kinds<ReportAccess> = { token: 0, origins: 'a list', max: 'a number' };

/** Throws `ConfigError`. */
export function checkOptions(supervisor: unknown, options: InspectorOptions): void {
  const { port = 0, maxViewers = 1, token, reports } = checked('createInspector', options, kinds);
  if (supervisor !== undefined && Object(supervisor).events$ === undefined)
    throw badConfig('supervisor', supervisor, 'a supervisor, as the first argument, or undefined');
  const problems: ConfigProblem[] = [];
  const check = (holds: boolean, path: string, value: unknown, expected: string) => {
    if (!holds) problems.push({ path, value, expected });
  };
  check(Number.isInteger(port) && port >= 0 && port <= 65_535, 'port', port, 'a port from 0 to 65535');
  check(isCount(maxViewers), 'maxViewers', maxViewers, 'a whole number, at least 1');
  check(token === undefined || isToken(token), 'token', '***', TOKEN);
  if (typeof reports === 'object') {
    const { token: ofReports, origins = [], max = 1 } = checked('reports', reports, reportKinds, 'reports.');
    check(ofReports === undefined || isToken(ofReports), 'reports.token', '***', TOKEN);
    for (const [at, origin] of origins.entries())
      check(isOrigin(origin), `reports.origins.${at}`, origin, ORIGIN);
    check(isCount(max), 'reports.max', max, 'a whole number, at least 1');
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}
