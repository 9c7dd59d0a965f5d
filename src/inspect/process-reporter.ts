/** Reports the connections of a process in Node to the inspector of another one, as its environment asks for. */
import { connect as connectPlain, isIP } from 'node:net';
import { basename } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError } from '../base/errors.ts';
import { clockBeside } from '../time/clock.ts';
import { checkSupervisor, type Reporter, type ReportOptions, read, reporting } from './reporter.ts';

/** The environment variable with the `reportUrl` of an inspector. */
export const REPORT_VARIABLE = 'HOLDFAST_INSPECT';

/** Options of `reportTo` of `holdfast/inspect`. */
export interface ProcessReportOptions extends Omit<ReportOptions, 'url' | 'WebSocket'> {
  /** The `reportUrl` of an inspector. Default: that of the environment variable `HOLDFAST_INSPECT`. */
  readonly url?: string;
}

/**
 * Reports the connections of a supervisor as `reportTo` of `holdfast/inspect/page` does, with the id of the process, and without
 * keeping it running. Default name: that of its script. Where neither `url` nor `HOLDFAST_INSPECT` says where to, it does nothing, so
 * that a program may always call it. Throws `ConfigError`, with nothing started; no error shows the URL, as it has a token.
 */
export function reportTo(supervisor: Supervisor, options: ProcessReportOptions = {}): Reporter {
  checkSupervisor(supervisor);
  const { url: given, ...rest } = options;
  const url = given ?? process.env[REPORT_VARIABLE];
  // Mistakes in the other options are mistakes without a URL, too.
  const name = nameOf(process.argv[1]);
  const settings = checked({ name, WebSocket: ProcessSocket, ...rest, url: url || NOWHERE }, given);
  if (!url) return { connected: false, stop: () => {} };
  return reporting(supervisor, settings, { clock: clockBeside(supervisor.clock), pid: process.pid });
}

const NOWHERE = 'ws://127.0.0.1/';
/** Characters of a name, as `reportTo` has them. */
const LONGEST_NAME = 100;

function nameOf(script: string | undefined): string {
  return (script === undefined ? '' : basename(script)).slice(0, LONGEST_NAME) || 'node';
}

/** A URL of the environment is named by its variable. */
function checked(options: ReportOptions, given: string | undefined) {
  try {
    return read(options);
  } catch (error) {
    if (!(error instanceof ConfigError) || given !== undefined) throw error;
    throw new ConfigError(
      error.problems.map((each) => (each.path === 'url' ? { ...each, path: REPORT_VARIABLE } : each)),
    );
  }
}

/** Milliseconds for the upgrade, after which it is tried again. */
const HANDSHAKE_MS = 10_000;
/** Milliseconds for the answer to a close frame, which a frozen inspector does not give. */
const CLOSE_MS = 1000;
/** Bytes of one message: an inspector says little. */
const MOST_BYTES = 1 << 20;

/** A socket that does not keep the process running. */
class ProcessSocket extends WebSocket {
  constructor(url: string) {
    super(url, {
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MOST_BYTES,
      perMessageDeflate: false,
      createConnection,
      ...closing,
    });
  }
}

/** An option that the types of `ws` do not have. */
const closing: object = { closeTimeout: CLOSE_MS };

interface Target {
  readonly host: string;
  readonly port: number;
  readonly defaultPort: number;
}

/** Dials as `ws` does by itself; `path` is that of the request, and no unix socket. */
function dialled({ defaultPort, ...options }: Target) {
  const { host } = options;
  const isSecure = defaultPort === 443;
  const target = { ...options, path: undefined };
  const socket = isSecure
    ? connectTls({ ...target, servername: isIP(host) === 0 ? host : '' })
    : connectPlain(target);
  return socket.unref();
}

/** Its type is that of `net.createConnection`, with overloads. */
const createConnection = dialled as unknown as NonNullable<ClientOptions['createConnection']>;
