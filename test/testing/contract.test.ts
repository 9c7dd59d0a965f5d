/** The contract test of protocols finds each broken rule, and names it. */
import { describe, expect, test } from 'vitest';
import { type Dialogue, type Protocol, Refused } from '../../src/ports/protocol.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue, withMessages } from '../../src/protocols/over.ts';
import { protocolContract } from '../../src/testing/contract/contract.ts';
import type { ProtocolContract } from '../../src/testing/contract/spec.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { bytes } from '../protocols/decoding.ts';

type LineDialogue = Dialogue<string>;

/** A protocol with a login: `LOGIN name` is answered by `OK`, `NO` or an end of stream. */
const login = (change: (dialogue: LineDialogue) => Partial<LineDialogue> = () => ({})) =>
  withDialogue(line({ maxMessageBytes: 1000 }), (beneath) => ({
    async handshake(io) {
      io.send(`LOGIN ${String(io.credentials ?? 'nobody')}`);
      const answer = await io.receive();
      if (answer === 'NO') throw new Refused({ reason: 'unauthorized', detail: 'NO' });
      if (answer !== 'OK') throw new Refused({ reason: 'protocol-error' });
    },
    goodbye: () => bytes('BYE\n'),
    ended: (close) => (close?.code === 4403 ? { reason: 'unauthorized' } : undefined),
    ...change(beneath),
  }));

const contract = (
  protocol: Protocol<unknown, string>,
  more: Partial<ProtocolContract<string, Uint8Array>> = {},
) =>
  protocolContract<string, Uint8Array>({
    protocol,
    handshake: { credentials: 'me', peer: [bytes('OK\n')] },
    peer: line(),
    frames: [bytes('one\n'), bytes('PING\n'), bytes('two\n')],
    messages: ['text'],
    unsendable: ['a\nb'],
    endless: [{ name: 'line', fill: bytes('x'), limit: 1000 }],
    refusals: [
      { name: 'wrong name', peer: [bytes('NO\n')], reason: 'unauthorized' },
      { name: 'close code', peer: [], close: { code: 4403, reason: '' }, reason: 'unauthorized' },
    ],
    ...more,
  });

/** The errors of all checks that fail. */
async function brokenIn(checks: ReturnType<typeof protocolContract>): Promise<string[]> {
  const outcomes = await Promise.allSettled(checks.map(({ run }) => run()));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.message] : []));
}

/** Without the login. */
const changedPlain = (
  change: (dialogue: LineDialogue) => Partial<LineDialogue>,
  more: Partial<ProtocolContract<string, Uint8Array>> = {},
) =>
  protocolContract<string, Uint8Array>({
    protocol: withDialogue(line({ maxMessageBytes: 1000 }), change),
    peer: line(),
    frames: [bytes('one\n'), bytes('PING\n'), bytes('two\n')],
    messages: ['text'],
    endless: [{ name: 'line', fill: bytes('x'), limit: 1000 }],
    ...more,
  });

const changed = (change: (dialogue: LineDialogue) => Partial<LineDialogue>) => contract(login(change));
const decoderOf = (push: LineDialogue['decoder']['push'], midFrame = false) => ({
  decoder: { push, midFrame },
});
const text = (chunk: Uint8Array) => new TextDecoder().decode(chunk);
const shared = dialogueOf(line({ maxMessageBytes: 1000 })).decoder;

