/** Parts of a supervisor that are handed in, so that a page loads those it uses. */
import type { EndpointPart } from '../../endpoints/parts.ts';
import type { outboxes } from '../../messages/outboxes.ts';
import type { Reader, ReadingRoom, ReadLimits, ReadOptions } from '../../messages/reader.ts';
import type { IncarnationParts } from '../incarnation/host.ts';
import type { hedging } from './hedging.ts';
import type { policies } from './policies.ts';
import type { rests } from './resting.ts';

/** A part has one of these, and is made by this package: `gates`, `routes`, `handshakes`, `readers`, `receipts`, `policies`, `rests`, `hedging`, `idleCuts` or `outboxes`. */
export interface Part
  extends EndpointPart,
    Omit<IncarnationParts, 'hedging'>,
    Partial<typeof policies & typeof rests & typeof hedging & typeof outboxes> {
  readonly readers?: {
    /** Throws `ConfigError`. */
    limitsOf(options?: ReadOptions): ReadLimits;
    /** A loop over the messages that an inbox gets; over none any more without an inbox. */
    readerOf(inbox: ReadingRoom | undefined, limits: ReadLimits): Reader;
  };
}
