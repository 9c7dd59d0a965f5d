/**
 * Sessions whose server processes are killed or frozen, again and again, behind a relay that ends their sockets, and the account of what
 * the applications of both sides have handled. Clients and relay are in this process.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { seeded } from '../../src/base/seeded.ts';
import { createSupervisor, framed, silentLogger, websocket } from '../../src/index.ts';
import { session } from '../../src/session.ts';
import { bundle } from './bundle.ts';
import { freePort } from './redis-process.ts';
import type { Carrier } from './session-account.ts';
import { type Audit, audit } from './session-audit.ts';
import { Fates, Received } from './session-clients.ts';
import type { ServerSettings } from './session-server-process.ts';
import { fates, type UnkindRelay, unkindRelay } from './unkind-relay.ts';

export interface KillTrial {
  readonly carrier: Carrier;
  readonly seed: number;
  /** The port of Redis; without it the store is in memory. */
  readonly redis?: number;
  /** The effect of each handler is recorded in the transaction of the store. */
  readonly transaction: boolean;
  readonly onLost: 'report' | 'resend';
  readonly sessions: number;
  /** Of each session, each way. */
  readonly messages: number;
  /** The most bytes that pass one way before something befalls a socket. */
  readonly most: number;
  readonly processes: 1 | 2;
  /** Milliseconds for which a process serves before it is killed, or frozen. */
  readonly everyMs: number;
  /** Milliseconds for which it is frozen; absent: it is killed. */
  readonly freezeMs?: number;
  /** The process that is frozen instead of a server: that of Redis. */
  readonly freezes?: number;
  /** How often processes are halted at most. Each client keeps half of its messages until the first time. */
  readonly halts?: number;
  readonly slow?: ServerSettings['slow'];
}

export interface KillOutcome {
  readonly audit: Audit;
  readonly halts: number;
  readonly relay: UnkindRelay['counts'];
  /** Of messages to the server, by fate. */
  readonly fates: Readonly<Record<string, number>>;
  /** Sessions that clients have lost, with the number of messages in doubt that they were told of. */
  readonly lostSessions: number;
  readonly named: number;
  /** Messages in doubt that were named never, or twice, or without need. */
  readonly misnamed: number;
  /** Confirmed, and in no application's log. */
  readonly unhandled: number;
  /** Messages to the clients: that have a number, and that were handled. */
  readonly written: number;
  readonly received: Readonly<Record<'handled' | 'repeated' | 'misplaced' | 'lost', number>>;
  /** Effects that are missing in Redis, or there twice, or out of order. */
  readonly wrongEffects: number;
}

/** A kill leaves as many messages in doubt, or less. */
const window = { messages: 32 };
const policy = {
  logger: silentLogger,
  heartbeat: { interval: '1s', condemnAfter: '1s' },
  deadlines: { handshake: '3s' },
  reconnect: { backoff: { base: '20ms', cap: '500ms' }, maxAttempts: 100_000, restart: 'permanent' },
  gate: { enabled: false },
} as const;

