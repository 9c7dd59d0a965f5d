/** Sessions in rows: of connections that run, and of those that are over while their session waits for the next one. */
import type { DetachedView, SessionView } from '../base/session-view.ts';
import { CONNECTION, SESSION } from './chart-names.ts';
import type { Row, RowSession } from './rows.ts';
import { nodeOf, type Time } from './supervisor-view.ts';

export function sessionOf(view: SessionView): RowSession {
  const { session: id, state, epoch, resumed, outgoing, incoming, replayed } = view;
  return { id, node: nodeOf(state, SESSION), epoch, resumed, outgoing, incoming, replayed };
}

/** A session without a socket, with the time until which it is kept. */
export function waitingSessionOf(view: DetachedView, time: Time): RowSession {
  return { ...sessionOf(view), until: time.of(view.until) };
}

/** Whether a row would say the same of both. */
export function sameSession(a: SessionView | undefined, b: SessionView | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.session === b.session &&
    a.state === b.state &&
    a.epoch === b.epoch &&
    a.resumed === b.resumed &&
    a.replayed === b.replayed &&
    sameAmount(a.outgoing, b.outgoing) &&
    sameAmount(a.incoming, b.incoming)
  );
}

function sameAmount(a: SessionView['outgoing'], b: SessionView['outgoing']): boolean {
  return a.messages === b.messages && a.bytes === b.bytes;
}

/** The row of a connection of which only its session is left. */
export function rowOfDetached(view: DetachedView, time: Time): Row {
  const since = time.of(view.since);
  return {
    id: view.connection,
    machine: CONNECTION,
    url: view.url,
    side: 'accept',
    protocol: SESSION,
    status: 'left',
    state: 'closed',
    node: `${CONNECTION}.closed`,
    incarnation: view.incarnation,
    since,
    stateSince: since,
    supervision: nodeOf('left', 'supervision'),
    supervisionSince: since,
    session: waitingSessionOf(view, time),
  };
}
