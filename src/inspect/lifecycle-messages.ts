/** Lifecycle events as messages about watched connections, those of their gates and of the policy included. */
import type { LifecycleEvent } from '../actors/supervisor/events.ts';
import { levelsOf } from '../policy/route.ts';
import { printable } from './printable.ts';
import type { Inspected } from './supervisor-view.ts';
import type { EventView, LifecycleMessage } from './wire.ts';

/** The hub adds the time at which it sends it. */
export type UntimedLifecycleMessage = Omit<LifecycleMessage, 'at'>;

/** Events that transitions show already, or that concern no connection. */
const omitted: ReadonlySet<LifecycleEvent['event']> = new Set([
  'state',
  'listening',
  'handshake-failed',
  'limit-reached',
]);

/** The message about an event for each of `watched` that it concerns. */
export function lifecycleMessagesOf(
  event: LifecycleEvent,
  watched: Iterable<Inspected>,
): UntimedLifecycleMessage[] {
  if (omitted.has(event.event)) return [];
  const concerned = Array.from(watched).filter((connection) => concerns(event, connection));
  if (concerned.length === 0) return [];
  const view = viewOf(event);
  return concerned.map(({ id, incarnation }) => ({
    type: 'lifecycle',
    connection: id,
    incarnation,
    event: view,
  }));
}

function concerns(event: LifecycleEvent, { id, plan }: Inspected): boolean {
  if ('connection' in event) return event.connection === id;
  return (
    event.event !== 'gate' || levelsOf(plan.endpointKey).includes(`${event.endpoint}${event.route ?? ''}`)
  );
}

function viewOf(event: LifecycleEvent): EventView {
  const { event: type, ...rest } = event;
  const known: readonly string[] = ['connection', 'url', 'incarnation', 'history'];
  const news = Object.entries(rest).filter(([field]) => !known.includes(field));
  return { ...(printable(Object.fromEntries(news)) as object), type };
}
