/** What the handshake of a protocol agreed to, over the policy. */
import { badConfig } from '../base/errors.ts';
import type { Agreement, HeartbeatMode } from '../ports/protocol.ts';

type Mode = HeartbeatMode | undefined;

/** Throws `ConfigError`: a timer of NaN would ring without end. */
export function checkedAgreement(agreement: Agreement): Agreement {
  for (const field of ['speak', 'hear'] as const) {
    const value = agreement[field];
    if (value === undefined || value === null || (value > 0 && value < Number.POSITIVE_INFINITY)) continue;
    throw badConfig(`agreement.${field}`, value, 'milliseconds above 0, or null');
  }
  return agreement;
}

/** The mode of one incarnation. A peer that is asked stays so, unless nothing may be sent. */
export function agreedMode(mode: Mode, { speak, hear }: Agreement): Mode {
  if (mode === 'probe' && speak !== null) return mode;
  const speaks = speak === undefined ? mode === 'announce' || mode === 'exchange' : speak !== null;
  const hears = hear === undefined ? mode === 'listen' || mode === 'exchange' : hear !== null;
  if (speaks) return hears ? 'exchange' : 'announce';
  return hears ? 'listen' : undefined;
}

/** How often this side is heard at least, in milliseconds; `null`: never. */
export function agreedInterval(mode: Mode, interval: number | null, speak: number | null | undefined) {
  if (speak === undefined || speak === null) return interval;
  return mode === 'probe' && interval !== null ? Math.min(interval, speak) : speak;
}
