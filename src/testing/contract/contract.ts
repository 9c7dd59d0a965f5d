/** The contract of wire protocols as checks, for any test runner. */
import { checked, type Kinds } from '../../base/options.ts';
import {
  endsHaveReasons,
  heartbeatsAreKnown,
  lastWordsAreWhole,
  messagesArrive,
  othersAreRefused,
  refuses,
  surprisesCrashNoHandshake,
} from './dialogue-rules.ts';
import { carriesBytes, greeted } from './rules.ts';
import type { ContractCheck, ProtocolContract, Spec } from './spec.ts';
import {
  dialoguesAreApart,
  framesAreWhole,
  garbageIsRefused,
  isBounded,
  lentBytesAreCopied,
  midFrameTells,
  splitsAgree,
} from './wire-rules.ts';

type Rule = readonly [rule: string, check: (spec: Spec) => Promise<void>];

const always: readonly Rule[] = [
  ['each frame of the peer is read whole', framesAreWhole],
  ['bytes that are kept are copied, as chunks are lent', lentBytesAreCopied],
  ['two dialogues share no state', dialoguesAreApart],
  ['garbage never throws, and is refused with a reason of the peer', garbageIsRefused],
  ['each message arrives as it was sent', messagesArrive],
  ['values that cannot be sent are bad-message', othersAreRefused],
  ['a ping and its answer are heartbeats', heartbeatsAreKnown],
  ['the last words are a whole frame', lastWordsAreWhole],
  ['ends of the connection have known reasons', endsHaveReasons],
  ['unexpected frames crash no handshake', surprisesCrashNoHandshake],
];

const cut: Rule = ['any split into chunks gives the same frames', splitsAgree];
const inside: Rule = ['midFrame is true inside a frame and false between', midFrameTells];

const kinds: Kinds<ProtocolContract<unknown, unknown>> = {
  protocol: 'an object',
  about: 'an object',
  handshake: 'an object',
  frames: 'a list',
  transparent: 'a boolean',
  messages: 'a list',
  arrives: 'a function',
  peer: 'an object or null',
  unsendable: 'a list',
  endless: 'a list',
  answer: 0,
  refusals: 'a list',
  seed: 'a number',
};

/**
 * The rules that an incarnation relies on, checked on one protocol. Each check opens dialogues of its own; none needs a
 * connection, a clock or a test runner.
 *
 * @remarks
 * Chunks are overwritten after each push, as they are only lent. Streams are cut at every position (at 2,048 random ones from
 * 2 KiB on), byte by byte, and 100 times at random; garbage is noise and changed frames, 300 times. Cuts and garbage come from
 * `seed`. Memory counts as the bytes that a decoder takes before it refuses an endless frame.
 *
 * @example
 * ```ts
 * for (const { name, run } of protocolContract({ protocol, frames, messages, endless })) test(name, run);
 * ```
 */
export function protocolContract<Out, Chunk>(
  contract: ProtocolContract<Out, Chunk>,
): readonly ContractCheck[] {
  const spec = checked('protocolContract', contract, kinds) as unknown as Spec;
  const ofStream = carriesBytes(spec) ? [cut, ...(spec.transparent ? [] : [inside])] : [];
  const checks = [
    ...(spec.handshake ? [['the handshake succeeds', greeted] as const] : []),
    ...always,
    ...ofStream,
    ...spec.endless.map(
      (each) => [`an endless ${each.name} is refused`, () => isBounded(spec, each)] as const,
    ),
    ...(spec.refusals ?? []).map(
      (each) => [`the handshake is refused: ${each.name}`, () => refuses(spec, each)] as const,
    ),
  ];
  return checks.map(([rule, check]) => ({
    name: `${spec.protocol.name}: ${rule}`,
    run: () => named(`${spec.protocol.name}: ${rule}`, () => check(spec)),
  }));
}

async function named(name: string, check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
