/** The moves of sessions, as supervisors publish them: only those that the session chart has. */
import type { Owner } from '../owner.ts';
import type { World } from '../world.ts';

type State = 'attached' | 'detached' | 'ended';

const arrows: Readonly<Record<State | 'new', readonly State[]>> = {
  new: ['attached', 'ended'],
  attached: ['attached', 'detached', 'ended'],
  detached: ['attached', 'ended'],
  ended: [],
};

export function followMoves(world: World, owner: Owner): void {
  const states = new Map<string, State>();
  owner.supervisor.events$.subscribe((event) => {
    if (event.event !== 'session') return;
    const { session, to, reason } = event;
    const from = states.get(session) ?? 'new';
    if (!arrows[from].includes(to))
      world.violated(`${owner.name}: session ${session} goes from ${from} to ${to}`);
    // A session that moved to another process may come back, and is another one here.
    if (to === 'ended' && reason === 'moved') states.delete(session);
    else states.set(session, to);
  });
}
