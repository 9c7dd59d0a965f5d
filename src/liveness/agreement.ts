/** The values that the handshake of a protocol agreed to, over the policy. Loaded with the part `handshakes`. */
import { badConfig } from '../base/errors.ts';
import type { Agreement, HeartbeatMode } from '../ports/protocol.ts';

type Mode = HeartbeatMode | undefined;

/** An agreement, as a pulse asks it. Times in milliseconds. */
export interface Agreed {
  /** The mode, for that of the policy. A peer that is asked stays so, unless nothing may be sent. */
  mode(mode: Mode): Mode;
  /** How often this side is heard at least; `null`: never. */
  interval(mode: Mode, interval: number | null): number | null;
  /** The silence that is suspicious of a peer that speaks unasked. */
  readonly hear: number | undefined;
}

/** Throws `ConfigError`: a timer of NaN would ring without end. */
export function agreed({ speak, hear }: Agreement): Agreed {
  assertTime('speak', speak);
  assertTime('hear', hear);
  return {
    mode: (mode) => modeOf(mode, speak, hear),
    interval(mode, interval) {
      if (speak === undefined || speak === null) return interval;
      return mode === 'probe' && interval !== null ? Math.min(interval, speak) : speak;
    },
    hear: hear ?? undefined,
  };
}

function assertTime(field: string, value: number | null | undefined): void {
  if (value === undefined || value === null || (value > 0 && value < Number.POSITIVE_INFINITY)) return;
  throw badConfig(`agreement.${field}`, value, 'milliseconds above 0, or null');
}

function modeOf(mode: Mode, speak: Agreement['speak'], hear: Agreement['hear']): Mode {
  if (mode === 'probe' && speak !== null) return mode;
  const speaks = speak === undefined ? mode === 'announce' || mode === 'exchange' : speak !== null;
  const hears = hear === undefined ? mode === 'listen' || mode === 'exchange' : hear !== null;
  if (speaks) return hears ? 'exchange' : 'announce';
  return hears ? 'listen' : undefined;
}
