/** `reconnect.hedge` in virtual time: what becomes of the standby, of the suspect incarnation, and of the id. */
import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../../../src/base/errors.ts';
import { expectNothingLeft } from '../../../support/world.ts';
import { hedgedWorld, untilDialled } from './hedged-world.ts';

test('hedge: a frozen server is left for the next endpoint within an interval and a second', async () => {
  const here = hedgedWorld();
  const { clock, network, supervisor, events, feed, heard, standbys, states } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(11_000);
  expect(standbys()).toEqual(['2 dialled', '2 chosen']);
  expect(heard).toEqual(['connecting', 'alive', 'suspect', 'connecting', 'alive']);
  expect([feed.url, feed.incarnation, feed.status]).toEqual(['memory://b', 2, 'running']);
  // No exit of the id: nothing is counted, nothing is waited for.
  expect(states()).toEqual([
    '>connecting',
    'connecting>alive',
    'alive>suspect',
    '>connecting',
    'connecting>alive',
  ]);
  expect(events.some(({ event }) => event === 'reconnect-scheduled' || event === 'gate')).toBe(false);
  await clock.run(60_000);
  expect([feed.state, feed.incarnation, network.audit().open.dial]).toEqual(['alive', 2, 1]);
  expect(supervisor.connections).toBeDefined();
  await expectNothingLeft(here);
});

test('hedge: the recorder has the steps of the supervision chart, the end of the old socket, and the new one', async () => {
  const { clock, network, feed } = hedgedWorld();
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(11_000);
  const steps = feed
    .history()
    .map(
      ({ incarnation, event, from, to, reason }) =>
        `${incarnation} ${event}: ${from ?? ''}>${to}${reason === undefined ? '' : ` ${reason}`}`,
    );
  expect(steps.slice(5)).toEqual([
    '1 doubted: running.kept>running.hedged',
    '1 standby-proved: running.hedged>running.kept',
    '1 failed: suspect.silent>closing.aborting replaced',
    '1 socket-closed: closing.aborting>closed replaced',
    '2 start: >connecting.dialing',
    '2 opened: connecting.dialing>connecting.handshaking',
    '2 bytes-received: connecting.handshaking>alive',
  ]);
});

test('hedge: off by default, and a suspicion dials nothing', async () => {
  const { clock, network, standbys, feed } = hedgedWorld({}, { reconnect: {} });
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(12_000);
  expect([feed.state, standbys(), network.audit().dials]).toEqual(['suspect', [], 1]);
});

test('hedge: the standby is dropped when the old socket answers first, and nothing else has changed', async () => {
  const here = hedgedWorld();
  const { clock, network, feed, heard, standbys, arrived } = here;
  network.host('b').blackhole();
  await clock.run(20_000);
  network.host('a').freeze();
  await untilDialled(here);
  void feed.send('held');
  await clock.run(3000);
  expect([feed.state, arrived]).toEqual(['suspect', []]);
  network.host('a').thaw();
  await clock.run(1000);
  expect(standbys()).toEqual(['2 dialled', '2 dropped']);
  expect(heard).toEqual(['connecting', 'alive', 'suspect', 'alive']);
  expect([feed.url, feed.incarnation, arrived]).toEqual(['memory://a', 1, ['a: held']]);
  expect(network.audit()).toMatchObject({ dialing: 0, open: { dial: 1 } });
  await expectNothingLeft(here);
});

test('hedge: messages that were held leave by the standby, once and in order', async () => {
  const here = hedgedWorld();
  const { clock, network, feed, arrived } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  for (let ms = 0; feed.state !== 'suspect' && ms < 20_000; ms++) await clock.run(1);
  const receipts = Promise.all(['one', 'two', 'three'].map((line) => feed.send(line)));
  await clock.run(1000);
  expect(arrived).toEqual(['b: one', 'b: two', 'b: three']);
  expect((await receipts).map(({ incarnation }) => incarnation)).toEqual([2, 2, 2]);
  network.host('a').thaw();
  await clock.run(1000);
  expect(arrived).toHaveLength(3);
  await expectNothingLeft(here);
});

test('hedge: what was written to the old socket before the suspicion may have arrived, and is not sent again', async () => {
  const here = hedgedWorld();
  const { clock, network, feed, arrived } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  const receipt = feed.send('written');
  await clock.run(11_000);
  const { incarnation, outcome, confirmed } = await receipt;
  expect([incarnation, outcome, await confirmed]).toEqual([1, 'written', 'written-unconfirmed']);
  expect([feed.incarnation, arrived]).toEqual([2, []]);
  await expectNothingLeft(here);
});

