/** The answer to the request for a WebSocket, as a program may read it and a log may not. */

/**
 * The answer to the request for a WebSocket. Logs, recordings and `JSON.stringify` show its status alone: headers, cookies and
 * body may hold secrets.
 */
export interface UpgradeResponse {
  /** 101, or the status of a refusal. */
  readonly status: number;
  /** By their names in lower case; values of one name are joined by `, `. Those of `set-cookie` are in `cookies`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The lines of `set-cookie`, as in `route=a; Path=/`. */
  readonly cookies: readonly string[];
  /** The subprotocol that the server has chosen. */
  readonly subprotocol: string | undefined;
  /** The header `location`, as a redirect has it. No redirect is followed. */
  readonly location: string | undefined;
  /** The first 2 KiB of the body of a refusal, read as UTF-8, as far as it came within 1 s; empty for 101. */
  readonly body: string;
}

/** Bytes of a body that are kept. */
export const bodyLimit = 2048;

/** The parts of an answer; names of headers are in lower case. */
export interface UpgradeFacts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string;
}

const nothing: UpgradeFacts = { status: 0, headers: {} };

class Answer implements UpgradeResponse {
  readonly #facts: UpgradeFacts;

  /** Tools that compare values make copies without private fields. */
  static factsOf(answer: Answer): UpgradeFacts {
    return #facts in answer ? answer.#facts : nothing;
  }

  constructor(facts: UpgradeFacts) {
    this.#facts = facts;
  }

  get status(): number {
    return Answer.factsOf(this).status;
  }

  get headers(): Readonly<Record<string, string>> {
    const { 'set-cookie': _, ...headers } = Answer.factsOf(this).headers;
    const texts = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const],
    );
    return Object.fromEntries(texts);
  }

  get cookies(): readonly string[] {
    const { 'set-cookie': lines = [] } = Answer.factsOf(this).headers;
    return typeof lines === 'string' ? [lines] : [...lines];
  }

  get subprotocol(): string | undefined {
    return this.status === 101 ? this.headers['sec-websocket-protocol'] : undefined;
  }

  get location(): string | undefined {
    return this.headers.location;
  }

  get body(): string {
    return Answer.factsOf(this).body ?? '';
  }

  toJSON(): unknown {
    return { status: this.status };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }
}

export function upgradeResponse(facts: UpgradeFacts): UpgradeResponse {
  return new Answer(facts);
}
