/** Steps of the supervision chart. */
import { type Step, stepOf } from './cold.ts';
import {
  type SupervisionAction,
  type SupervisionEvent,
  type SupervisionState,
  supervisionMachine,
} from './supervision.ts';

export const stepSupervision: (
  from: SupervisionState,
  event: SupervisionEvent,
) => Step<SupervisionState, SupervisionAction> = /* @__PURE__ */ stepOf(supervisionMachine);
