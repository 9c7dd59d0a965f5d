/** NATS under a supervisor, against a scripted server in virtual time. */
import { describe, expect, test } from 'vitest';
import { type NatsIn, type NatsOptions, nats } from '../../../src/nats.ts';
import { expectNothingLeft } from '../../support/world.ts';
import { longestGap, supervised } from '../broker.ts';

const second = 1000;

function dialled(options: NatsOptions = {}, onMessage: (message: NatsIn) => void = () => {}) {
  return supervised(
    {
      greeting: 'INFO {"server_name":"a","max_payload":1000,"headers":true}\r\n',
      answer: (text) => (text.includes('PING\r\n') ? 'PONG\r\n' : undefined),
    },
    { protocol: nats(options), onMessage },
  );
}

describe('nats: under a supervisor', () => {
  test('nats: an idle server hears a PING within every interval, and is never suspected', async () => {
    const { here, clock, heard } = dialled();
    await clock.run(600 * second);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    expect(longestGap(heard)).toBeLessThanOrEqual(10 * second);
    await expectNothingLeft(here);
  });

  test('nats: a PING of the server is answered, also in the handshake', async () => {
    const { here, clock, heard, say } = dialled();
    await clock.run(second);
    say('PING\r\n');
    await clock.run(second);
    expect(heard.at(-1)?.text).toBe('PONG\r\n');
    await expectNothingLeft(here);
  });

  test('nats: subscriptions of setup are sent in each incarnation, and their messages are not lost', async () => {
    const messages: NatsIn[] = [];
    const setup = [{ op: 'sub', subject: 'a', sid: '1' }] as const;
    const { here, clock, heard, say, connection } = dialled({ setup }, (message) => messages.push(message));
    await clock.run(second);
    say('INFO {"ldm":true}\r\n');
    await clock.run(30 * second);
    expect(here.states().filter((state) => state.endsWith('closed:going-away'))).toHaveLength(1);
    expect(heard.filter(({ text }) => text.includes('SUB a 1\r\n'))).toHaveLength(2);
    say('MSG a 1 2\r\nhi\r\n');
    await clock.run(second);
    expect(messages).toMatchObject([{ op: 'msg', subject: 'a' }]);
    expect(connection.agreed?.server_name).toBe('a');
    await expectNothingLeft(here);
  });
});
