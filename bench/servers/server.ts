/** A server in a process of its own: `server.ts DIALECT INTERVAL PATIENCE DELAY`. Ends with its parent. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { delayingProxy } from './delay.ts';
import { type DialectName, dialects } from './dialects.ts';
import { Host } from './host.ts';

/** What the server tells its parent. */
export type Report = { readonly port: number } | { readonly heard: number };
/** What the parent tells the server. */
export type Order = { readonly hold: boolean };

const [name, interval, patience, delayMs] = process.argv.slice(2);
const pace = { interval: Number(interval), patience: Number(patience) };

const host = new Host(dialects[name as DialectName](pace), pace.interval, () =>
  report({ heard: host.heard }),
);
const server = host.listen();
await once(server, 'listening');
const port = portOf(server.address());
report({ port: Number(delayMs) === 0 ? port : await delayed(port) });

process.on('message', ({ hold }: Order) => host.hold(hold));
process.on('disconnect', () => process.exit(0));

async function delayed(behind: number): Promise<number> {
  const proxy = delayingProxy(behind, Number(delayMs));
  await once(proxy, 'listening');
  return portOf(proxy.address());
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}

function report(what: Report): void {
  // A parent that is gone no longer cares; its `disconnect` is on the way.
  if (process.connected) process.send?.(what, undefined, undefined, () => undefined);
}
