/** A short text for a step that led to no other state. */
import type { ChartModel } from '../../chart-model.ts';
import type { EventView } from '../../wire.ts';
import { duration, ms } from './format.ts';
import type { Step } from './steps.ts';

/** The actions of a step that stayed, or the reason why it did nothing. */
export function outcomeOf(step: Step, model: ChartModel): string {
  if (step.kind === 'lifecycle') return logText(step.event);
  if (step.chart === 'session') return sessionText(step.event);
  return reasonToStay(step, model) ?? step.actions.join(' · ');
}

/** Text of a lifecycle event: `gate · attempt 2 · in 4.1 s`. */
function logText({ type, ...fields }: EventView): string {
  switch (type) {
    case 'reconnect-scheduled':
      return joined(fields.because, `attempt ${fields.attempt}`, inWords(fields.delayMs));
    case 'gate': {
      const waiting = Number(fields.waiting) > 0 && `${fields.waiting} waiting`;
      return joined(`${fields.from} → ${fields.to}`, waiting, inWords(fields.delayMs));
    }
    case 'warning':
      return String(fields.detail);
    case 'session-stuck':
      return `unacknowledged ${fields.unacknowledged}`;
    case 'standby':
      return joined(`${fields.standby} ${fields.to}`, fields.standbyUrl, fields.reason);
    case 'configured':
      return 'policy changed';
    default:
      return joined(fields.reason, fields.because, fields.code);
  }
}

/** Text of a move of a session: `resumed · replayed 12`. A flight recorder has the reason of an end as `detail`. */
export function sessionText({ reason, detail, resumed, replayed, unacknowledged }: EventView): string {
  return joined(
    reason ?? detail,
    resumed === true && 'resumed',
    Number(replayed) > 0 && `replayed ${replayed}`,
    Number(unacknowledged) > 0 && `unacknowledged ${unacknowledged}`,
  );
}

/** The description of the edge of an ignored event. */
function reasonToStay({ edges, actions, from, to }: Step, { edges: all }: ChartModel): string | undefined {
  if (actions.length > 0 || from !== to) return undefined;
  return all.find(({ id }) => edges.includes(id))?.description;
}

function inWords(delayMs: unknown): string | false {
  if (typeof delayMs !== 'number' || delayMs <= 0) return false;
  return `in ${delayMs < 1000 ? ms(delayMs) : duration(delayMs)}`;
}

function joined(...parts: readonly unknown[]): string {
  return parts.filter((part) => part !== undefined && part !== false).join(' · ');
}
