/** The echo of `holdfast serve --sessions`: each message goes back within its session. */
import type { Session } from '../../sessions/handle.ts';

/** Echoes that are not acknowledged, above which no more messages are taken: half of the window. */
const MOST = 512;

export function echoIn(session: Session): void {
  const open: Promise<unknown>[] = [];
  session.onMessage = async (message) => {
    try {
      const { confirmed } = await session.send(message);
      open.push(confirmed);
      if (open.length >= MOST) await open.shift();
    } catch {
      // No room, or the session is over: the client learns that its message has no echo.
      await session.close('no-echo');
    }
  };
}
