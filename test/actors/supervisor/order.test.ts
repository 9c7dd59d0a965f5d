/** Subscribers hear events and states in the order in which they happened, each once, whatever another one calls meanwhile. */
import { expect, test } from 'vitest';
import type { LifecycleEvent } from '../../../src/actors/supervisor/events.ts';
import { expectNothingLeft, lineServer, world } from '../../support/world.ts';

const URL = 'memory://service';
const nameOf = (event: LifecycleEvent) => (event.event === 'state' ? event.to : event.event);

test.each([
  ['close()', 'alive'],
  ['close()', 'connecting'],
  ['reconnect()', 'alive'],
])(
  'order: a subscriber of events$ that calls %s at %s does not put the later ones before it for others',
  async (call, at) => {
    const here = world();
    here.network.serve('service', lineServer);
    const [before, after]: LifecycleEvent[][] = [[], []];
    here.supervisor.events$.subscribe((event) => before?.push(event));
    let isDone = false;
    here.supervisor.events$.subscribe((event) => {
      if (isDone || nameOf(event) !== at) return;
      isDone = true;
      const connection = here.supervisor.get('one');
      if (call === 'close()') void connection?.close();
      else connection?.reconnect();
    });
    here.supervisor.events$.subscribe((event) => after?.push(event));
    here.supervisor.connect({ id: 'one', url: URL });
    await here.clock.run(5000);
    expect(before?.length).toBeGreaterThan(3);
    expect(after?.map(nameOf)).toEqual(before?.map(nameOf));
    await expectNothingLeft(here);
  },
);

test('order: a subscriber of state$ that comes within a listener of a change hears that state once', async () => {
  const here = world();
  here.network.serve('service', lineServer);
  const connection = here.supervisor.connect({ id: 'one', url: URL });
  // A first subscriber, so that the change is told to some.
  connection.state$.subscribe();
  const late: string[] = [];
  here.supervisor.events$.subscribe((event) => {
    if (nameOf(event) === 'alive') connection.state$.subscribe((state) => late.push(state));
  });
  await here.clock.run(1000);
  void connection.close();
  await here.clock.run(1000);
  expect(late).toEqual(['alive', 'closing', 'closed']);
  await expectNothingLeft(here);
});

test('order: a subscriber of state$ misses no change that it causes while it is told the first state', async () => {
  const here = world();
  here.network.serve('service', lineServer);
  const connection = here.supervisor.connect({ id: 'one', url: URL });
  await here.clock.run(1000);
  const states: string[] = [];
  connection.state$.subscribe((state) => {
    if (state === 'alive') void connection.close();
    states.push(state);
  });
  await here.clock.run(5000);
  expect(states).toEqual(['alive', 'closing', 'closed']);
  await expectNothingLeft(here);
});

test('order: two subscribers of state$ hear the same changes in the same order when the first one closes', async () => {
  const here = world();
  here.network.serve('service', lineServer);
  const connection = here.supervisor.connect({ id: 'one', url: URL });
  const heard: string[] = [];
  connection.state$.subscribe((state) => void (state === 'alive' && connection.close()));
  connection.state$.subscribe((state) => heard.push(state));
  await here.clock.run(5000);
  expect(heard).toEqual(['connecting', 'alive', 'closing', 'closed']);
  await expectNothingLeft(here);
});
