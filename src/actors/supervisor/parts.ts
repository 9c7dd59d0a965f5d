/** Parts of a supervisor that are handed in, so that a page loads those it uses. */
import type { EndpointPart } from '../../endpoints/parts.ts';
import type { outboxes } from '../../messages/outboxes.ts';
import type { IncarnationParts } from '../incarnation/host.ts';
import type { readers } from '../incarnation/reading.ts';
import type { recordings } from '../incarnation/recordings.ts';
import type { hedging } from './hedging.ts';
import type { policies } from './policies.ts';
import type { probes } from './probing.ts';
import type { rests } from './resting.ts';

/** A part has one of these, and is made by this package: `gates`, `routes`, `handshakes`, `readers`, `receipts`, `policies`, `rests`, `hedging`, `idleCuts`, `streams`, `recordings`, `probes`, `timeLimits` or `outboxes`. */
export interface Part
  extends EndpointPart,
    Omit<IncarnationParts, 'hedging'>,
    Partial<
      typeof policies &
        typeof readers &
        typeof rests &
        typeof hedging &
        typeof outboxes &
        typeof recordings &
        typeof probes
    > {}
