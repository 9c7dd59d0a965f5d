/** `supervisor.stop()` with 200 connections in every state there is: afterwards nothing of them is left. */
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/base/seeded.ts';
import type { Timekeeper } from '../../../src/time/timekeeper.ts';
import { plainServer } from '../../support/plain-peer.ts';
import { type Supervision, supervision } from '../../support/supervision.ts';
import { type Breed, habitat, stateOf, Zoo } from '../../support/zoo.ts';

const COUNT = 200;

/** How many of each kind keep the process alive. vitest has timers of its own; ours are counted at the clock. */
async function resources(): Promise<Record<string, number>> {
  await untilHandlesAreClosed();
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  const { Timeout: _, Immediate: __, ...rest } = counts;
  return rest;
}

/** A handle is listed until the turn of the event loop after its close. */
async function untilHandlesAreClosed(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await nextTurn();
}

/** One of each breed, and then as chance wants it. */
function drawn(breeds: readonly Breed[], seed: number): Breed[] {
  const random = seeded(seed);
  const any = () => breeds[Math.floor(random() * breeds.length)] as Breed;
  return [...breeds, ...Array.from({ length: COUNT - breeds.length }, any)];
}

/** For the very moment in which `stop()` resolves. */
function expectNothingLeft({ supervisor, events, sockets }: Supervision): void {
  expect(sockets.filter(({ closes }) => closes !== 1)).toEqual([]);
  expect(sockets.filter(({ drops }) => drops > 1)).toEqual([]);
  expect([...supervisor.connections]).toEqual([]);
  expect([...supervisor.gates]).toEqual([]);
  expect((Reflect.get(supervisor, 'timekeeper') as Timekeeper).size).toBe(0);
  expect(supervisor.actor.getSnapshot().status).toBe('stopped');
  expect(events.completed).toBe(true);
}

describe('stopping: stop()', () => {
  it.each([1, 2, 3])('leaves nothing of 200 connections in all states (seed %i)', async (seed) => {
    const around = await habitat();
    const before = await resources();
    const zoo = new Zoo(around);
    const { supervisor } = zoo.here;
    const { signal } = zoo.abort;
    const breeds = drawn(await zoo.breeds(), seed);
    const specimens = await Promise.all(breeds.map((breed, n) => breed(`connection-${n}`)));
    for (const { settle } of specimens) settle?.();
    expect(specimens.map(({ connection }) => stateOf(connection))).toEqual(
      specimens.map(({ expected }) => expected),
    );
    expect(zoo.clock.timers).toBe(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);

    const connections = specimens.map(({ connection }) => connection);
    const streams = connections.map(({ messages$ }) => lastValueFrom(messages$, { defaultValue: undefined }));
    const states = connections.map(({ state$ }) => lastValueFrom(state$));
    const exits = connections.map(({ closed }) => closed);
    await supervisor.stop();
    expect(zoo.clock.timers).toBe(0);
    expectNothingLeft(zoo.here);

    await Promise.all(streams);
    expect(new Set((await Promise.all(exits)).map(({ reason }) => reason))).toEqual(
      new Set(['closed-by-us']),
    );
    expect(new Set(await Promise.all(states))).toEqual(new Set(['closed']));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await Promise.all(zoo.peers.map((peer) => peer.noticesTheEnd()));
    expect(await resources()).toEqual(before);
  });

  it('ends 200 connections that have only just begun', async () => {
    const { lively } = await habitat();
    const before = await resources();
    const here = supervision();
    const connections = Array.from({ length: COUNT }, (_, n) =>
      here.supervisor.connect({ id: `connection-${n}`, url: lively.url }),
    );
    await here.supervisor.stop();
    expectNothingLeft(here);
    expect(new Set(connections.map(stateOf))).toEqual(new Set(['left']));
    await Promise.all(lively.peers.map((peer) => peer.closed()));
    expect(await resources()).toEqual(before);
  });

  it('frees the port, and refuses every later call that would start something', async () => {
    const here = supervision();
    const { url } = await here.supervisor.listen({ url: 'tcp://127.0.0.1:0' });
    const server = await plainServer();
    await here.supervisor.stop();
    expect(() => here.supervisor.connect({ url: server.url })).toThrow('stopped');
    await expect(here.supervisor.listen({ url })).rejects.toThrow('stopped');
    const other = supervision();
    expect(await other.supervisor.listen({ url })).toMatchObject({ url });
  });

  it('is one promise, however often it is called', async () => {
    const { supervisor } = supervision();
    expect(supervisor.stop()).toBe(supervisor.stop());
    await supervisor.stop();
  });
});
