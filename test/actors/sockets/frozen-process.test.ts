/** Processes frozen by a signal, at the default policy: the kernel goes on to accept and acknowledge. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, timer } from 'rxjs';
import { describe, expect, type TestContext, test } from 'vitest';
import type { LifecycleEvent, StateEvent } from '../../../src/actors/supervisor/events.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';

const interval = 10_000;
const condemnAfter = 10_000;
/** The largest RTO before the suspicion, and what a busy machine adds. */
const rto = 2000;
const slack = 2000;

describe.concurrent('frozen process: a server process frozen by a signal', () => {
  test('is suspected within interval and RTO, and condemned ten seconds after the first unanswered probe', async (context) => {
    const { child, url } = await serverProcess(context);
    const { supervisor, seen } = supervise(context);
    const connection = supervisor.connect({ id: 'existing', url });
    await connection.ready();
    child.kill('SIGSTOP');
    const frozenAt = performance.now();
    const suspected = await seen('existing', 'suspect');
    expect(suspected.at - frozenAt).toBeLessThan(interval + rto + slack);
    expect(suspected.event.evidence).toMatchObject({ probes: 1 });
    const probedAt = suspected.at - (suspected.event.evidence?.rtoMs ?? 0);
    const condemned = await seen('existing', 'closing');
    expect(condemned.event.reason).toBe('heartbeat-timeout');
    expect(condemned.at - probedAt).toBeGreaterThan(condemnAfter - slack);
    expect(condemned.at - probedAt).toBeLessThan(condemnAfter + slack);
  }, 60_000);

  test('never makes a new link alive: that is a handshake-timeout', async (context) => {
    const { child, url } = await serverProcess(context);
    child.kill('SIGSTOP');
    const { supervisor, seen, events } = supervise(context);
    supervisor.connect({ id: 'new', url });
    const { event } = await seen('new', 'closed');
    expect(event.reason).toBe('handshake-timeout');
    expect(events.filter((each) => each.event === 'state' && each.to === 'alive')).toEqual([]);
  }, 60_000);
});

test.concurrent('frozen process: a client process frozen for 15 s does not close a healthy connection when it goes on', async (context) => {
  const server = await plainServer(context);
  const client = fork(fileURLToPath(new URL('../../fixtures/client.mjs', import.meta.url)), [server.url]);
  context.onTestFinished(() => void client.kill('SIGKILL'));
  const events: StateEvent[] = [];
  await new Promise<void>((resolve) => {
    client.on('message', (event: StateEvent) => {
      events.push(event);
      if (event.to === 'alive') resolve();
    });
  });
  // Frozen in the middle of a silence: when it goes on, its heartbeat is long overdue.
  client.kill('SIGSTOP');
  await firstValueFrom(timer(15_000));
  client.kill('SIGCONT');
  await server.pinged();
  await server.pinged();
  expect(events.filter(({ event }) => event === 'state').map(({ to }) => to)).toEqual([
    'connecting',
    'alive',
  ]);
  client.send('stop');
  await once(client, 'exit');
}, 60_000);

function supervise({ onTestFinished }: TestContext) {
  const supervisor = createSupervisor({ logger: silentLogger });
  onTestFinished(() => supervisor.stop());
  const events: LifecycleEvent[] = [];
  const times = new Map<LifecycleEvent, number>();
  supervisor.events$.subscribe((event) => {
    events.push(event);
    times.set(event, performance.now());
  });
  const find = (id: string, to: string) =>
    events.find((e): e is StateEvent => e.event === 'state' && e.connection === id && e.to === to);
  const seen = async (id: string, to: string): Promise<{ event: StateEvent; at: number }> => {
    while (find(id, to) === undefined) await firstValueFrom(supervisor.events$);
    const event = find(id, to) as StateEvent;
    return { event, at: times.get(event) ?? 0 };
  };
  return { supervisor, events, seen };
}

async function serverProcess({ onTestFinished }: TestContext): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(fileURLToPath(new URL('../../fixtures/line-server.mjs', import.meta.url)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return { child, url: `tcp://127.0.0.1:${port}` };
}

/** Answers pings, and knows when it was pinged. */
async function plainServer({
  onTestFinished,
}: TestContext): Promise<{ url: string; pinged(): Promise<void> }> {
  const waiting: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      socket.write('PONG\n');
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `tcp://127.0.0.1:${port}`,
    pinged: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
