/** A proxy for bytes that kills, resets, ends and freezes what passes through it, as chance wants it. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { later, serving } from '../transport/peers.ts';

export type Fault = 'kill' | 'reset' | 'end' | 'freeze' | 'stutter';

export interface BadProxy {
  readonly port: number;
  /** What it has done so far. */
  readonly faults: Record<Fault, number>;
  /** No faults from here on, and what is frozen thaws. */
  peace(): void;
}

const kinds: readonly Fault[] = ['kill', 'reset', 'end', 'freeze', 'stutter'];

/** In front of `target`, a port of loopback. Each connection lives for at most `lifeMs`. */
export async function badProxy(target: number, random: () => number, lifeMs: number): Promise<BadProxy> {
  const faults = { kill: 0, reset: 0, end: 0, freeze: 0, stutter: 0 };
  const frozen: Socket[] = [];
  let peaceful = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => to.end());
    }
    later(() => upstream.destroy());
    const fault = kinds[Math.floor(random() * kinds.length)] ?? 'kill';
    const spell = random() * 500;
    const timer = setTimeout(() => {
      if (peaceful) return;
      faults[fault]++;
      strike(fault, client, upstream, spell);
      if (fault === 'freeze') frozen.push(client, upstream);
    }, random() * lifeMs);
    client.on('close', () => clearTimeout(timer));
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  const peace = () => {
    peaceful = true;
    for (const socket of frozen) socket.resume();
  };
  return { port: (server.address() as AddressInfo).port, faults, peace };
}

function strike(fault: Fault, client: Socket, upstream: Socket, spell: number): void {
  for (const socket of [client, upstream]) {
    if (fault === 'kill') socket.destroy();
    else if (fault === 'reset') socket.resetAndDestroy();
    else if (fault === 'end') socket.end();
    else socket.pause();
  }
  if (fault !== 'stutter') return;
  setTimeout(() => {
    client.resume();
    upstream.resume();
  }, spell);
}
