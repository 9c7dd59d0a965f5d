/** Every part that dials: Node and React Native have all, as nothing leaves them out there. */
import { gates } from '../../endpoints/gates.ts';
import { routes } from '../../endpoints/routed-plan.ts';
import { receipts } from '../../messages/receipts.ts';
import { timeLimits } from '../../messages/time-limits.ts';
import { handshakes } from '../incarnation/greeting.ts';
import { idleCuts } from '../incarnation/idle-cuts.ts';
import { readers } from '../incarnation/reading.ts';
import { recordings } from '../incarnation/recordings.ts';
import { streams } from '../incarnation/streams.ts';
import { hedging } from './hedging.ts';
import type { Part } from './parts.ts';
import { policies } from './policies.ts';
import { probes } from './probing.ts';
import { rests } from './resting.ts';

export const allParts: readonly Part[] = [
  gates,
  routes,
  handshakes,
  readers,
  receipts,
  policies,
  rests,
  hedging,
  idleCuts,
  streams,
  recordings,
  probes,
  timeLimits,
];