test('hedge: ready() waits for the standby, and a probe of the old socket is rejected', async () => {
  const here = hedgedWorld();
  const { clock, network, feed } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  await untilDialled(here);
  const settled: string[] = [];
  feed.ready().then(() => settled.push(`ready with ${feed.incarnation}`));
  feed.probe().catch((error) => settled.push(error.code));
  await clock.run(1000);
  expect(settled.sort()).toEqual(['closed', 'ready with 2']);
  await expectNothingLeft(here);
});

describe('hedge: a standby that fails', () => {
  test('hedge: a refused standby is no exit of the id, and is not repeated in the same suspicion', async () => {
    const here = hedgedWorld();
    const { clock, network, events, feed, standbys, states } = here;
    network.host('b').refuse();
    await clock.run(20_000);
    network.host('a').freeze();
    await clock.run(16_000);
    expect([feed.state, network.audit().dials]).toEqual(['suspect', 2]);
    expect(standbys()).toEqual(['2 dialled', '2 failed']);
    expect(events.find((event) => event.event === 'standby' && event.to === 'failed')).toMatchObject({
      reason: 'refused',
      incarnation: 1,
      standby: 2,
    });
    network.host('a').thaw();
    await clock.run(1000);
    expect([feed.state, feed.incarnation]).toEqual(['alive', 1]);
    network.host('a').freeze();
    await clock.run(13_000);
    expect(standbys()).toEqual(['2 dialled', '2 failed', '2 dialled', '2 failed']);
    expect(states().filter((state) => state.includes('closed'))).toEqual([]);
    await expectNothingLeft(here);
  });

  test('hedge: a verdict ends the standby that still dials, and an ordinary reconnect follows', async () => {
    const here = hedgedWorld();
    const { clock, network, feed, standbys, states } = here;
    network.host('b').blackhole();
    await clock.run(20_000);
    network.host('a').freeze();
    await clock.run(21_500);
    expect(standbys()).toEqual(['2 dialled', '2 dropped']);
    expect(states()).toContain('closing>closed:heartbeat-timeout');
    network.host('a').thaw();
    network.host('b').blackhole(false);
    await clock.run(30_000);
    expect([feed.state, feed.incarnation, network.audit().open.dial]).toEqual(['alive', 2, 1]);
    await expectNothingLeft(here);
  });

  test('hedge: a standby that is open and answers no ping takes no place', async () => {
    const here = hedgedWorld();
    const { clock, network, feed, standbys } = here;
    await clock.run(20_000);
    for (const host of ['a', 'b']) network.host(host).freeze();
    await untilDialled(here);
    await clock.run(5000);
    expect([feed.state, feed.incarnation, standbys()]).toEqual(['suspect', 1, ['2 dialled']]);
    network.host('a').thaw();
    await clock.run(1000);
    network.host('b').thaw();
    await clock.run(1000);
    expect([feed.state, feed.incarnation, standbys()]).toEqual(['alive', 1, ['2 dialled', '2 dropped']]);
    await expectNothingLeft(here);
  });

  test('hedge: a transport that throws ends the standby alone', async () => {
    const here = hedgedWorld();
    const { clock, network, feed, standbys, reported } = here;
    await clock.run(20_000);
    network.host('a').freeze();
    const { dial } = network.transport;
    network.transport.dial = () => {
      throw new Error('a transport with a bug');
    };
    await clock.run(14_000);
    expect([feed.state, feed.incarnation, standbys()]).toEqual(['suspect', 1, ['2 dialled', '2 failed']]);
    network.transport.dial = dial;
    network.host('a').thaw();
    await clock.run(1000);
    expect([feed.state, reported]).toEqual(['alive', []]);
    await expectNothingLeft(here);
  });
});

