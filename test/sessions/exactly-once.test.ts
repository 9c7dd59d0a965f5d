/** Any interleaving of messages, cuts, freezes, slow handlers and restarts: each message is handled once and in order, on both sides. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import { losingReplies } from './faulty-stores.ts';
import { dial, type Server, sessionWorld, textOf } from './world.ts';

const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      'up',
      'up',
      'up',
      'down',
      'down',
      'down',
      'reset',
      'cut',
      'freeze',
      'slow',
      'move',
      'flaky',
      'stop',
      'wait',
    ),
    count: fc.integer({ min: 1, max: 30 }),
    size: fc.constantFrom(1, 10, 2000),
    ms: fc.integer({ min: 0, max: 3000 }),
  }),
  { minLength: 1, maxLength: 25 },
);
type Step = { readonly what: string; readonly count: number; readonly size: number; readonly ms: number };

const window = { messages: 20, bytes: 20_000 };

interface Mail {
  readonly sent: string[];
  readonly fates: Promise<unknown>[];
}

function post(mail: Mail, send: (text: string) => Promise<{ confirmed: Promise<unknown> }>, step: Step) {
  for (let index = 0; index < step.count; index++) {
    const text = `${mail.sent.length} ${'x'.repeat(step.size)}`;
    mail.sent.push(text);
    mail.fates.push(
      send(text).then(
        ({ confirmed }) => confirmed,
        ({ outcome }) => outcome,
      ),
    );
  }
}

async function life(list: readonly Step[], seed: number) {
  const world = sessionWorld(seed);
  const store = new MemoryStore(2000);
  const handledUp: string[] = [];
  const problems: unknown[] = [];
  let slowMs = 0;
  let losses = 0;
  let restarted = 0;
  const pause = () => new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), slowMs));
  const servers: Server[] = [];
  const running = new Map<string, Server>();
  const flaky = losingReplies(store, () => world.clock.random() < losses);
  const begin = async (host: string) => {
    const server = await world.serve({
      host,
      store: flaky,
      window,
      onSession(session) {
        server.sessions.push(session);
        session.onMessage = (message, { again }) => {
          handledUp.push(`${textOf(message)}${again ? '!' : ''}`);
          if (slowMs > 0) return pause();
          return undefined;
        };
      },
    });
    servers.push(server);
    running.set(host, server);
  };
  await begin('a');
  await begin('b');
  const client = world.client();
  const handledDown: string[] = [];
  const { connection } = dial(
    client,
    { window },
    { consume: false, url: ['memory://a', 'memory://b'] as never },
  );
  connection.messages$.subscribe((message) => handledDown.push(textOf(message)));
  const up: Mail = { sent: [], fates: [] };
  const down: Mail = { sent: [], fates: [] };
  await world.clock.run(100);
  const current = () => servers.flatMap(({ sessions }) => sessions).findLast(({ attached }) => attached);
  for (const step of list) {
    if (step.what === 'up') post(up, (text) => connection.send(text), step);
    if (step.what === 'down') {
      const session = current();
      if (session !== undefined) post(down, (text) => session.send(text), step);
    }
    if (step.what === 'reset') for (const link of world.network.links) link.reset();
    if (step.what === 'cut') for (const link of world.network.links) link.cut();
    if (step.what === 'slow') slowMs = step.ms % 400;
    if (step.what === 'flaky') losses = step.ms % 2 === 0 ? 0 : 0.3;
    if (step.what === 'stop') {
      const host = restarted++ % 2 === 0 ? 'a' : 'b';
      void running.get(host)?.supervisor.stop();
      await world.clock.run(20_000);
      await begin(host);
    }
    if (step.what === 'move') connection.reconnect({ next: true });
    if (step.what === 'freeze') {
      world.network.host('a').freeze();
      await world.clock.run(step.ms);
      world.network.host('a').thaw();
    }
    await world.clock.run(step.ms);
  }
  slowMs = losses = 0;
  await world.clock.run(120_000);
  const told = servers.flatMap(({ reported }) => reported);
  problems.push(...client.reported, ...told.filter((error) => !String(error).includes('the reply was lost')));
  return { world, up, down, handledUp, handledDown, problems, client, servers, connection };
}

/** A message of a server whose session moved before it had a number is `never-sent`; all others arrive. */
async function outcome(mail: Mail) {
  const fates = await Promise.all(mail.fates.map((fate) => Promise.race([fate, Promise.resolve('open')])));
  return { fates, arrived: mail.sent.filter((_, index) => fates[index] === 'confirmed') };
}

test('exactly once, in order, whatever happens', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 1e6 }), async (list, seed) => {
      const { up, down, handledUp, handledDown, problems, world, client, servers } = await life(list, seed);
      expect(problems).toEqual([]);
      const sent = await outcome(up);
      expect([...new Set(sent.fates)]).toEqual(up.sent.length > 0 ? ['confirmed'] : []);
      expect(handledUp).toEqual(up.sent);
      const back = await outcome(down);
      expect(
        back.fates.filter(
          (fate) => fate !== 'confirmed' && fate !== 'never-sent' && fate !== 'unacknowledged',
        ),
      ).toEqual([]);
      expect(handledDown.length).toBe(new Set(handledDown).size);
      expect(handledDown.filter((text) => back.arrived.includes(text))).toEqual(back.arrived);
      void client.supervisor.stop();
      for (const { supervisor } of servers) void supervisor.stop();
      await world.clock.run(30_000);
      expect(world.clock.pending).toBe(0);
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  );
});
