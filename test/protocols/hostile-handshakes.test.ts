/** Acts of servers against a handshake, each at each of its steps: under a supervisor, in virtual time. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ExitReason } from '../../src/policy/exits.ts';
import { expectNothingLeft } from '../support/world.ts';
import { dialled, type Say, type Script, scripts } from './scripts.ts';

const nonsense = 'HTTP/1.1 400 Bad Request\r\n\r\n';
const temporary = { reconnect: { restart: 'temporary' } };
const alive = ['>connecting', 'connecting>alive'];

const everyStep = scripts.flatMap((script) => script.steps.map((_, step) => ({ ...script, step })));

/** Does `what` in place of the answer of a step. */
const at =
  (step: number, what: (peer: Parameters<Say>[0], answer: Uint8Array) => void): Say =>
  (peer, answer, now) =>
    now === step ? what(peer, answer) : peer.write(answer);

async function outcome(script: Script, say: Say) {
  const run = dialled(script, say, temporary);
  await run.clock.run(60_000);
  const exit = await run.connection.closed;
  expect(run.states()).not.toContain('connecting>alive');
  await expectNothingLeft(run.here);
  return exit;
}

describe('handshakes of servers', () => {
  test.each(scripts)('$name: answers in pieces of one byte make it alive', async (script) => {
    const run = dialled(script, (peer, answer) => {
      for (const byte of answer) peer.write(Uint8Array.of(byte));
    });
    await run.clock.run(5000);
    expect(run.states()).toEqual(alive);
    await expectNothingLeft(run.here);
  });

  test.each(scripts)('$name: answers that take a second each make it alive', async (script) => {
    const run = dialled(script, (peer, answer) => {
      run.clock.scheduler.schedule(() => peer.write(answer), 1000);
    });
    await run.clock.run(8000);
    expect(run.states()).toEqual(alive);
    await expectNothingLeft(run.here);
  });

  test.each(everyStep)('$name: silence at step $step is handshake-timeout', async ({ step, ...script }) => {
    expect(
      await outcome(
        script,
        at(step, () => {}),
      ),
    ).toMatchObject({ reason: 'handshake-timeout' });
  });

  test.each(everyStep)(
    '$name: half an answer at step $step is handshake-timeout',
    async ({ step, ...script }) => {
      const half = at(step, (peer, answer) => peer.write(answer.subarray(0, answer.length / 2)));
      expect(await outcome(script, half)).toMatchObject({ reason: 'handshake-timeout' });
    },
  );

  const ends: Readonly<Record<string, ExitReason>> = { nats: 'going-away', stomp: 'going-away' };

  test.each(everyStep)('$name: an end of stream at step $step is no crash', async ({ step, ...script }) => {
    expect(
      await outcome(
        script,
        at(step, (peer) => peer.end()),
      ),
    ).toMatchObject({
      reason: ends[script.name] ?? 'cut-off',
    });
  });

  test.each(everyStep)(
    '$name: an end of stream within the answer at step $step is cut-off',
    async ({ step, ...script }) => {
      const cut = at(step, (peer, answer) => {
        peer.write(answer.subarray(0, answer.length - 1));
        peer.end();
      });
      expect(await outcome(script, cut)).toMatchObject({ reason: 'cut-off' });
    },
  );

  test.each(everyStep)('$name: garbage at step $step is protocol-error', async ({ step, ...script }) => {
    const garbage = at(step, (peer) => peer.write(nonsense));
    expect((await outcome(script, garbage)).reason).toMatch(/^(protocol-error|message-too-big)$/);
  });

  test.each(everyStep.filter(({ name }) => name !== 'nats'))(
    '$name: an answer that comes twice at step $step is protocol-error',
    async ({ step, ...script }) => {
      const run = dialled(
        script,
        at(step, (peer, answer) => peer.write(Buffer.concat([answer, answer]))),
        temporary,
      );
      await run.clock.run(60_000);
      expect(await run.connection.closed).toMatchObject({ reason: 'protocol-error' });
      await expectNothingLeft(run.here);
    },
  );

  test.each(everyStep)(
    '$name: the password is sent, and is in nothing that is shown, however step $step goes',
    async ({ step, ...script }) => {
      const evils: Say[] = [
        (peer, answer) => peer.write(answer),
        at(step, () => {}),
        at(step, (peer) => peer.end()),
        at(step, (peer) => peer.write(nonsense)),
      ];
      const login = step >= (script.name === 'nats' || script.name === 'amqp' ? 1 : 0);
      for (const evil of evils) {
        const credentials = { handshake: { username: 'name', password: 'Tr0ub4dor' } };
        const run = dialled(script, evil, { ...temporary, credentials });
        await run.clock.run(15_000);
        const { connection, events, reported } = run;
        const all = [connection, connection.agreed, connection.history(), events, reported];
        expect(run.heard.join('').includes('Tr0ub4dor')).toBe(login || evil === evils[0]);
        expect(inspect(all, { depth: 12, getters: true, maxStringLength: null })).not.toContain('Tr0ub4dor');
        await expectNothingLeft(run.here);
      }
    },
  );
});
