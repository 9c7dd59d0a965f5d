import { expect, test, vi } from 'vitest';
import { type Fault, script } from '../../../src/cli/demo/script.ts';
import { Service } from '../../../src/cli/demo/service.ts';
import { virtualClock } from '../../../src/testing/clock.ts';

/** Servers that do not listen. */
function stage() {
  const protocols = ['line', 'framed', 'websocket', 'redis'] as const;
  const services = protocols.map((protocol) => new Service(protocol));
  const ups = services.map((service) => vi.spyOn(service, 'up').mockResolvedValue());
  return { clock: virtualClock(), services, ups };
}

async function played(forMs: number | undefined, watchedMs: number) {
  const { clock, services } = stage();
  const faults: (Fault & { at: number })[] = [];
  script(services, clock, forMs).subscribe((fault) => faults.push({ ...fault, at: clock.scheduler.now() }));
  await clock.run(watchedMs);
  return { faults, clock };
}

test('demo script: 20 s play every kind of fault, with time to recover', async () => {
  const { faults, clock } = await played(20_000, 20_000);
  expect(faults.map(({ kind, at, victims }) => [kind, at, victims.length])).toEqual([
    ['close', 1500, 1],
    ['reset', 4000, 1],
    ['freeze', 6500, 1],
    ['down', 9000, 3],
    ['flaky', 11_500, 3],
    ['close', 14_000, 1],
  ]);
  expect(clock.pending).toBe(0);
});

test('demo script: without --for it goes on, and every kind hits every server', async () => {
  const { faults } = await played(undefined, 60_000);
  const met = faults.map(({ kind, victims }) => `${kind} ${victims[0]?.split('-')[0]}`);
  expect(new Set(met).size).toBe(20);
});

test('demo script: a time too short for a fault plays none', async () => {
  expect((await played(5000, 6000)).faults).toEqual([]);
});

test('demo script: a server whose port is in use retries to listen', async () => {
  const { clock, services, ups } = stage();
  ups[3]?.mockRejectedValueOnce(new Error('EADDRINUSE'));
  script(services, clock, undefined).subscribe();
  await clock.run(11_050);
  expect(ups[3]).toHaveBeenCalledTimes(1);
  await clock.run(100);
  expect(ups[3]).toHaveBeenCalledTimes(2);
});

test('demo script: unsubscribing stops the faults', async () => {
  const { clock, services, ups } = stage();
  const subscription = script(services, clock, undefined).subscribe();
  await clock.run(10_000);
  subscription.unsubscribe();
  await clock.run(10_000);
  expect(ups[3]).not.toHaveBeenCalled();
  expect(clock.pending).toBe(0);
});
