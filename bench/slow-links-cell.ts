/** A cell of the bench of slow links, and what its two ends agree on. */
import { framed, line, type Protocol, websocket } from 'holdfast';

export const wires = ['line', 'framed', 'websocket'] as const;
export type Wire = (typeof wires)[number];

export interface Cell {
  readonly wire: Wire;
  /** The uplink, in kbit/s. */
  readonly rate: number;
  /** Of the one message. */
  readonly bytes: number;
  /** Of the uplink: the argument of `tc` that bounds it. */
  readonly queue: readonly ['latency' | 'limit', string];
  /** The default policy, or one with more time. */
  readonly policy?: {
    readonly heartbeat: { readonly transitMax: `${number}s` };
    readonly deadlines: { readonly write: `${number}s` };
  };
}

/** What the client saw. */
export interface Seen {
  /** Their reasons. */
  readonly deaths: readonly string[];
  readonly suspicions: number;
  /** From the first `send()` to the answer of the server. */
  readonly seconds: number;
}

export const port = 7000;

// biome-ignore lint/suspicious/noExplicitAny: bytes or text, as the wire has it
export type AnyProtocol = Protocol<any, any, any>;

export function protocolOf(wire: Wire): AnyProtocol {
  const limit = { maxMessageBytes: 2 ** 24 };
  return { line: line(limit), framed: framed(limit), websocket: websocket(limit) }[wire] as AnyProtocol;
}

/** Text for lines, else bytes. */
export function messageOf(wire: Wire, bytes: number): string | Uint8Array {
  const text = 'x'.repeat(bytes);
  return wire === 'line' ? text : new TextEncoder().encode(text);
}