describe('contract', () => {
  test('contract: a protocol that keeps the rules passes every check', async () => {
    expect(await brokenIn(contract(login()))).toEqual([]);
    expect(contract(login()).map(({ name }) => name)).toContain('line: an endless line is refused');
  });

  test('contract: a handshake may calculate for some turns, and a peer may answer what was sent', async () => {
    const slow = login(() => ({
      async handshake(io) {
        const [nonce = 0] = crypto.getRandomValues(new Uint8Array(1));
        const hash = await crypto.subtle.digest('SHA-256', Uint8Array.of(nonce));
        io.send(new Uint8Array(hash).join(' '));
        if ((await io.receive()) !== `OK ${new Uint8Array(hash).join(' ')}`)
          throw new Refused({ reason: 'unauthorized' });
      },
    }));
    const handshake = { peer: [(sent: readonly Uint8Array[]) => bytes('OK ', sent[0] ?? [])] };
    expect(await brokenIn(contract(slow, { handshake, refusals: [] }))).toEqual([]);
  });

  test.each<[string, RegExp, ReturnType<typeof contract>]>([
    [
      'a decoder that reads each chunk alone',
      /any split into chunks gives the same frames: chunks of \[1,12\] bytes: frame 0 is "o"; uncut it is "one"/,
      changedPlain(() =>
        decoderOf((chunk, sink) => {
          for (const part of text(chunk).split('\n').filter(Boolean)) sink.frame(part);
          return undefined;
        }),
      ),
    ],
    [
      'a decoder that keeps lent bytes',
      /bytes that are kept are copied.*: frame 0 is "<ee ee ee ee>" once its chunk is overwritten/,
      changedPlain(() => decoderOf((chunk, sink) => void sink.frame(chunk)), { transparent: true }),
    ],
    [
      'midFrame that is always false',
      /midFrame is true inside a frame and false between: frame 0: midFrame is false after 1 of 4 bytes/,
      changed(({ decoder }) => ({
        decoder: { midFrame: false, push: (chunk, sink) => decoder.push(chunk, sink) },
      })),
    ],
    [
      'a decoder without limit',
      /an endless line is refused: 2000 bytes in chunks of 1000: not refused/,
      changedPlain(() => ({ decoder: dialogueOf(line()).decoder })),
    ],
    [
      'a decoder that throws',
      /garbage never throws.*: threw SyntaxError/,
      changedPlain(({ decoder }) => ({
        decoder: {
          midFrame: false,
          push: (chunk, sink) =>
            decoder.push(chunk, {
              frame: (frame) => sink.frame(/[^A-Za-z]/.test(`${frame}`) && JSON.parse(`${frame}`)),
            }),
        },
      })),
    ],
    [
      'a decoder that all dialogues share',
      /two dialogues share no state/,
      changedPlain(() => ({ decoder: shared })),
    ],
    [
      'a message that arrives as another',
      /each message arrives as it was sent: encode of the protocol and of its dialogue differ for "text"/,
      changed(({ encode }) => ({ encode: (message) => encode(message.toUpperCase()) })),
    ],
    [
      'a message that is changed on the way',
      /each message arrives as it was sent: message 0 arrives as "TEXT", expected "text"/,
      contract(
        withMessages(login(), {
          name: 'line',
          encode: (message: string) => message.toUpperCase(),
          decode: (message) => message,
        }),
      ),
    ],
    [
      'a value that is sent though it cannot be',
      /values that cannot be sent are bad-message: encode takes "fine", expected HoldfastError/,
      contract(login(), { unsendable: ['fine'] }),
    ],
    [
      'an answer that is no heartbeat',
      /a ping and its answer are heartbeats: the answer to ping\(1\): isHeartbeat does not recognise "PANG"/,
      contract(login(), { answer: bytes('PANG\n') }),
    ],
    [
      'last words without an end',
      /the last words are a whole frame: goodbye\(closed-by-us\): the peer waits for the rest/,
      changed(() => ({ goodbye: () => bytes('BYE') })),
    ],
    [
      'an end that counts as crashed',
      /ends of the connection have known reasons: ended\(undefined\)|ended\(.*\): crashed/,
      changed(() => ({ ended: () => ({ reason: 'crashed' }) })),
    ],
    [
      'a refusal without a reason',
      /refused: wrong name: crashed, expected unauthorized by an error of the class Refused: Error: NO/,
      changed(() => ({
        async handshake(io) {
          if ((await io.receive()) === 'NO') throw new Error('NO');
        },
      })),
    ],
    [
      'a refusal with another reason',
      /refused: wrong name: protocol-error, expected unauthorized/,
      changed(() => ({
        async handshake(io) {
          if ((await io.receive()) !== 'OK') throw new Refused({ reason: 'protocol-error' });
        },
      })),
    ],
    [
      'a refusal that is overheard',
      /refused: wrong name: the handshake succeeds, expected unauthorized/,
      changed(() => ({ handshake: async (io) => void (await io.receive()) })),
    ],
    [
      'a close code without a reason',
      /refused: close code: the handshake waits on, and ended\(\) names no reason, expected unauthorized/,
      changed(() => ({ ended: () => undefined })),
    ],
    [
      'a handshake that waits for another frame',
      /the handshake succeeds: handshake: waits on after the last of 1 chunks of the peer/,
      changed(() => ({
        async handshake(io) {
          await io.receive();
          await io.receive();
        },
      })),
    ],
    [
      'a handshake that a heartbeat crashes',
      /unexpected frames crash no handshake: handshake: crashed after .*TypeError/,
      changed(() => ({
        async handshake(io) {
          if (((await io.receive()) as string).startsWith('NO'))
            throw new Refused({ reason: 'unauthorized' });
        },
      })),
    ],
  ])('contract: %s is found', async (_, error, checks) => {
    expect((await brokenIn(checks)).join('\n')).toMatch(error);
  });
});
