/** The chart of a session: every event in every state, with target and actions. */
import { expect, test } from 'vitest';
import {
  type SessionEvent,
  type SessionState,
  sessionMachine,
  stepSession,
} from '../../src/sessions/chart.ts';

const rows: readonly (readonly [SessionState, SessionEvent['type'], SessionState, readonly string[]])[] = [
  ['new', 'greeted', 'attached', ['replay']],
  ['new', 'cut', 'new', []],
  ['new', 'over', 'ended', ['settle']],
  ['attached', 'greeted', 'attached', ['fence', 'replay']],
  ['attached', 'cut', 'detached', ['fence']],
  ['attached', 'over', 'ended', ['fence', 'settle']],
  ['detached', 'greeted', 'attached', ['replay']],
  ['detached', 'cut', 'detached', []],
  ['detached', 'over', 'ended', ['settle']],
  ['ended', 'greeted', 'ended', []],
  ['ended', 'cut', 'ended', []],
  ['ended', 'over', 'ended', []],
];

test.each(rows)('%s, %s: %s', (from, type, to, actions) => {
  expect(stepSession(from, { type })).toEqual({ to, actions });
});

test('the rows are all states and all events', () => {
  expect(new Set(rows.map(([from]) => from))).toEqual(new Set(Object.keys(sessionMachine.states)));
  expect(new Set(rows.map(([, type]) => type))).toEqual(new Set(sessionMachine.events));
  expect(rows).toHaveLength(4 * 3);
});