describe('hedge: calls while a standby dials', () => {
  const dialling = async () => {
    const here = hedgedWorld();
    here.network.host('b').blackhole();
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await untilDialled(here);
    return here;
  };

  test('hedge: close() ends both sockets', async () => {
    const here = await dialling();
    const closed = here.feed.close();
    await here.clock.run(3000);
    expect((await closed).reason).toBe('closed-by-us');
    expect([here.standbys(), here.feed.status]).toEqual([['2 dialled', '2 dropped'], 'left']);
    expect(here.network.audit()).toMatchObject({ dialing: 0, open: { dial: 0 } });
    await expectNothingLeft(here);
  });

  test.each([{}, { next: true }])(
    'hedge: reconnect(%o) drops the standby, and dials after the old socket',
    async (options) => {
      const here = await dialling();
      here.feed.reconnect(options);
      here.network.host('b').blackhole(false);
      here.network.host('a').thaw();
      await here.clock.run(3000);
      expect([here.standbys(), here.feed.incarnation]).toEqual([['2 dialled', '2 dropped'], 2]);
      expect([here.feed.state, here.network.audit().open.dial]).toEqual(['alive', 1]);
      await expectNothingLeft(here);
    },
  );

  test('hedge: stop() of the supervisor leaves no socket of either', async () => {
    await expectNothingLeft(await dialling());
  });

  test('hedge: a supervisor whose actor is stopped from outside leaves no socket of either', async () => {
    const here = await dialling();
    here.supervisor.actor.stop();
    await here.clock.run(1000);
    expect(here.network.audit()).toMatchObject({ dialing: 0, open: { dial: 0 }, closedTwice: 0 });
    expect(here.feed.status).toBe('left');
  });

  test('hedge: an aborted signal is like close()', async () => {
    const abort = new AbortController();
    const here = hedgedWorld({ signal: abort.signal });
    here.network.host('b').blackhole();
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await untilDialled(here);
    abort.abort();
    await here.clock.run(3000);
    expect([here.feed.status, here.network.audit().dialing]).toEqual(['left', 0]);
    await expectNothingLeft(here);
  });

  test('hedge: connect() of the same id changes nothing', async () => {
    const here = await dialling();
    const same = here.supervisor.connect({ id: 'feed', url: ['memory://a', 'memory://b'], protocol: 'line' });
    here.network.host('b').blackhole(false);
    await here.clock.run(3000);
    expect([same === (here.feed as unknown), here.standbys()]).toEqual([true, ['2 dialled', '2 chosen']]);
    await expectNothingLeft(here);
  });

  test('hedge: the end of the old socket drops the standby, and an ordinary reconnect follows', async () => {
    const here = await dialling();
    for (const link of here.network.host('a').links) link.reset();
    here.network.host('a').thaw();
    await here.clock.run(10_000);
    expect([here.standbys(), here.states().includes('suspect>closing:reset')]).toEqual([
      ['2 dialled', '2 dropped'],
      true,
    ]);
    await expectNothingLeft(here);
  });

  test('hedge: a listener that closes the connection at the choice leaves nothing', async () => {
    const here = hedgedWorld();
    here.supervisor.events$.subscribe((event) => {
      if (event.event === 'standby' && event.to === 'chosen') void here.feed.close();
    });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await here.clock.run(14_000);
    expect([here.feed.status, here.network.audit().open.dial]).toEqual(['left', 0]);
    await expectNothingLeft(here);
  });

  test.each(['dialled', 'dropped', 'failed'])(
    'hedge: a listener that reconnects at `%s` meets a whole connection',
    async (to) => {
      const here = hedgedWorld();
      here.supervisor.events$.subscribe((event) => {
        if (event.event === 'standby' && event.to === to) here.feed.reconnect();
      });
      if (to === 'failed') here.network.host('b').refuse();
      else here.network.host('b').blackhole();
      await here.clock.run(20_000);
      here.network.host('a').freeze();
      await untilDialled(here);
      await here.clock.run(1000);
      here.network.host('a').thaw();
      here.network.host('b').blackhole(false);
      here.network.host('b').refuse(false);
      await here.clock.run(60_000);
      expect([here.feed.state, here.network.audit().open.dial]).toEqual(['alive', 1]);
      await expectNothingLeft(here);
    },
  );
});

test('hedge: a send to a connection that is closed while hedged never left', async () => {
  const here = hedgedWorld();
  here.network.host('b').blackhole();
  await here.clock.run(20_000);
  here.network.host('a').freeze();
  await untilDialled(here);
  const held = here.feed.send('held').catch((error) => error);
  here.supervisor.actor.stop();
  const error = await held;
  expect(error).toBeInstanceOf(DeliveryError);
  expect(error.outcome).toBe('never-sent');
});
