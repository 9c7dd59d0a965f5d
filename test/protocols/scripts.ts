/** Servers of byte protocols as scripts: what they say to which words of the client, and what an evil one makes of it. */
import type { Protocol } from '../../src/ports/protocol.ts';
import { amqp } from '../../src/protocols/amqp/amqp.ts';
import { mqtt } from '../../src/protocols/mqtt/mqtt.ts';
import { nats } from '../../src/protocols/nats/nats.ts';
import { redis } from '../../src/protocols/redis/redis.ts';
import { stomp } from '../../src/protocols/stomp/stomp.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { world } from '../support/world.ts';
import { openOk, start, tune } from './amqp/peer.ts';
import { connack } from './mqtt/peer.ts';
import { hello } from './redis/scripted.ts';

type Bytes = string | Uint8Array;

/** Words of the client, as latin1 text, and the answer. Without words: said unasked. */
export type Step = readonly [words: string, answer: Bytes];

export interface Script {
  readonly name: string;
  readonly make: () => Protocol<never, never, Uint8Array, unknown>;
  readonly steps: readonly Step[];
}

const script = (name: string, make: () => unknown, ...steps: readonly Step[]): Script => ({
  name,
  make: make as Script['make'],
  steps,
});

export const scripts: readonly Script[] = [
  script('redis', () => redis(), ['HELLO', hello], ['PING', '+PONG\r\n']),
  script('nats', () => nats(), ['', 'INFO {"max_payload":100,"headers":true}\r\n'], ['PING\r\n', 'PONG\r\n']),
  script('stomp', () => stomp(), ['CONNECT', 'CONNECTED\nversion:1.2\n\n\0']),
  script('amqp', () => amqp(), ['AMQP', start()], ['PLAIN', tune()], ['\x01/', openOk]),
  script('mqtt', () => mqtt(), ['MQTT', connack()]),
  script('mqtt 5', () => mqtt({ version: 5 }), ['MQTT', connack({}, 5)]),
];

/** `say`: what becomes of the answer of a step. */
export type Say = (peer: MemoryPeer, answer: Uint8Array, step: number) => void;

export function dialled({ make, steps }: Script, say: Say, spec: object = {}) {
  const here = world();
  const heard: string[] = [];
  here.network.serve('broker', (peer) => {
    let at = 0;
    let text = '';
    const go = () => {
      for (let step = steps[at]; step !== undefined && text.includes(step[0]); step = steps[at]) {
        say(peer, Buffer.from(step[1]), at++);
        text = '';
      }
    };
    peer.onData = (chunk) => {
      const latin1 = Buffer.from(chunk).toString('latin1');
      heard.push(latin1);
      text += latin1;
      go();
    };
    peer.onEnd = () => peer.end();
    go();
  });
  const connection = here.supervisor.connect({ id: 'c', url: 'memory://broker', protocol: make(), ...spec });
  return { ...here, here, connection, heard };
}
