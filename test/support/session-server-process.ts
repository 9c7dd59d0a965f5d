/**
 * A server of sessions, in a process that is killed or frozen: `session-server-process.ts <settings as JSON>`. What its application does is
 * appended to a file, which outlives it: `<life> <what> <client> <number> <flag>`. Bundled by session-kills.ts, as processes start often.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChainableCommander, Redis } from 'ioredis';
import { createSupervisor, framed, silentLogger, websocket } from '../../src/index.ts';
import { type Session, session } from '../../src/session.ts';
import { redisSessions } from '../../src/session-redis.ts';

export interface ServerSettings {
  /** The number of this process, among all that there were. */
  readonly life: number;
  readonly carrier: 'framed' | 'websocket';
  readonly port: number;
  readonly log: string;
  /** The port of Redis; without it the store is in memory. */
  readonly redis?: number;
  readonly prefix: string;
  /** The effect of a handler is recorded in the transaction of the store. */
  readonly transaction: boolean;
  /** Messages to each client, over all lives. */
  readonly messages: number;
  /** Every so many messages a handler takes so long, in milliseconds. */
  readonly slow?: { readonly every: number; readonly ms: number };
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const { life, carrier, port, redis, prefix, messages, slow } = settings;
process.on('disconnect', () => process.exit(1));
const log = openSync(settings.log, 'a');
const note = (what: string, of: string, n: number, flag: number) =>
  writeSync(log, `${life} ${what} ${of} ${n} ${flag}\n`);

/** By client, the messages to it of which an earlier life knew that they have a number. */
const written = new Map<string, number>();
for (const line of readFileSync(settings.log, 'utf8').split('\n')) {
  const [, what, of = ''] = line.split(' ');
  if (what === 'written') written.set(of, (written.get(of) ?? 0) + 1);
}

const client = redis === undefined ? undefined : new Redis(redis);
client?.on('error', () => {});

async function handle(opened: Session, message: string | Uint8Array, again: boolean): Promise<void> {
  const { identity: of } = opened;
  const n = Number(String(message).split(' ')[1]);
  note('begin', of, n, again ? 1 : 0);
  if (slow !== undefined && (n + Number(of)) % slow.every === 0) await wait(slow.ms);
  if (settings.transaction)
    await opened.handled((multi) => (multi as ChainableCommander).rpush(`${prefix}effects:${of}`, n));
  note('end', of, n, 0);
}

/** By client, the number of the next message to it: a session that comes back to this process has a handle of its own. */
const numbers = new Map<string, number>();

/** Ten at a time, as `Direction` of session-account.ts does. */
async function pour(opened: Session): Promise<void> {
  const { identity: of } = opened;
  for (let left = messages - (written.get(of) ?? 0); left > 0; left--) {
    const n = numbers.get(of) ?? 0;
    numbers.set(of, n + 1);
    const sent = opened.send(`${life} ${n} ${'x'.repeat((n * 37) % 150)}`);
    void sent.then(
      async ({ outcome, confirmed }) => {
        // Queued while a handler runs: it has no number yet, and may never have one.
        if (outcome === 'queued' && (await confirmed) !== 'confirmed') return;
        written.set(of, (written.get(of) ?? 0) + 1);
        note('written', of, n, 0);
      },
      () => {},
    );
    if (n % 10 === 9) await sent.catch(() => {});
  }
}

const supervisor = createSupervisor({
  logger: silentLogger,
  heartbeat: { interval: '1s', condemnAfter: '1s' },
  deadlines: { handshake: '3s' },
  onError: () => {},
});
const url = `${carrier === 'framed' ? 'tcp' : 'ws'}://127.0.0.1:${port}` as const;
const listening = supervisor.listen({
  url,
  protocol: session(carrier === 'framed' ? framed() : websocket(), {
    ...(client && { store: redisSessions(client, { prefix }) }),
    identify: ({ credentials }) => String(credentials),
    onSession(opened) {
      note('session', opened.identity, 0, 0);
      opened.onMessage = (message, { again }) => handle(opened, message, again);
      void pour(opened);
    },
  }),
});
void listening.then(() => process.send?.('listening'));
