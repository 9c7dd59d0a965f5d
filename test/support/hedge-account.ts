/**
 * An account of each message while a connection is hedged, in virtual time: of stalls of the own process beside a healthy
 * peer, and of suspicions that the peer refutes while a standby dials. For tests and the bench alike.
 */
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { line } from '../../src/protocols/line.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { lineServer } from '../../src/testing/lines.ts';
import { type MemoryNetwork, memoryNetwork } from '../../src/testing/network/memory.ts';

export interface HedgeAccount {
  /** Messages of the client; the server echoes each. */
  readonly sent: number;
  /** Messages and echoes. */
  readonly lost: number;
  readonly twice: number;
  readonly suspicions: number;
  readonly dialled: number;
  readonly chosen: number;
  readonly dropped: number;
  readonly failed: number;
  /** Sockets of the client that are open at the end. */
  readonly open: number;
}

interface Running {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  /** Lets so many milliseconds pass, with a message each 700. */
  pass(ms: number): Promise<void>;
}

type Episode = (running: Running) => Promise<void>;

/** `count` stalls of the own process, of 50 ms to 30 s each, beside two healthy servers. */
export function stallsAccount(count: number, seed: number): Promise<HedgeAccount> {
  return accountOf(count, seed, async ({ clock, pass }) => {
    await pass(Math.round(20_000 * clock.random()));
    clock.stall(50 + Math.round(29_950 * clock.random()));
    await pass(5000);
  });
}

/** `count` suspicions of a server that stops for a while, and answers while the standby still dials. */
export function refutationsAccount(count: number, seed: number): Promise<HedgeAccount> {
  return accountOf(count, seed, async ({ clock, network, pass }) => {
    await pass(Math.round(20_000 * clock.random()));
    network.host('b').latencyMs = 3000;
    network.host('a').freeze();
    // A probe is due after 9 to 10 s, and unanswered for half a second; a standby needs two round trips of 6 s.
    await pass(12_500 + Math.round(3500 * clock.random()));
    network.host('a').thaw();
    await pass(10_000);
  });
}

async function accountOf(count: number, seed: number, episode: Episode): Promise<HedgeAccount> {
  const clock = virtualClock({ seed });
  const network = memoryNetwork({ clock });
  const up: string[] = [];
  const down: string[] = [];
  for (const host of ['a', 'b'])
    network.serve(
      host,
      lineServer((text, peer) => {
        up.push(text);
        peer.write(`echo of ${text}\n`);
      }),
    );
  const supervisor = createListeningSupervisor({
    transports: [network.transport],
    clock,
    logger: silentLogger,
    reconnect: { hedge: true },
  });
  const counts = { suspicions: 0, dialled: 0, chosen: 0, dropped: 0, failed: 0 };
  supervisor.events$.subscribe((event) => {
    if (event.event === 'standby') counts[event.to]++;
    if (event.event === 'state' && event.to === 'suspect') counts.suspicions++;
  });
  const feed = supervisor.connect<string>({
    url: ['memory://a', 'memory://b'],
    protocol: line(),
    onMessage: (text) => void down.push(text),
  });
  let sent = 0;
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 700) {
      void feed.send(`${sent++}`);
      await clock.run(Math.min(left, 700));
    }
  };
  await clock.run(5000);
  for (let at = 0; at < count; at++) await episode({ clock, network, pass });
  await clock.run(60_000);
  const open = network.audit().open.dial;
  void supervisor.stop();
  await clock.run(20_000);
  return {
    ...counts,
    open,
    sent,
    lost: 2 * sent - arrivals(up) - arrivals(down),
    twice: repeated(up) + repeated(down),
  };
}

function arrivals(texts: readonly string[]): number {
  return new Set(texts).size;
}

function repeated(texts: readonly string[]): number {
  return texts.length - new Set(texts).size;
}
