/** Headers, credentials and TLS for the dial of a URL: of all that the command line was given, the parts that this URL has a use for. */
import type { ConfigProblem } from '../../base/errors.ts';
import { urlOf } from '../../base/url.ts';
import type { AnyProtocol, AnyTransport } from '../../endpoints/place.ts';
import type { Headers, Presentation } from '../../endpoints/providers.ts';
import { dialledUrl } from '../../endpoints/schemes.ts';
import { tls } from '../../transport/tls.ts';
import { webSocketOverWs } from '../../transport/websocket-ws.ts';
import type { Io } from '../io.ts';
import { bearer, loginFor, logsIn, type Proof } from './credentials.ts';
import type { Dialling, Part } from './dialling.ts';

/** Options of `connect`. */
export interface Presented extends Presentation {
  readonly transport?: AnyTransport;
}

interface Place {
  readonly url: string;
  readonly protocol?: AnyProtocol;
}

/** Presents the parts of one dialling. URLs share its transports, and thereby the certificates that OpenSSL has read. */
export class Presenter {
  readonly #dialling: Dialling;
  readonly #env: Io['env'];
  readonly #transports = new Map<string, AnyTransport>();
  readonly #used = new Set<Part>();

  constructor(dialling: Dialling, env: Io['env']) {
    this.#dialling = dialling;
    this.#env = env;
  }

  /** Nothing for a URL that is none. */
  present(place: Place): Presented {
    const { url, protocol } = place;
    if (urlOf(url) === undefined) return {};
    const scheme = schemeOf(place);
    const overWebSocket = /^wss?$/.test(scheme);
    return {
      ...(overWebSocket && this.#upgrade()),
      ...(logsIn(protocol) && this.#login(url, protocol)),
      ...(!logsIn(protocol) && overWebSocket && this.#token()),
      ...(/^(tls|wss)$/.test(scheme) && this.#secured(scheme)),
    };
  }

  /** Adds a problem for each part that no URL had a use for. */
  checkUse(problems: ConfigProblem[]): void {
    for (const { part, path, value } of this.#dialling.named) {
      if (!this.#used.has(part)) problems.push({ path, value, expected: `none, as no URL ${uses[part]}` });
    }
  }

  #upgrade(): Presented {
    const { headers, subprotocols } = this.#dialling;
    this.#used.add('headers').add('subprotocols');
    const secrets = Object.entries(headers);
    const read = (): Headers => Object.fromEntries(secrets.map(([name, secret]) => [name, secret.read()]));
    const changes = secrets.some(([, secret]) => secret.changes);
    return {
      ...(secrets.length > 0 && { headers: changes ? read : read() }),
      ...(subprotocols.length > 0 && { protocols: subprotocols }),
    };
  }

  #login(url: string, protocol: AnyProtocol): Presented {
    this.#used.add('login').add('token');
    const now = loginFor(url, protocol, this.#proof());
    if (now === undefined) return {};
    return { credentials: this.#changes() ? () => loginFor(url, protocol, this.#proof()) ?? {} : now };
  }

  #token(): Presented {
    this.#used.add('token');
    const { token } = this.#dialling;
    if (token === undefined) return {};
    const read = () => bearer(this.#ownProof()) ?? {};
    return { credentials: token.changes ? read : read() };
  }

  #secured(scheme: string): Presented {
    this.#used.add('tls');
    const { tls: options } = this.#dialling;
    if (options === undefined) return {};
    const transport =
      this.#transports.get(scheme) ?? (scheme === 'tls' ? tls(options) : webSocketOverWs(options));
    this.#transports.set(scheme, transport);
    return { transport };
  }

  #changes(): boolean {
    const { password, token } = this.#dialling;
    return (password?.changes || token?.changes) ?? false;
  }

  #ownProof(): Proof {
    const { user, password, token } = this.#dialling;
    return { user, password: password?.read() ?? '', token: token?.read() ?? '' };
  }

  /** Variables of the environment stand for what was not given otherwise. */
  #proof(): Proof {
    const { HOLDFAST_USER = '', HOLDFAST_PASSWORD = '', HOLDFAST_TOKEN = '' } = this.#env;
    const { user, password, token } = this.#ownProof();
    return {
      user: user || HOLDFAST_USER,
      password: password || HOLDFAST_PASSWORD,
      token: token || HOLDFAST_TOKEN,
    };
  }
}

const uses: Readonly<Record<Part, string>> = {
  headers: 'is dialled over a WebSocket',
  subprotocols: 'is dialled over a WebSocket',
  token: 'is dialled over a WebSocket, or has a protocol that logs in',
  login: 'has a protocol that logs in',
  tls: 'is dialled over TLS',
};

/** The scheme that is dialled. */
function schemeOf({ url, protocol }: Place): string {
  try {
    return dialledUrl(url, protocol?.schemes).protocol.slice(0, -1);
  } catch {
    return '';
  }
}
