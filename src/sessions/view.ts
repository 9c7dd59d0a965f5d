/** A session as inspectors read it: made when one looks. */
import { type DetachedView, KEEPERS, type SessionKeeper, type SessionView } from '../base/session-view.ts';
import type { AcceptedSession } from './accepted-session.ts';
import { shortened } from './events.ts';
import type { SessionLink } from './link.ts';

export function viewOf({ id, epoch, state, resumed, out, in: incoming }: SessionLink): SessionView {
  return {
    session: shortened(id),
    epoch,
    state,
    resumed,
    outgoing: { messages: out.unacknowledged, bytes: out.bytes },
    incoming: incoming.open,
    replayed: out.replayed,
  };
}

/** Views of those sessions that wait for a socket. */
export function* detachedViews(sessions: Iterable<AcceptedSession>): Iterable<DetachedView> {
  for (const session of sessions) {
    const { state, keepFor, last: [connection = '', url = ''] = [], lapse } = session;
    if (state !== 'detached' || lapse === undefined) continue;
    const until = lapse.at;
    yield { ...viewOf(session), connection, url, incarnation: 1, since: until - keepFor - 1, until };
  }
}

/** Inspectors find here what accepts sessions under that supervisor. */
export function keepersOf(supervisor: object): Set<SessionKeeper> {
  const shows = supervisor as { [KEEPERS]?: Set<SessionKeeper> };
  shows[KEEPERS] ??= new Set();
  return shows[KEEPERS];
}
