/** AMQP under a supervisor, against a scripted broker in virtual time. */
import { describe, expect, test } from 'vitest';
import { type AmqpOptions, amqp } from '../../../src/amqp.ts';
import { expectNothingLeft } from '../../support/world.ts';
import { longestGap, supervised } from '../broker.ts';
import { channelOpen, close, closeOk, frame, method, openOk, sent, start, tune } from './peer.ts';

const second = 1000;
const fast = { heartbeat: { interval: 500, suspectAfter: { min: 100, max: 300 }, condemnAfter: second } };
const beat = frame(8, 0, []);
const latin1 = (bytes: Iterable<number>) => Buffer.from([...bytes]).toString('latin1');

/** Answers the handshake, and sends heartbeats every so many seconds. */
function dialled(options: AmqpOptions, every: number, policy: object = {}) {
  return supervised(
    {
      answer(text) {
        if (text.startsWith('AMQP')) return start();
        if (text.includes(latin1(method(10, 11)))) return tune();
        return text.includes(latin1(method(10, 40))) ? openOk : undefined;
      },
      says: [beat, every * second],
    },
    { protocol: amqp(options), ...policy },
  );
}

describe('amqp: under a supervisor', () => {
  test('amqp: Tune 60 under a fast policy: ten minutes without a suspicion, and the broker hears this side every 30 s', async () => {
    const { here, clock, heard } = dialled({ heartbeat: 60 }, 60, fast);
    await clock.run(600 * second);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    expect(longestGap(heard)).toBeGreaterThan(29 * second);
    expect(longestGap(heard)).toBeLessThanOrEqual(30 * second);
    await expectNothingLeft(here);
  });

  test('amqp: a frozen broker is suspected after one and a half intervals, and dead after two and a half', async () => {
    const { here, clock, network } = dialled({}, 5);
    await clock.run(9 * second);
    network.host('broker').freeze();
    await clock.run(10 * second);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    await clock.run(2 * second);
    expect(here.states().at(-1)).toBe('alive>suspect');
    await clock.run(8 * second);
    expect(here.states()).not.toContain('closing>closed:heartbeat-timeout');
    await clock.run(3 * second);
    expect(here.states().filter((state) => state.includes('heartbeat-timeout'))).not.toEqual([]);
    await expectNothingLeft(here);
  });

  test('amqp: Close 320 is answered with CloseOk, ends the incarnation as going-away, and the next one opens its channels', async () => {
    const { here, clock, heard, say, connection } = dialled({ setup: [channelOpen(1)] }, 5);
    await clock.run(second);
    const before = heard.length;
    say(close(320, 'CONNECTION_FORCED'));
    await clock.run(100);
    expect(heard.slice(before).map(({ text }) => text)).toEqual([latin1(closeOk)]);
    await clock.run(30 * second);
    expect(here.states().filter((state) => state.endsWith('closed:going-away'))).toHaveLength(1);
    expect(connection.state).toBe('alive');
    const opening = latin1(frame(1, 1, method(20, 10, [0])));
    expect(heard.filter(({ text }) => text.includes(opening))).toHaveLength(2);
    await expectNothingLeft(here);
  });

  test('amqp: close() says Close 200, once, and ends its stream when the broker has answered', async () => {
    const { here, clock, heard, ends, say, connection } = dialled({}, 5);
    await clock.run(second);
    const closed = connection.close();
    await clock.run(second);
    expect(heard.filter(({ text }) => text === latin1(close(200, 'goodbye')))).toHaveLength(1);
    expect([connection.state, ends]).toEqual(['closing', []]);
    say(closeOk);
    await clock.run(100);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    await expectNothingLeft(here);
  });

  test('amqp: without an answer close() ends with deadlines.close', async () => {
    const { here, clock, connection } = dialled({}, 5, { deadlines: { close: 2000 } });
    await clock.run(second);
    const closed = connection.close();
    await clock.run(1900);
    expect(connection.state).toBe('closing');
    await clock.run(200);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    await expectNothingLeft(here);
  });

  test('amqp: a frame that waited for a reconnect is refused, as its channel is gone', async () => {
    const { here, clock, say, connection } = dialled({}, 5);
    await clock.run(second);
    void connection.send(channelOpen(1));
    await clock.run(second);
    say(close(320, 'CONNECTION_FORCED'));
    await clock.run(100);
    expect(connection.state).not.toBe('alive');
    const late = connection.send(sent(1, 60, 40)).catch(({ code }) => code);
    await clock.run(60 * second);
    expect(await late).toBe('bad-message');
    expect([connection.state, connection.incarnation]).toEqual(['alive', 2]);
    await expectNothingLeft(here);
  });
});
