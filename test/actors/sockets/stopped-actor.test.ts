/** `supervisor.actor.stop()`, as a program does that runs the supervisor in an actor system of its own. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { supervision } from '../../support/supervision.ts';
import { later, placeOf } from '../../transport/peers.ts';

it.each(['tcp', 'ws'])(
  'actor: stop() of the actor closes %s listeners, sockets and events$',
  async (scheme) => {
    const { supervisor, events } = supervision();
    const listener = await supervisor.listen({ url: `${scheme}://127.0.0.1:0` });
    const peer = connect(placeOf(listener.url)).on('error', () => {});
    later(() => peer.destroy());
    const gone = new Promise((resolve) => peer.resume().on('close', resolve));
    await expect.poll(() => listener.connections + listener.handshakes).toBe(1);
    supervisor.actor.stop();
    await supervisor.stop();
    await gone;
    expect([listener.connections, listener.handshakes, [...supervisor.listeners]]).toEqual([0, 0, []]);
    expect(events.completed).toBe(true);
    expect(events.all.at(-1)).toMatchObject({ event: scheme === 'tcp' ? 'left' : 'handshake-failed' });
    const next = connect(placeOf(listener.url));
    await expect(once(next, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  },
);

it('actor: stop() of the actor closes a listener that is still binding', async () => {
  const { supervisor } = supervision();
  const binding = supervisor.listen({ url: 'tcp://127.0.0.1:0' });
  supervisor.actor.stop();
  await supervisor.stop();
  const next = connect(placeOf((await binding).url));
  await expect(once(next, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
