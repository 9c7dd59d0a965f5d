/** STOMP under a supervisor, against a scripted broker in virtual time. */
import { describe, expect, test } from 'vitest';
import { type StompOptions, stomp } from '../../../src/stomp.ts';
import { expectNothingLeft } from '../../support/world.ts';
import { longestGap, supervised } from '../broker.ts';

const second = 1000;
const fast = { heartbeat: { interval: 500, suspectAfter: { min: 100, max: 300 }, condemnAfter: second } };

/** Agrees to `heartBeat`, and sends as it says. */
function dialled(options: StompOptions, heartBeat: readonly [number, number], policy: object = {}) {
  return supervised(
    {
      answer: (text) =>
        text.startsWith('CONNECT') ? `CONNECTED\nversion:1.2\nheart-beat:${heartBeat}\n\n\0` : undefined,
      says: ['\n', heartBeat[0]],
    },
    { protocol: stomp(options), ...policy },
  );
}

describe('stomp: under a supervisor', () => {
  test.each([
    ['0,0', [0, 0], [0, 0], undefined],
    ['500,3000', [500, 3000], [3000, 500], 250],
    ['3000,500', [3000, 500], [500, 3000], 1500],
  ] as const)(
    'stomp: heart-beat %s under a fast policy: ten minutes without a suspicion',
    async (_, heartBeat, ofBroker, gap) => {
      const { here, clock, heard } = dialled({ heartBeat }, ofBroker, fast);
      await clock.run(600 * second);
      expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
      if (gap === undefined) expect(heard).toHaveLength(1);
      else expect(longestGap(heard)).toBe(gap);
      await expectNothingLeft(here);
    },
  );

  test('stomp: a frozen broker is suspected after twice its time, and condemned condemnAfter later', async () => {
    const { here, clock, network } = dialled({}, [10_000, 10_000]);
    await clock.run(10.5 * second);
    network.host('broker').freeze();
    await clock.run(19 * second);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    await clock.run(2 * second);
    expect(here.states().at(-1)).toBe('alive>suspect');
    await clock.run(10 * second);
    expect(here.states().filter((state) => state.includes('heartbeat-timeout'))).not.toEqual([]);
    await expectNothingLeft(here);
  });

  test('stomp: close() says DISCONNECT after the frames that wait', async () => {
    const { here, clock, heard, connection } = dialled({}, [0, 0]);
    await clock.run(second);
    void connection.send({ command: 'SEND', headers: { destination: '/q' }, body: 'last' });
    void connection.close();
    await clock.run(second);
    const said = heard.map(({ text }) => text).join('');
    expect(said).toMatch(/last\0DISCONNECT\n\n\0$/);
    await expectNothingLeft(here);
  });

  test('stomp: `confirmed` settles with the receipt of its frame alone', async () => {
    const { here, clock, connection, say } = dialled({ receipts: true, heartBeat: [0, 0] }, [0, 0]);
    await clock.run(second);
    const settled: number[] = [];
    for (const number of [1, 2]) {
      const sent = connection.send({ command: 'SEND', headers: { destination: '/q' }, body: `${number}` });
      void sent.then(({ confirmed }) => confirmed).then(() => settled.push(number));
    }
    await clock.run(60 * second);
    expect(settled).toEqual([]);
    for (const number of [2, 1]) {
      say(`RECEIPT\nreceipt-id:holdfast-${number}\n\n\0`);
      await clock.run(second);
    }
    expect(settled).toEqual([2, 1]);
    await expectNothingLeft(here);
  });
});
