/** Tests of the SDK against a failing service: minutes of faults, in virtual time. */
import { silentLogger } from 'holdfast';
import {
  faults,
  type MemoryWebSocketPeer,
  memoryNetwork,
  memoryWebSockets,
  virtualClock,
} from 'holdfast/testing';
import { expect, test, vi } from 'vitest';
import { type Freshness, MarketData } from './client.ts';
import type { Quote } from './messages.ts';

/** A service whose quotes carry the number of the connection; `welcome` decides on each token. */
function market(welcome: (token: string) => boolean = () => true) {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock, latencyMs: 20 });
  const sockets = memoryWebSockets(network);
  const asked: string[] = [];
  let connections = 0;
  const tokens: string[] = [];
  sockets.serve(
    'market.example',
    (peer) => {
      const bid = ++connections;
      peer.onMessage = (message) => answer(peer, JSON.parse(String(message)), bid);
    },
    ({ url }) => {
      const token = new URL(url).searchParams.get('token') ?? '';
      tokens.push(token);
      return welcome(token) ? undefined : { status: 401 };
    },
  );
  const answer = (peer: MemoryWebSocketPeer, { op, symbol }: { op: string; symbol: string }, bid: number) => {
    if (op === 'ping') return peer.send('{"op":"pong"}');
    asked.push(`${op} ${symbol}`);
    if (symbol === 'NONE') peer.send(JSON.stringify({ op: 'unknown', symbol }));
    else peer.send(JSON.stringify({ op: 'quote', quote: { symbol, bid, ask: bid + 1 } }));
  };
  let issued = 0;
  const data = new MarketData({
    url: 'ws://market.example/v1',
    token: async () => `token-${++issued}`,
    connection: { clock, transports: [sockets.transport], logger: silentLogger },
  });
  const freshness: Freshness[] = [];
  data.freshness$.subscribe((next) => freshness.push(next));
  return { clock, host: network.host('market.example'), data, asked, tokens, freshness };
}

test('market-data SDK: a subscription survives a server that freezes and restarts', async () => {
  const { clock, host, data, asked, tokens, freshness } = market();
  const bids: number[] = [];
  data.quotes('ACME').subscribe(({ bid }: Quote) => bids.push(bid));
  faults(clock, [
    [5_000, () => host.freeze()],
    [60_000, () => host.down()],
    [61_000, () => host.thaw()],
    [90_000, () => host.up()],
  ]);
  await clock.run(180_000);
  expect(asked).toEqual(['subscribe ACME', 'subscribe ACME']);
  expect(bids).toEqual([1, expect.any(Number)]);
  // A token for each attempt, including those that found no server.
  expect(tokens[0]).toBe('token-1');
  expect(Number(tokens.at(-1)?.slice(6))).toBeGreaterThan(2);
  expect(freshness).toEqual(['stale', 'live', 'stale', 'live']);
});

test('market-data SDK: a refused token is replaced by a second one', async () => {
  const { clock, data, tokens, freshness } = market((token) => token !== 'token-1');
  const bids: number[] = [];
  data.quotes('ACME').subscribe(({ bid }) => bids.push(bid));
  await clock.run(5000);
  expect(tokens).toEqual(['token-1', 'token-2']);
  expect(bids).toEqual([1]);
  expect(freshness).toEqual(['stale', 'live']);
});

test('market-data SDK: two refused tokens fail current and later subscriptions', async () => {
  const { clock, data, tokens, freshness } = market(() => false);
  const reasons: string[] = [];
  const follow = () => data.quotes('ACME').subscribe({ error: ({ reason }) => reasons.push(reason) });
  follow();
  await clock.run(5000);
  follow();
  await clock.run(60_000);
  expect(tokens).toEqual(['token-1', 'token-2']);
  expect(reasons).toEqual(['unauthorized', 'unauthorized']);
  expect(freshness).toEqual(['stale', 'over']);
  expect(clock.pending).toBe(0);
});

test('market-data SDK: subscribers of one symbol share a subscription, which ends with the last of them', async () => {
  const { clock, data, asked } = market();
  await clock.run(1000);
  const [one, two] = [data.quotes('ACME').subscribe(), data.quotes('ACME').subscribe()];
  await clock.run(1000);
  one.unsubscribe();
  await clock.run(1000);
  expect(asked).toEqual(['subscribe ACME']);
  two.unsubscribe();
  await clock.run(1000);
  expect(asked).toEqual(['subscribe ACME', 'unsubscribe ACME']);
});

test('market-data SDK: a refuted suspicion sends no second subscription', async () => {
  const { clock, host, data, asked, freshness } = market();
  data.quotes('ACME').subscribe();
  faults(clock, [
    [5_000, () => host.freeze()],
    [17_000, () => host.thaw()],
  ]);
  await clock.run(60_000);
  expect(freshness).toEqual(['stale', 'live', 'stale', 'live']);
  expect(asked).toEqual(['subscribe ACME']);
});

test('market-data SDK: an unknown symbol fails its subscription, and no other', async () => {
  const { clock, data, freshness } = market();
  const errors: string[] = [];
  const complete = vi.fn();
  data.quotes('ACME').subscribe({ complete });
  data.quotes('NONE').subscribe({ error: ({ message }) => errors.push(message) });
  await clock.run(1000);
  expect(errors).toEqual(['no such symbol: NONE']);
  expect(complete).not.toHaveBeenCalled();
  await Promise.all([data[Symbol.asyncDispose](), clock.run(10_000)]);
  expect(freshness).toEqual(['stale', 'live', 'stale', 'over']);
  expect(clock.pending).toBe(0);
  expect(complete).toHaveBeenCalledOnce();
});

test('market-data SDK: a symbol that is followed while the service is suspected is subscribed once', async () => {
  const { clock, host, data, asked } = market();
  data.quotes('ACME').subscribe();
  faults(clock, [
    [5_000, () => host.freeze()],
    [17_000, () => data.quotes('LATE').subscribe()],
    [40_000, () => host.down()],
    [41_000, () => host.thaw()],
    [42_000, () => host.up()],
  ]);
  await clock.run(120_000);
  expect(asked).toEqual(['subscribe ACME', 'subscribe ACME', 'subscribe LATE']);
});