export async function killTrial(of: KillTrial): Promise<KillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kills-'));
  const world = new World(of, folder);
  try {
    await bundle('session-server-process.ts', join(folder, 'server.cjs'));
    return await world.run();
  } finally {
    world.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

class World {
  readonly #of: KillTrial;
  readonly #log: string;
  readonly #script: string;
  readonly #prefix: string;
  readonly #redis: Redis | undefined;
  readonly #servers: { port: number; life: number; child: ChildProcess }[] = [];
  readonly #doubts = new Map<string, [number, number][]>();
  readonly #fates: Fates;
  readonly #received: Received;
  readonly #halted: Promise<void>;
  #tellHalted = () => {};
  #lives = 0;
  #halts = 0;
  #relay: UnkindRelay | undefined;
  #isOver = false;

  constructor(of: KillTrial, folder: string) {
    this.#of = of;
    this.#log = join(folder, 'log');
    this.#script = join(folder, 'server.cjs');
    this.#prefix = `kills${of.seed}:${Date.now()}:`;
    this.#redis = of.redis === undefined ? undefined : new Redis(of.redis);
    this.#fates = new Fates(of.sessions * of.messages);
    this.#received = new Received();
    this.#halted = new Promise((resolve) => {
      this.#tellHalted = resolve;
    });
    writeFileSync(this.#log, '');
  }

  async run(): Promise<KillOutcome> {
    const { seed, processes, most, carrier, sessions, messages, onLost, redis } = this.#of;
    for (let n = 0; n < processes; n++) {
      const port = await freePort();
      this.#servers.push({ port, ...(await this.#start(port)) });
    }
    const random = seeded(seed);
    const upstream = () => this.#servers[Math.floor(random() * processes)]?.port ?? 0;
    const relay = await unkindRelay(upstream, fates(seed + 1, most));
    this.#relay = relay;
    const client = createSupervisor(policy);
    client.events$.subscribe(
      (event) => event.event === 'session-lost' && this.#fates.lost(event.unacknowledged),
    );
    for (let at = 0; at < sessions; at++) {
      const connection = client.connect({
        id: `${at}`,
        url: `${carrier === 'framed' ? 'tcp' : 'ws'}://127.0.0.1:${relay.port}`,
        protocol: session(carrier === 'framed' ? framed() : websocket(), { onLost, window }),
        credentials: { handshake: `${at}` },
        onMessage: (message) => this.#received.handled(`${at}`, String(message)),
      });
      connection.session$.subscribe(({ lost }) => this.#fates.named(lost));
      void this.#fates.send(at, messages, (text) => connection.send(text), this.#halted);
    }
    const halting = this.#halt();
    await this.#fates.done;
    await this.#all(() => this.#isPoured());
    this.#isOver = true;
    await halting;
    relay.relent();
    if (redis !== undefined) await this.#all(() => this.#received.has(this.#lines('written')));
    const effects = await this.#wrongEffects();
    await client.stop();
    return this.#outcome(relay, effects);
  }

  end(): void {
    this.#isOver = true;
    for (const { child } of this.#servers) child.kill('SIGKILL');
    this.#relay?.close();
    this.#redis?.disconnect();
  }

  async #start(port: number): Promise<{ life: number; child: ChildProcess }> {
    const { carrier, redis, transaction, messages, slow } = this.#of;
    const life = this.#lives++;
    const settings: ServerSettings = {
      ...{ life, carrier, port, log: this.#log, prefix: this.#prefix, transaction, messages },
      ...(redis !== undefined && { redis }),
      ...(slow && { slow }),
    };
    const child = fork(this.#script, [JSON.stringify(settings)], { execArgv: [] });
    await once(child, 'message');
    return { life, child };
  }

  /** One process after the other, until the messages have arrived. */
  async #halt(): Promise<void> {
    const { everyMs, freezeMs, freezes, halts = Number.POSITIVE_INFINITY } = this.#of;
    for (let turn = 0; turn < halts; turn++) {
      for (const until = performance.now() + everyMs; performance.now() < until && !this.#isOver; )
        await wait(20);
      if (this.#isOver) return;
      this.#halts++;
      const server = this.#servers[turn % this.#servers.length];
      if (server === undefined) return;
      if (freezeMs === undefined) await this.#kill(server);
      else await this.#freeze(freezes ?? server.child.pid ?? 0, server.life, freezeMs);
      this.#tellHalted();
    }
  }

  async #kill(server: { port: number; life: number; child: ChildProcess }): Promise<void> {
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
    appendFileSync(this.#log, `${server.life} killed\n`);
    await this.#noteDoubts();
    Object.assign(server, await this.#start(server.port));
  }

  async #freeze(pid: number, life: number, ms: number): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    if (pid !== this.#of.freezes) appendFileSync(this.#log, `${life} frozen\n`);
    this.#tellHalted();
    await wait(ms);
    process.kill(pid, 'SIGCONT');
  }

  /** What was claimed and not recorded, as the store has it. The number of the first message is 1. */
  async #noteDoubts(): Promise<void> {
    const found = (await this.#redis?.eval(CLAIMS, 0, this.#prefix)) as string[] | undefined;
    for (let at = 0; found !== undefined && at < found.length; at += 3) {
      const [of = '', handled, claimed] = found.slice(at, at + 3);
      const ranges = this.#doubts.get(of) ?? [];
      this.#doubts.set(of, ranges);
      if (Number(claimed) > Number(handled)) ranges.push([Number(handled), Number(claimed) - 1]);
    }
  }

  /** Whether each client was sent what it is to be sent; with two processes none knows what the other one sent. */
  #isPoured(): boolean {
    const { redis, processes, sessions, messages } = this.#of;
    return redis === undefined || processes > 1 || this.#lines('written').length >= sessions * messages;
  }

  async #wrongEffects(): Promise<number> {
    const { transaction, sessions, messages } = this.#of;
    let wrong = 0;
    for (let of = 0; transaction && of < sessions; of++) {
      const effects = (await this.#redis?.lrange(`${this.#prefix}effects:${of}`, 0, -1)) ?? [];
      wrong += Math.abs(effects.length - messages) + effects.filter((each, at) => Number(each) !== at).length;
    }
    return wrong;
  }

  #lines(what: string): readonly string[] {
    const log = readFileSync(this.#log, 'utf8').split('\n');
    return log.filter((line) => line.split(' ')[1] === what);
  }

  /** For at most a minute: what is lacking then is in the account. */
  async #all(holds: () => boolean): Promise<void> {
    for (const until = performance.now() + 60_000; performance.now() < until && !holds(); ) await wait(200);
  }

  #outcome(relay: UnkindRelay, wrongEffects: number): KillOutcome {
    const { redis, onLost, processes } = this.#of;
    const log = readFileSync(this.#log, 'utf8');
    const written = this.#lines('written');
    const begun = new Set(this.#lines('begin').map((line) => line.split(' ').slice(2, 4).join(' ')));
    const isReport = redis === undefined && onLost === 'report';
    return {
      audit: audit(log, redis === undefined || processes > 1 ? undefined : this.#doubts, isReport),
      halts: this.#halts,
      relay: relay.counts,
      ...this.#fates.account(begun),
      written: written.length,
      received: this.#received.account(redis === undefined ? [] : written),
      wrongEffects,
    };
  }
}

const CLAIMS = `
local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '{*}')) do
  found[#found + 1] = redis.call('HGET', key, 'identity')
  found[#found + 1] = redis.call('HGET', key .. ':in', 'handled') or '0'
  found[#found + 1] = redis.call('HGET', key, 'claimed')
end
return found`;
