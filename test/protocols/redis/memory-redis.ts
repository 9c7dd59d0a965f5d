/** A Redis of four commands on a simulated network: it works on one command of a connection at a time, as Redis does. */
import type { RedisCommand } from '../../../src/protocols/redis/messages.ts';
import { RespParser } from '../../../src/protocols/redis/parser.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import type { World } from '../../support/world.ts';
import { hello } from './scripted.ts';

export interface MemoryRedis {
  /** Until this time every command but HELLO is answered with LOADING. */
  loadedAt?: number;
}

export function serveRedis({ network, clock }: World, { loadedAt = 0 }: MemoryRedis = {}): void {
  network.serve('redis', (peer) => serve(peer, clock, loadedAt));
}

function serve(peer: MemoryPeer, clock: World['clock'], loadedAt: number): void {
  const waiting: RedisCommand[] = [];
  let blocked = false;
  const work = () => {
    while (!blocked && waiting.length > 0) run(waiting.shift() as RedisCommand);
  };
  const run = ([name, ...args]: RedisCommand) => {
    const last = String(args.at(-1) ?? 'PONG');
    if (name === 'HELLO') return peer.write(hello);
    if (clock.scheduler.now() < loadedAt) return peer.write('-LOADING Redis is loading the dataset\r\n');
    if (name !== 'BLPOP') return peer.write(`$${last.length}\r\n${last}\r\n`);
    blocked = true;
    clock.scheduler.schedule(() => {
      blocked = false;
      peer.write('_\r\n');
      work();
    }, Number(last) * 1000);
  };
  const parser = new RespParser(
    { maxMessageBytes: 2 ** 26, bytes: false },
    {
      reply: (command) => void waiting.push(command as unknown as RedisCommand),
      pushed: () => undefined,
    },
  );
  peer.onData = (chunk) => {
    parser.push(chunk);
    work();
  };
}
