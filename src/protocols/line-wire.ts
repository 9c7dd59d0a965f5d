/** How lines look on the wire, and which texts can be one. */
import { tagOf } from '../base/bytes.ts';
import type { Heartbeat } from '../ports/protocol.ts';
import { badMessage, tooLong } from './refusals.ts';
import type { TextEncoding } from './text-encoding.ts';

/** The parts that all dialogues of one protocol share. */
export interface LineWire {
  /** Bytes of a line without its delimiter. */
  readonly limit: number;
  readonly text: TextEncoding;
  readonly delimiter: string;
  /** The bytes of the delimiter. */
  readonly end: Uint8Array;
  readonly heartbeats: ReadonlyMap<unknown, Heartbeat>;
  readonly ping: Uint8Array;
  readonly pong: Uint8Array;
}

type LineFormat = Pick<LineWire, 'limit' | 'text' | 'delimiter'>;

/** The default delimiter, before which a received carriage return is part of the line break. */
export const newline = '\n';

/** Half a surrogate pair arrives as U+FFFD, which a message could then turn into. */
const arrivesAsAnother = /[\p{Surrogate}\ufffd]/u;

/** Text that arrives unchanged, not empty: a delimiter or a token. */
export function isPlainText(text: unknown, encoding: TextEncoding): text is string {
  return (
    typeof text === 'string' &&
    text !== '' &&
    !arrivesAsAnother.test(text) &&
    encoding.carries?.(text) !== false
  );
}

export function encodeLine(message: unknown, wire: LineWire): Uint8Array {
  const problem =
    typeof message === 'string'
      ? problemOf(message, wire)
      : `it is not text, but ${tagOf(message).slice(8, -1)}`;
  if (problem !== undefined) throw badMessage('line', problem);
  if (wire.heartbeats.has(message)) throw badMessage('line', 'it equals a heartbeat (ping or pong)');
  return wire.text.encode((message as string) + wire.delimiter);
}

/** Why `message` cannot be one line. */
export function problemOf(message: string, { limit, text, delimiter }: LineFormat): string | undefined {
  if (text.isOver(message, limit)) return tooLong(text.length(message), limit);
  if (message.includes(delimiter))
    return delimiter === newline ? 'it contains a newline' : 'it contains the delimiter';
  if (delimiter === newline && message.endsWith('\r'))
    return 'it ends with a carriage return, which the receiver takes for part of the line break';
  if (delimiter.length > 1 && endsEarly(message, delimiter))
    return 'it ends with a part of the delimiter, and would be cut there';
  return text.carries?.(message) === false ? 'it has a character outside of latin1' : undefined;
}

/** As `xa` before the delimiter `aa`: the first delimiter in `xaaa` is one character early. */
function endsEarly(message: string, delimiter: string): boolean {
  const tail = message.slice(1 - delimiter.length);
  return (tail + delimiter).indexOf(delimiter) < tail.length;
}
