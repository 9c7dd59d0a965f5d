/** The messages of a tunnel: one byte says what follows. */
import { encoder, strictDecoder } from '../../base/text-coding.ts';
import { END, RESET, type Unit } from './marks.ts';

/** The first message in each direction of a stream: a session without it carries no stream from its beginning. */
export const OPEN: unique symbol = Symbol('open');

export type TunnelUnit = Unit | typeof OPEN;

const kinds = { open: 0, bytes: 1, text: 2, end: 3, reset: 4 } as const;

/** The version that `OPEN` tells. */
const VERSION = 1;

const signals: ReadonlyMap<TunnelUnit, Uint8Array> = new Map<TunnelUnit, Uint8Array>([
  [OPEN, Uint8Array.of(kinds.open, VERSION)],
  [END, Uint8Array.of(kinds.end)],
  [RESET, Uint8Array.of(kinds.reset)],
]);

export function tunnelMessage(unit: TunnelUnit): Uint8Array {
  const signal = signals.get(unit);
  if (signal !== undefined) return signal;
  const isText = typeof unit === 'string';
  const data = isText ? encoder().encode(unit) : (unit as Uint8Array);
  const message = new Uint8Array(data.length + 1);
  message[0] = isText ? kinds.text : kinds.bytes;
  message.set(data, 1);
  return message;
}

/** Undefined for what is no message of this version. */
export function tunnelUnit(message: string | Uint8Array): TunnelUnit | undefined {
  if (typeof message === 'string') return undefined;
  switch (message[0]) {
    case kinds.open:
      return message[1] === VERSION ? OPEN : undefined;
    case kinds.bytes:
      return message.subarray(1);
    case kinds.text:
      return textOf(message.subarray(1));
    case kinds.end:
      return END;
    case kinds.reset:
      return RESET;
    default:
      return undefined;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
