/** What the throughput bench sends, and how the two ends of it understand each other. */
import { framed, line, type Protocol, websocket } from 'holdfast';

export const wires = ['framed', 'line', 'websocket'] as const;
export type Wire = (typeof wires)[number];

/** The first character of a message says what it wants. */
export const wants = {
  /** Nothing. */
  sink: 's',
  /** The same message back. */
  echo: 'e',
  /** A short answer, after everything before it. */
  flush: 'f',
  /** `g` and a number: as many messages of its own size. */
  flood: 'g',
} as const;

// biome-ignore lint/suspicious/noExplicitAny: bytes or text, as the wire has it
export type AnyProtocol = Protocol<any, any, any>;

export function protocolOf(wire: Wire): AnyProtocol {
  return { framed: framed(), line: line(), websocket: websocket() }[wire] as AnyProtocol;
}

/** A message of `size` bytes: text for lines, else bytes. */
export function messageFor(wire: Wire, head: string, size: number): string | Uint8Array {
  const text = head.padEnd(size, ' ');
  return wire === 'line' ? text : new TextEncoder().encode(text);
}

/** The beginning of a message, as text. */
export function headOf(message: string | Uint8Array, length: number): string {
  return typeof message === 'string'
    ? message.slice(0, length)
    : Buffer.from(message.subarray(0, length)).toString('latin1');
}
