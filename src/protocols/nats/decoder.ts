/** The server's side of the NATS protocol: lines of control, some followed by a payload. */
import type { Decoder, FrameSink, Violation } from '../../ports/protocol.ts';
import { pingFrame, pongFrame } from '../heartbeats.ts';
import { Intake, textIn } from '../intake.ts';
import { isRecord, readJson } from '../json-text.ts';
import { tooBig } from '../refusals.ts';
import { failureOfError } from './errors.ts';
import type { NatsHeaders, NatsInfo, NatsMessage } from './types.ts';

/** Limit in bytes of a line of control, of which INFO is the longest, and of the headers of a message. */
const maxControlBytes = 64 * 1024;

const newline = 0x0a;
const lineBreak = 2;

interface Announced {
  readonly message: Omit<NatsMessage, 'op' | 'data'>;
  readonly headerBytes: number;
  readonly totalBytes: number;
}

export class NatsDecoder implements Decoder<unknown, Uint8Array> {
  readonly #limit: number;
  readonly #onInfo: (info: NatsInfo) => void;
  readonly #intake = new Intake();
  /** The message whose payload is next. */
  #announced: Announced | undefined;

  constructor(limit: number, onInfo: (info: NatsInfo) => void) {
    this.#limit = limit;
    this.#onInfo = onInfo;
  }

  get midFrame(): boolean {
    return this.#announced !== undefined || this.#intake.isWaiting;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    this.#intake.feed(chunk);
    while (!this.#intake.isEmpty) {
      const failure =
        this.#announced === undefined ? this.#readLine(sink) : this.#readPayload(this.#announced, sink);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #readLine(sink: FrameSink<unknown>): Violation | undefined {
    const line = this.#intake.until(newline, maxControlBytes);
    if (line === undefined) return undefined;
    if (line === 'over')
      return { reason: 'message-too-big', detail: `a line of control exceeds ${maxControlBytes} bytes` };
    const text = textIn(line)?.trimEnd() ?? '';
    const end = text.search(/\s/);
    if (end === -1) return this.#obey(text.toUpperCase(), '', sink);
    return this.#obey(text.slice(0, end).toUpperCase(), text.slice(end).trimStart(), sink);
  }

  #obey(operation: string, rest: string, sink: FrameSink<unknown>): Violation | undefined {
    switch (operation) {
      case 'MSG':
        return this.#announce(rest, false);
      case 'HMSG':
        return this.#announce(rest, true);
      case 'PING':
        return sink.frame(pingFrame) as undefined;
      case 'PONG':
        return sink.frame(pongFrame) as undefined;
      case '+OK':
        return undefined;
      case '-ERR':
        return erred(rest.replace(/^'(.*)'$/s, '$1'), sink);
      case 'INFO':
        return this.#inform(rest, sink);
      default:
        return broken(`a line that begins with ${JSON.stringify(operation.slice(0, 20))}`);
    }
  }

  /** Subject, subscription, perhaps a reply subject, and lengths. */
  #announce(rest: string, hasHeaders: boolean): Violation | undefined {
    const words = rest.split(/\s+/);
    const totalBytes = lengthIn(words.pop());
    const headerBytes = hasHeaders ? lengthIn(words.pop()) : 0;
    const [subject = '', sid, reply, more] = words;
    if (sid === undefined || more !== undefined || totalBytes === undefined || headerBytes === undefined)
      return broken('a message without subject, subscription and length');
    if (headerBytes > totalBytes) return broken('a message shorter than its headers');
    if (headerBytes > maxControlBytes) return tooMuch('the headers of a message');
    if (totalBytes > this.#limit) return tooBig(this.#limit);
    this.#announced = {
      message: reply === undefined ? { subject, sid } : { subject, sid, reply },
      headerBytes,
      totalBytes,
    };
    return undefined;
  }

  #readPayload(
    { message, headerBytes, totalBytes }: Announced,
    sink: FrameSink<unknown>,
  ): Violation | undefined {
    const bytes = this.#intake.take(totalBytes + lineBreak);
    if (bytes === undefined) return undefined;
    if (bytes[totalBytes] !== 0x0d || bytes[totalBytes + 1] !== newline)
      return broken('a message longer than announced');
    this.#announced = undefined;
    const headers = headerBytes === 0 ? {} : headersIn(textIn(bytes.subarray(0, headerBytes)));
    if (headers === undefined) return broken('a message whose headers do not begin with NATS/1.0');
    sink.frame({ op: 'msg', ...message, ...headers, data: bytes.subarray(headerBytes, totalBytes) });
    return undefined;
  }

  #inform(json: string, sink: FrameSink<unknown>): Violation | undefined {
    const info = infoIn(json);
    if (info === undefined)
      return broken('an INFO that is no JSON object, nests too deep, or has no number as max_payload');
    if (info.ldm === true) return { reason: 'going-away', detail: 'the server is in lame duck mode' };
    this.#onInfo(info);
    sink.frame({ op: 'info', info });
    return undefined;
  }
}

function lengthIn(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;
}

function erred(error: string, sink: FrameSink<unknown>): Violation | undefined {
  const failure = failureOfError(error);
  if (failure === undefined) sink.frame({ op: 'error', error });
  return failure;
}

function headersIn(block: string | undefined): Pick<NatsMessage, 'headers' | 'status'> | undefined {
  const [first, ...lines] = block?.trimEnd().split('\r\n') ?? [];
  const status = /^NATS\/1\.0(?:\s+(.*))?$/.exec(first ?? '');
  if (status === null) return undefined;
  const headers: NatsHeaders = lines.map((line) => {
    const colon = line.indexOf(':');
    return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { headers, ...(status[1] && { status: status[1] }) };
}

/** Fields that count here have no type but their own. */
function infoIn(json: string): NatsInfo | undefined {
  const info = readJson(json);
  if (!isRecord(info)) return undefined;
  const { max_payload = 0 } = info;
  return typeof max_payload === 'number' && max_payload >= 0 ? info : undefined;
}

function broken(detail: string): Violation {
  return { reason: 'protocol-error', detail };
}

function tooMuch(what: string): Violation {
  return { reason: 'message-too-big', detail: `${what} of more than ${maxControlBytes} bytes` };
}
