/** What is wrong with the account of a trial in which processes are killed or frozen. */
import type { KillOutcome, KillTrial } from './session-kills.ts';

/** Names of figures with their values, of those that sessions do not permit. */
export function flaws(of: KillTrial, outcome: KillOutcome): readonly string[] {
  const { unflagged, undoubted, misplaced, overlapping, foreign, repeated } = outcome.audit;
  const { received, fates, unhandled, misnamed, lostSessions, wrongEffects, halts } = outcome;
  const total = of.sessions * of.messages;
  const isReport = of.redis === undefined && of.onLost === 'report';
  const doubtful = isReport ? (fates.unacknowledged ?? 0) : 0;
  const figures = {
    ...{ unflagged, undoubted, misplaced, overlapping, foreign, unhandled, misnamed, wrongEffects },
    'repeated by a client that resends nothing': isReport ? repeated : 0,
    'sessions lost that are in Redis': of.redis === undefined ? 0 : lostSessions,
    'not confirmed': total - doubtful - (fates.confirmed ?? 0),
    'not named': isReport ? outcome.named - doubtful : 0,
    'received twice': received.repeated,
    'received out of place': received.misplaced,
    'not received': received.lost,
    'no process was halted': halts > 0 ? 0 : 1,
  };
  return Object.entries(figures).flatMap(([name, value]) => (value === 0 ? [] : [`${name}: ${value}`]));
}
