/** Names and addresses that are sick: silent resolvers, dropped packets, routes that forbid a dial. Between network namespaces. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { StateEvent } from '../../src/actors/supervisor/events.ts';
import { Watch } from '../support/watch.ts';
import { addresses, Cable } from './namespaces.ts';
import { networkTest, why } from './network-test.ts';
import type { Sighting } from './sighting.ts';

const worker = fileURLToPath(new URL('names-worker.ts', import.meta.url));

function machine(): Cable {
  const cable = new Cable();
  onTestFinished(() => cable.dispose());
  cable.configure('near', 'link', 'set', 'lo', 'up');
  return cable;
}

class Sightings extends Watch {
  readonly states: (StateEvent & { at: number })[] = [];
  readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    super();
    this.child = child;
    child.on('message', ({ at, event }: Sighting) => {
      if (event.event === 'state') this.states.push({ at, ...event });
      this.happened();
    });
  }

  /** The first such state of a connection whose id has this in it. */
  async reached(to: string, id: string): Promise<StateEvent & { at: number }> {
    const find = () => this.states.find((state) => state.to === to && state.connection.includes(id));
    await this.until(() => find() !== undefined);
    return find() as StateEvent & { at: number };
  }
}

networkTest.each([4, 20])(
  `lookups: beside %i names whose resolver is silent, a name of the hosts file is alive within 2 s, and stop() starts no lookup${why}`,
  { timeout: 120_000 },
  async (count) => {
    const cable = machine();
    // A lookup of a dead name takes 2 s.
    cable.etc('near', 'resolv.conf', 'nameserver 127.0.0.1\noptions timeout:2 attempts:1\n');
    cable.etc('near', 'hosts', '127.0.0.1 healthy.example\n');
    const dead = Array.from({ length: count }, (_, at) => `dead-${at}.example`);
    const seen = new Sightings(cable.run('near', worker, ...dead.map((name) => `tcp://${name}:7000`)));
    const failed = () =>
      new Set(seen.states.filter(({ reason }) => reason === 'not-found').map(({ connection }) => connection));
    await seen.until(() => failed().size === count);
    const connectAt = Date.now();
    seen.child.send('tcp://healthy.example:7000');
    const alive = await seen.reached('alive', 'healthy');
    expect(alive.at - connectAt).toBeLessThan(2000);
    const stopAt = Date.now();
    seen.child.send('stop');
    await once(seen.child, 'exit');
    // One lookup under way, which began before; a second one would take 2 s more.
    expect(Date.now() - stopAt).toBeLessThan(3500);
  },
);

networkTest(
  `lookups: a name whose lookup takes longer than deadlines.connect exits as connect-timeout, resolving${why}`,
  { timeout: 60_000 },
  async () => {
    const cable = machine();
    cable.etc('near', 'resolv.conf', 'nameserver 127.0.0.1\noptions timeout:5 attempts:3\n');
    const seen = new Sightings(cable.run('near', worker, 'tcp://dead.example:7000'));
    const { reason, detail } = await seen.reached('closing', 'dead');
    expect([reason, detail]).toEqual(['connect-timeout', 'resolving dead.example']);
  },
);

networkTest(
  `addresses: of eleven addresses with ten that are dropped on the way, the eleventh is reached within 30 s${why}`,
  { timeout: 60_000 },
  async () => {
    const cable = machine();
    const all = Array.from({ length: 10 }, (_, at) => `10.77.0.${101 + at}`);
    // A neighbour that the other machine is not: its packets leave, and no one answers.
    for (const address of all) {
      cable.configure(
        'near',
        'neighbour',
        'add',
        address,
        'lladdr',
        '02:00:00:00:00:01',
        'dev',
        'near',
        'nud',
        'permanent',
      );
    }
    const hosts = [...all, addresses.far].map((address) => `${address} feed.example\n`).join('');
    cable.etc('near', 'hosts', hosts);
    const server = cable.run(
      'far',
      fileURLToPath(new URL('../fixtures/line-server.mjs', import.meta.url)),
      addresses.far,
    );
    const [port] = await once(server, 'message');
    const startAt = Date.now();
    const seen = new Sightings(cable.run('near', worker, `tcp://feed.example:${port}`));
    const alive = await seen.reached('alive', 'feed');
    expect(alive.at - startAt).toBeLessThan(30_000);
    const exits = seen.states.filter(({ to }) => to === 'closing');
    for (const { reason, detail = '' } of exits) {
      expect(reason).toBe('connect-timeout');
      expect(detail.match(/10\.77\.0\.\d+/g)?.length).toBeGreaterThanOrEqual(6);
    }
  },
);

networkTest.each([
  ['prohibit', 'EACCES'],
  ['unreachable', 'EHOSTUNREACH'],
  ['blackhole', 'EINVAL'],
])(
  `routes: a dial that a route of type %s forbids (%s) is unreachable, and dialled again${why}`,
  async (type, code) => {
    const cable = machine();
    cable.configure('near', 'route', 'add', type, '10.99.0.1');
    const urls = ['tcp', 'tls', 'ws'].map((scheme) => `${scheme}://10.99.0.1:7000`);
    const seen = new Sightings(cable.run('near', worker, ...urls));
    const exits = await Promise.all(['tcp:', 'tls:', 'ws:'].map((scheme) => seen.reached('closed', scheme)));
    const expected = { reason: 'unreachable', class: 'retryable', code };
    expect(exits).toMatchObject([expected, expected, expected]);
    await seen.until(() => seen.states.some(({ incarnation }) => incarnation === 2));
  },
);
