/** The server's side of STOMP 1.2: frames of a head and a body, and line breaks between them, which are heart-beats. */
import type { Decoder, FrameSink, Violation } from '../../ports/protocol.ts';
import { beatFrame } from '../heartbeats.ts';
import { Intake, textIn } from '../intake.ts';
import { tooBig } from '../refusals.ts';
import { failureOfError } from './errors.ts';
import { unescaped } from './escapes.ts';
import type { StompHeaders } from './types.ts';

/** Limit in bytes of the head of a frame: its command and headers. */
const maxHeadBytes = 64 * 1024;

const commands = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'];
const newline = 0x0a;
const carriageReturn = 0x0d;
const nul = 0x00;

interface Head {
  readonly command: string;
  readonly headers: StompHeaders;
  /** `undefined`: the body ends at the first NUL. */
  readonly bodyBytes: number | undefined;
}

/** Emits `{ command, headers, body }`, CONNECTED included, and beats. ERROR is a violation, as it is the server's last frame. */
export class StompDecoder implements Decoder<unknown, Uint8Array> {
  readonly #limit: number;
  readonly #intake = new Intake();
  /** The lines of the head so far; empty between frames. */
  #lines: string[] = [];
  #headBytes = 0;
  #connected = false;
  /** The frame whose body is next. */
  #head: Head | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get midFrame(): boolean {
    return this.#head !== undefined || this.#lines.length > 0 || this.#intake.isWaiting;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    this.#intake.feed(chunk);
    while (!this.#intake.isEmpty) {
      const violation = this.#head === undefined ? this.#readLine(sink) : this.#readBody(this.#head, sink);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  #readLine(sink: FrameSink<unknown>): Violation | undefined {
    const bytes = this.#intake.until(newline, maxHeadBytes - this.#headBytes);
    if (bytes === undefined) return undefined;
    if (bytes === 'over')
      return { reason: 'message-too-big', detail: `headers of more than ${maxHeadBytes} bytes` };
    const line = textIn(bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes);
    if (line === undefined) return broken('a header that is not UTF-8');
    if (line === '') return this.#lines.length > 0 ? this.#endHead() : (sink.frame(beatFrame) as undefined);
    if (this.#lines.length === 0 && !commands.includes(line))
      return broken(`a frame ${JSON.stringify(line.slice(0, 20))}`);
    this.#headBytes += bytes.length + 1;
    this.#lines.push(line);
    return undefined;
  }

  #endHead(): Violation | undefined {
    const [command = '', ...lines] = this.#lines;
    this.#lines = [];
    this.#headBytes = 0;
    const headers = headersIn(lines, command === 'CONNECTED' ? (text) => text : unescaped);
    if (headers === undefined)
      return broken(`a header of ${command} without a colon, or with an escape that does not exist`);
    const length = headers['content-length'];
    if (length !== undefined && !/^\d{1,10}$/.test(length))
      return broken('a content-length that is no number');
    if (Number(length) > this.#limit) return tooBig(this.#limit);
    this.#head = { command, headers, bodyBytes: length === undefined ? undefined : Number(length) };
    return undefined;
  }

  #readBody({ command, headers, bodyBytes }: Head, sink: FrameSink<unknown>): Violation | undefined {
    const body = bodyBytes === undefined ? this.#bodyToNul() : this.#intake.take(bodyBytes + 1);
    if (body === undefined) return undefined;
    if (body === 'over') return tooBig(this.#limit);
    if (bodyBytes !== undefined && body[bodyBytes] !== nul)
      return broken('a body longer than its content-length');
    this.#head = undefined;
    if (command === 'ERROR') return failureOfError(headers, body);
    if (command === 'CONNECTED') {
      if (this.#connected) return broken('a second CONNECTED');
      this.#connected = true;
    }
    sink.frame({ command, headers, body: body.subarray(0, bodyBytes) });
    return undefined;
  }

  #bodyToNul(): Uint8Array | undefined | 'over' {
    const body = this.#intake.until(nul, this.#limit);
    return body instanceof Uint8Array ? new Uint8Array(body) : body;
  }
}

/** Headers are read from the last to the first, so that the first of a name is kept. */
function headersIn(
  lines: readonly string[],
  plain: (text: string) => string | undefined,
): StompHeaders | undefined {
  const pairs: [string, string][] = [];
  for (const line of lines.toReversed()) {
    const colon = line.indexOf(':');
    const name = plain(line.slice(0, Math.max(0, colon)));
    const value = plain(line.slice(colon + 1));
    if (!name || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return Object.fromEntries(pairs);
}

function broken(detail: string): Violation {
  return { reason: 'protocol-error', detail };
}
