/** Sessions in the list, the messages and the recordings of an inspector: simulated network, virtual clock, a real socket to the page. */
import { describe, expect, test } from 'vitest';
import { recordingOf } from '../../src/inspect/export.ts';
import { parseRecording } from '../../src/inspect/recording.ts';
import type { Row } from '../../src/inspect/rows.ts';
import { framed } from '../../src/protocols/framed.ts';
import { sessionSides } from './session-sides.ts';
import { inspected, Visitor } from './visitor.ts';

async function look() {
  const sides = await sessionSides();
  const visit = async (of: typeof sides.server) => Visitor.to(await inspected(of));
  return { ...sides, visit };
}

const rowOf = (visitor: Visitor) => [...visitor.rows().values()][0] as unknown as Row | undefined;

describe('inspector: sessions', () => {
  test('a row has the session of its connection on either side, and what is not acknowledged both ways', async () => {
    const { server, client, visit, id } = await look();
    const dialled = rowOf(await visit(client))?.session;
    expect(dialled).toEqual({
      id: id.slice(0, 8),
      node: 'session.attached',
      epoch: 1,
      resumed: false,
      outgoing: { messages: 3, bytes: 6 },
      incoming: { messages: 0, bytes: 0 },
      replayed: 0,
    });
    expect(rowOf(await visit(server))?.session).toMatchObject({
      id: id.slice(0, 8),
      outgoing: { messages: 0 },
      incoming: { messages: 3, bytes: 6 },
    });
  });

  test('a connection without a session has no field for one', async () => {
    const { client, clock, visit } = await look();
    client.connect({ id: 'plain', url: 'memory://nobody', protocol: framed() });
    await clock.run(200);
    const visitor = await visit(client);
    expect(visitor.rows().get('plain')).not.toHaveProperty('session');
  });

  test('a change of the session alone is a change of its row', async () => {
    const { client, clock, feed, visit } = await look();
    const visitor = await visit(client);
    void feed.send('ghij');
    await clock.run(200);
    await visitor.until(() => rowOf(visitor)?.session?.outgoing.messages === 4);
    expect(rowOf(visitor)?.session?.outgoing).toEqual({ messages: 4, bytes: 10 });
  });

  test('an accepted session that waits for a socket stands where its connection was, with the time that is left', async () => {
    const { server, clock, network, visit } = await look();
    const visitor = await visit(server);
    const before = rowOf(visitor);
    network.host('server').down();
    await clock.run(25_000);
    await visitor.until(() => rowOf(visitor)?.session?.until !== undefined);
    const late = await Visitor.to(await inspected(server));
    for (const each of [rowOf(visitor), rowOf(late)]) {
      expect(each).toMatchObject({ id: before?.id, url: before?.url, status: 'left', side: 'accept' });
      expect(each?.session).toMatchObject({ node: 'session.detached', incoming: { messages: 3 } });
      expect((each?.session?.until ?? 0) - clock.wall()).toBeGreaterThan(20_000);
    }
    network.host('server').up();
    await clock.run(8000);
    await visitor.until(() => !visitor.rows().has(before?.id ?? ''));
    const [row, ...others] = visitor.rows().values();
    expect(others).toEqual([]);
    expect(row?.session).toMatchObject({ node: 'session.attached', epoch: 2, resumed: true });
  });

  test('an accepted session leaves the list when nothing keeps it any more', async () => {
    const { server, client, clock, network, visit } = await look();
    network.host('server').down();
    await clock.run(25_000);
    const visitor = await visit(server);
    expect(visitor.rows().size).toBe(1);
    client.actor.stop();
    await clock.run(60_000);
    await visitor.until(() => visitor.rows().size === 0);
  });

  test('the moves of a session come with those of its connection, live and from the flight recorder', async () => {
    const { client, clock, network, visit } = await look();
    const visitor = await visit(client);
    visitor.say({ type: 'watch', id: 'feed' });
    const { entries } = await visitor.saw('history');
    expect(entries.filter(({ chart }) => chart === 'session')).toMatchObject([
      { event: 'greeted', from: 'new', to: 'attached' },
    ]);
    network.host('server').down();
    await clock.run(25_000);
    network.host('server').up();
    await clock.run(3000);
    await visitor.saw('lifecycle', ({ event }) => event.type === 'session' && event.to === 'attached');
    expect(
      visitor.all('lifecycle').flatMap(({ event }) => (event.type === 'session' ? [event] : [])),
    ).toMatchObject([{ to: 'detached' }, { to: 'attached', resumed: true }]);
  });

  test('nothing that a page, a recording or a history has is the id of a session', async () => {
    const { server, client, clock, network, visit, id } = await look();
    const visitors = [await visit(server), await visit(client)];
    for (const visitor of visitors) {
      visitor.say({ type: 'watch', id: rowOf(visitor)?.id ?? '' });
      await visitor.saw('history');
    }
    network.host('server').down();
    await clock.run(25_000);
    const recordings = [recordingOf(server), recordingOf(client)];
    network.host('server').up();
    await clock.run(3000);
    const texts = JSON.stringify([visitors.map((visitor) => visitor.messages), recordings]);
    expect(texts).toContain(id.slice(0, 8));
    expect(texts).not.toContain(id.slice(0, 9));
  });

  test('a recording has the sessions of both sides, and is read again', async () => {
    const { server, client, clock, network } = await look();
    network.host('server').down();
    await clock.run(25_000);
    const accepted = parseRecording(JSON.stringify(recordingOf(server)));
    expect(accepted.connections).toMatchObject([
      { row: { status: 'left', session: { node: 'session.detached', incoming: { messages: 3, bytes: 6 } } } },
    ]);
    const dialled = parseRecording(JSON.stringify(recordingOf(client)));
    expect(dialled.connections[0]?.history.filter(({ chart }) => chart === 'session')).toMatchObject([
      { event: 'greeted', to: 'attached' },
      { event: 'cut', from: 'attached', to: 'detached' },
    ]);
  });
});
