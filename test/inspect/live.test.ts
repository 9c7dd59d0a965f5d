/** Messages of the inspector's server, with a simulated network and a virtual clock; the socket to the page is real. */
import { describe, expect, test, vi } from 'vitest';
import { assign } from 'xstate';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { chartModel } from '../../src/inspect/chart-model.ts';
import type { InspectorOptions } from '../../src/inspect/options.ts';
import { actorOf, connectionOf, coreOf } from '../../src/inspect/supervisor-view.ts';
import { connectionMachine } from '../../src/machines/connection.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';
import { lineServer, world } from '../support/world.ts';
import { later } from '../transport/peers.ts';
import { inspected, Visitor } from './visitor.ts';

const url = 'memory://feed';
/** What every viewer is sent. */
const ofAll = ['hello', 'full', 'delta', 'beat', 'process'];
const steady = { reconnect: { backoff: { base: 1000, jitter: 'none' } } } as const;

async function look(options: Parameters<typeof world>[0] = {}, inspection: InspectorOptions = {}) {
  const here = world({ recorder: flightRecorder(), ...options });
  here.network.serve('feed', lineServer);
  const inspector = await inspected(here.supervisor, inspection);
  later(() => here.supervisor.actor.stop());
  const visit = () => Visitor.to(inspector);
  const watch = async (id: string) => {
    const visitor = await visit();
    visitor.say({ type: 'watch', id });
    await visitor.saw('history');
    return visitor;
  };
  return { ...here, inspector, visit, watch };
}

describe('inspector list', () => {
  test('inspector list: a late viewer gets the same rows as the first', async () => {
    const { supervisor, clock, network, visit } = await look();
    for (const id of ['one', 'two', 'three']) supervisor.connect({ id, url, ...steady });
    const early = await visit();
    await clock.run(1000);
    network.host('feed').freeze();
    await clock.run(12_000);
    supervisor.connect({ id: 'four', url });
    await clock.run(200);
    await early.until(() => early.rows().size === 4);
    await early.until(() => early.rows().get('two')?.state === 'suspect');
    const late = await visit();
    expect(late.rows()).toEqual(early.rows());
    expect(late.rows().get('two')).toMatchObject({
      url: 'memory://feed',
      side: 'dial',
      protocol: 'line',
      mode: 'probe',
      status: 'running',
      state: 'suspect',
      node: 'connection.suspect.silent',
      incarnation: 1,
      evidence: { probes: expect.any(Number), silentSince: expect.any(Number) },
    });
    expect((await late.saw('full')).counts).toMatchObject({ suspect: 3, connecting: 1, alive: 0 });
  });

  test('inspector list: a waiting row has the time of the next attempt, and its reason', async () => {
    const { supervisor, clock, visit } = await look();
    supervisor.connect({ id: 'one', url: 'memory://nobody', ...steady });
    await clock.run(3500);
    const { rows, now } = await (await visit()).saw('full');
    expect(rows).toMatchObject([
      {
        status: 'waiting',
        state: 'closed',
        node: 'connection.closed',
        attempt: 3,
        because: 'backoff',
        reason: 'refused',
        code: 'ECONNREFUSED',
      },
    ]);
    expect((rows[0]?.dueAt ?? 0) - now).toBeGreaterThan(0);
    expect((rows[0]?.dueAt ?? 0) - now).toBeLessThan(4000);
  });

  test('inspector list: a delta has changed fields only, and new round trips', async () => {
    const { supervisor, clock, visit } = await look({ heartbeat: { interval: 1000 } });
    supervisor.connect({ id: 'one', url });
    supervisor.connect({ id: 'two', url, heartbeat: { interval: '1h' } });
    await clock.run(500);
    const visitor = await visit();
    await clock.run(5000);
    await visitor.until(() => (visitor.rows().get('one')?.rtts as number[])?.length > 3);
    const changes = visitor.all('delta').flatMap(({ changed = [] }) => changed);
    expect(new Set(changes.map(({ id }) => id))).toEqual(new Set(['one']));
    expect(changes.every((change) => !('url' in change) && !('since' in change))).toBe(true);
    expect(visitor.rows().get('one')).toMatchObject({ rttMs: 2, rtts: expect.arrayContaining([2]) });
  });

  test('inspector list: times do not jump when the wall clock is set', async () => {
    const { supervisor, clock, visit, watch } = await look();
    supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    clock.jumpWall(3_600_000);
    const [row, now] = await (await visit()).saw('full').then(({ rows, now }) => [rows[0], now] as const);
    expect(now - (row?.since ?? 0)).toBe(1000);
    expect(now - (row?.stateSince ?? 0)).toBeLessThan(1000);
    const { entries, at } = await (await watch('one')).saw('history');
    expect(at - (entries[0]?.at ?? 0)).toBe(1000);
  });

  test('inspector list: a connection that is over stays for 60 s, with its reason', async () => {
    const { supervisor, clock, visit } = await look();
    const connection = supervisor.connect({ id: 'one', url });
    await clock.run(500);
    const visitor = await visit();
    const closed = connection.close();
    await clock.run(500);
    await closed;
    await visitor.until(() => visitor.rows().get('one')?.status === 'left');
    expect(visitor.rows().get('one')).toMatchObject({ state: 'closed', reason: 'closed-by-us' });
    await clock.run(61_000);
    await visitor.until(() => visitor.rows().size === 0);
  });

  test('inspector list: has connections that gave up while no viewer was attached', async () => {
    const { supervisor, clock, visit, watch } = await look();
    supervisor.connect({ id: 'one', url: 'memory://nobody', reconnect: { maxAttempts: 1 } });
    await clock.run(60_000);
    expect((await visit()).rows().get('one')).toMatchObject({ status: 'gave-up', reason: 'refused' });
    const { entries } = await (await watch('one')).saw('history');
    expect(entries.slice(-2)).toMatchObject([
      { to: 'closed', code: 'ECONNREFUSED' },
      { chart: 'supervision', event: 'exited', to: 'gave-up' },
    ]);
  });

  test('inspector list: a pause stops deltas, and its end sends the full list', async () => {
    const { supervisor, clock, visit } = await look();
    const visitor = await visit();
    visitor.say({ type: 'options', paused: true });
    visitor.socket.send('{');
    await visitor.saw('refused');
    supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    visitor.say({ type: 'options', paused: false });
    visitor.socket.send('{');
    await visitor.until(() => visitor.all('refused').length === 2);
    await clock.run(200);
    await visitor.until(() => visitor.all('full').length === 2);
    expect(visitor.all('delta')).toEqual([]);
    expect(visitor.rows().get('one')).toMatchObject({ state: 'alive' });
  });

  test('inspector list: a viewer that comes while all others are paused gets what is the case then', async () => {
    const { supervisor, clock, visit } = await look();
    const paused = await visit();
    paused.say({ type: 'options', paused: true });
    paused.socket.send('{');
    await paused.saw('refused');
    supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    const { rows } = await (await visit()).saw('full');
    expect(rows).toMatchObject([{ id: 'one', state: 'alive' }]);
    expect(paused.all('delta')).toEqual([]);
  });

  test('inspector list: has the gate of an endpoint, and the rows that wait at it', async () => {
    const { supervisor, clock, visit } = await look();
    const reconnect = { backoff: { jitter: 'none', base: 5000 }, maxElapsed: '1h' } as const;
    for (const id of ['one', 'two', 'three']) supervisor.connect({ id, url: 'memory://nobody', reconnect });
    await clock.run(100);
    const { gates, rows, now } = await (await visit()).saw('full');
    const until = expect.closeTo(now + 4900, -2);
    const endpoint = 'memory://nobody';
    expect(gates).toEqual([{ endpoint, state: 'failed', window: 1, inFlight: 0, waiting: 3, until }]);
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'waiting', because: 'gate', gate: endpoint });
      expect(row).not.toHaveProperty('dueAt');
    }
  });
});

describe('watched connection', () => {
  test('watched connection: each event has sender, receiver, edge and guard', async () => {
    const { supervisor, clock, network, watch } = await look();
    supervisor.connect({ id: 'one', url, ...steady });
    await clock.run(1000);
    const visitor = await watch('one');
    expect((await visitor.saw('history')).entries.map(({ to }) => to)).toEqual([
      'running.kept',
      'connecting.dialing',
      'connecting.handshaking',
      'alive',
    ]);
    expect(await visitor.saw('@xstate.actor')).toMatchObject({
      actor: 'one#1',
      machine: 'connection',
      snapshot: { status: 'active', value: 'alive', context: { proved: true, port: { protocol: 'line' } } },
    });
    network.host('feed').freeze();
    await clock.run(20_500);
    await visitor.saw('@xstate.actor', ({ incarnation }) => incarnation === 2);
    const told = visitor.all('@xstate.transition').map(({ source, actor, event, microsteps, unhandled }) => {
      const edges = microsteps.flatMap((step) => [...step.edges, ...(step.guard ? [step.guard] : [])]);
      return `${source} > ${actor}: ${event.type} ${unhandled ? 'unhandled' : edges.join(' ')}`.trim();
    });
    expect(told.slice(0, 4)).toEqual([
      'timer > one#1: heartbeat-due connection.alive/heartbeat-due/0',
      'timer > one#1: deadline-expired connection.alive/deadline-expired/0 isDeadline',
      'timer > one#1: heartbeat-due connection.suspect/heartbeat-due/0',
      'socket > one#1: write-progressed connection.suspect.silent/write-progressed/0',
    ]);
    const condemned = told.findIndex((each) => each.includes('suspect.silent/deadline-expired/1'));
    expect(told.slice(condemned)).toEqual([
      'timer > one#1: deadline-expired connection.suspect.silent/deadline-expired/1 isDeadline',
      'socket > one#1: socket-closed connection.closing/socket-closed/0',
      'supervisor > one#2: xstate.init',
      'socket > one#2: opened connection.connecting.dialing/opened/0 mustProve',
      'socket > one#2: write-progressed connection.connecting.handshaking/write-progressed/0',
    ]);
    const ids = new Set(chartModel(connectionMachine).edges.map(({ id }) => id));
    const taken = visitor
      .all('@xstate.transition')
      .flatMap(({ microsteps }) => microsteps.flatMap((s) => s.edges));
    expect(taken.filter((edge) => !ids.has(edge))).toEqual([]);
    const numbers = visitor.all('@xstate.transition').map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('wire: a watched connection sends each step of its supervision chart, after the step that caused it', async () => {
    const { supervisor, clock, network, watch } = await look();
    const connection = supervisor.connect({ id: 'one', url, ...steady });
    supervisor.connect({ id: 'other', url });
    await clock.run(1000);
    const visitor = await watch('one');
    network.host('feed').freeze();
    await clock.run(20_500);
    network.host('feed').thaw();
    await clock.run(3000);
    connection.reconnect();
    await clock.run(1500);
    void connection.close();
    await clock.run(1000);
    await visitor.saw('supervision', ({ to }) => to === 'supervision.left');
    const steps = visitor.messages.flatMap((message) => {
      if (message.type === 'supervision')
        return [`${message.incarnation} ${message.event}: ${message.from} > ${message.to}`];
      const moved = message.type === '@xstate.transition' && message.from !== message.to;
      return moved ? [`#${message.incarnation} ${message.to?.split('.')[1]}`] : [];
    });
    expect(steps.map((step) => step.replaceAll('supervision.', ''))).toEqual([
      '#1 suspect',
      '#1 closing',
      '#1 closed',
      '1 exited: running.kept > backing-off.delay',
      '1 due: backing-off.delay > queued.asking',
      '1 admitted: queued.asking > running.kept',
      '#2 connecting',
      '#2 connecting',
      '#2 alive',
      '2 reconnect: running.kept > running.replacing',
      '#2 closing',
      '#2 closing',
      '#2 closed',
      '2 exited: running.replacing > queued.asking',
      '2 admitted: queued.asking > running.kept',
      '#3 connecting',
      '#3 connecting',
      '#3 alive',
      '3 close: running.kept > running.leaving',
      '#3 closing',
      '#3 closing',
      '#3 closed',
      '3 exited: running.leaving > left',
    ]);
    expect(visitor.all('supervision').every(({ connection: id }) => id === 'one')).toBe(true);
  });

  test('wire: a wait at a gate is in the row of a viewer that comes late', async () => {
    const { supervisor, clock, visit } = await look();
    const reconnect = { backoff: { jitter: 'none', base: 5000 }, maxElapsed: '1h' } as const;
    for (const id of ['one', 'two']) supervisor.connect({ id, url: 'memory://nobody', reconnect });
    await clock.run(100);
    const { rows, now } = await (await visit()).saw('full');
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'waiting', supervision: 'supervision.queued.at-gate' });
      expect(now - (row.supervisionSince ?? 0)).toBeLessThanOrEqual(100);
    }
  });

  test('watched connection: an event that its chart drops is unhandled', async () => {
    const { supervisor, clock, watch } = await look();
    supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    const visitor = await watch('one');
    const connection = connectionOf(supervisor, 'one');
    if (connection !== undefined) actorOf(connection)?.send({ type: 'opened' });
    const dropped = await visitor.saw('@xstate.transition', ({ event }) => event.type === 'opened');
    expect(dropped).toMatchObject({ unhandled: true, microsteps: [], to: 'connection.alive' });
  });

  test('watched connection: a suspicion has its span, and samples', async () => {
    const { supervisor, clock, network, watch } = await look();
    supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    network.host('feed').freeze();
    await clock.run(12_000);
    const visitor = await watch('one');
    const begun = await visitor.saw('suspicion');
    expect(begun).toMatchObject({ kind: 'silent', incarnation: 1 });
    expect(begun.at).toBeLessThan((await visitor.saw('history')).at - 1000);
    expect(begun.until).toBeUndefined();
    network.host('feed').thaw();
    await clock.run(500);
    const ended = await visitor.saw('suspicion', ({ until }) => until !== undefined);
    expect(ended).toMatchObject({ at: begun.at, verdict: 'alive' });
    await visitor.saw('samples', ({ samples }) => samples[0]?.probes === 0);
    const samples = visitor.all('samples').flatMap((message) => message.samples);
    expect(samples[0]).toMatchObject({
      silenceMs: expect.any(Number),
      rtoMs: expect.any(Number),
      queuedBytes: 0,
    });
  });

  test('watched connection: lifecycle events of it, of its gate and of the policy are sent', async () => {
    const { supervisor, clock, watch } = await look();
    const reconnect = { backoff: { jitter: 'none', base: 5000 }, maxAttempts: 1 } as const;
    for (const id of ['one', 'two']) supervisor.connect({ id, url: 'memory://nobody', reconnect });
    supervisor.connect({ id: 'other', url });
    const [one, other] = [await watch('one'), await watch('other')];
    await clock.run(100);
    supervisor.configure({ heartbeat: { interval: 7000 } });
    await clock.run(60_000);
    await one.saw('lifecycle', ({ event }) => event.type === 'gave-up');
    const told = (visitor: Visitor) => visitor.all('lifecycle').map(({ event }) => event);
    const waiting = expect.any(Number);
    const gate = { type: 'gate', endpoint: 'memory://nobody', from: 'unknown', to: 'failed' };
    expect(told(one)).toContainEqual({ ...gate, window: 1, waiting, delayMs: 5000 });
    expect(told(one)).toContainEqual({
      type: 'reconnect-scheduled',
      attempt: 1,
      delayMs: 5000,
      because: 'gate',
    });
    expect(told(one).at(-1)).toMatchObject({ type: 'gave-up', reason: 'refused', because: 'attempts' });
    expect(told(other)).toEqual([{ type: 'configured' }]);
    expect(one.all('lifecycle').every(({ connection }) => connection === 'one')).toBe(true);
  });

  test('watched connection: messages are sent only if the server allows and the page asks', async () => {
    const { supervisor, clock, watch } = await look({}, { messages: true });
    const connection = supervisor.connect<string>({ id: 'one', url });
    await clock.run(100);
    const visitor = await watch('one');
    connection.send('a secret');
    await clock.run(200);
    visitor.say({ type: 'options', messages: true });
    visitor.socket.send('{');
    await visitor.saw('refused');
    connection.send('shown');
    await clock.run(200);
    await visitor.saw('message');
    expect(visitor.all('message').map(({ text }) => text)).toEqual(['shown']);
    expect(JSON.stringify(visitor.messages)).not.toContain('a secret');
  });

  test('watched connection: its messages go only to viewers that watch it', async () => {
    const { supervisor, clock, visit, watch } = await look({ heartbeat: { interval: 1000 } });
    for (const id of ['one', 'two']) supervisor.connect({ id, url });
    await clock.run(100);
    const [one, nothing] = [await watch('one'), await visit()];
    await clock.run(5000);
    await one.saw('@xstate.transition');
    expect(new Set(one.all('@xstate.transition').map(({ connection }) => connection))).toEqual(
      new Set(['one']),
    );
    await nothing.saw('delta');
    expect(nothing.messages.every(({ type }) => ofAll.includes(type))).toBe(true);
    one.say({ type: 'unwatch', id: 'one' });
    one.socket.send('{');
    await one.saw('refused');
    const before = one.all('@xstate.transition').length;
    await clock.run(5000);
    await one.until(() => one.all('delta').length > nothing.all('delta').length - 2);
    expect(one.all('@xstate.transition')).toHaveLength(before);
  });

  test('watched connection: an id with HTML arrives unchanged', async () => {
    const id = '<img src=x onerror="alert(1)">&amp;</script>';
    const { supervisor, clock, watch } = await look();
    supervisor.connect({ id, url });
    await clock.run(100);
    const visitor = await watch(id);
    expect(visitor.rows().get(id)).toMatchObject({ state: 'alive' });
    expect(await visitor.saw('@xstate.actor')).toMatchObject({ connection: id, actor: `${id}#1` });
  });

  test('watched connection: a page can watch sixteen, the next is refused', async () => {
    const { supervisor, clock, visit } = await look();
    for (let i = 0; i < 17; i++) supervisor.connect({ id: `c${i}`, url });
    await clock.run(100);
    const visitor = await visit();
    for (let i = 0; i < 17; i++) visitor.say({ type: 'watch', id: `c${i}` });
    expect(await visitor.saw('refused')).toMatchObject({ why: expect.stringContaining('16') });
    expect(visitor.all('history')).toHaveLength(16);
  });
});

describe('inspector without a viewer', () => {
  test('inspector without a viewer: nothing is attached or scheduled, before the first and after the last', async () => {
    const { supervisor, clock, watch, inspector } = await look();
    const inspect = vi.spyOn(supervisor.actor.system, 'inspect');
    supervisor.connect({ id: 'one', url });
    await clock.run(100);
    const pending = clock.pending;
    const visitor = await watch('one');
    expect(inspect).toHaveBeenCalledTimes(1);
    expect(coreOf(supervisor).onMove).toBeDefined();
    expect(clock.pending).toBe(pending + 1);
    const unsubscribe = vi.spyOn(inspect.mock.results[0]?.value, 'unsubscribe');
    visitor.socket.terminate();
    await vi.waitFor(() => expect(inspector.viewers).toBe(0));
    expect(unsubscribe).toHaveBeenCalledOnce();
    expect(coreOf(supervisor).onMove).toBeUndefined();
    expect(clock.pending).toBe(pending);
  });
});

describe('viewer that never reads', () => {
  test('viewer that never reads: is dropped after two unanswered pings', async () => {
    const { clock, visit, inspector } = await look();
    const visitor = await visit();
    visitor.socket.pause();
    await clock.run(25_000);
    expect(inspector.viewers).toBe(1);
    await clock.run(10_000);
    await vi.waitFor(() => expect(inspector.viewers).toBe(0));
  });

  test('viewer that never reads: gets no deltas while it is behind, and is dropped after five seconds', async () => {
    const { supervisor, clock, visit, inspector } = await look();
    for (let i = 0; i < 3000; i++) supervisor.connect({ id: `${i} ${'x'.repeat(2000)}`, url, ...steady });
    await clock.run(1000);
    const visitor = await visit();
    visitor.socket.pause();
    for (let i = 0; i < 4; i++) {
      visitor.say({ type: 'options', paused: true });
      visitor.say({ type: 'options', paused: false });
      await clock.run(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.run(6000);
    await vi.waitFor(() => expect(inspector.viewers).toBe(0));
  });
});

describe('hundred viewers', () => {
  test('hundred viewers: see the same list, and leave no timer behind', async () => {
    const { supervisor, clock, visit, inspector } = await look({}, { maxViewers: 100 });
    for (const id of ['one', 'two']) supervisor.connect({ id, url });
    await clock.run(100);
    const { pending } = clock;
    const visitors = await Promise.all(Array.from({ length: 100 }, visit));
    for (const visitor of visitors) visitor.say({ type: 'watch', id: 'two' });
    await Promise.all(visitors.map((visitor) => visitor.saw('history')));
    await clock.run(1000);
    const closed = supervisor.get('one')?.close();
    await clock.run(500);
    await closed;
    for (const visitor of visitors) {
      await visitor.until(() => visitor.rows().get('one')?.status === 'left');
      expect(visitor.rows()).toEqual(visitors[0]?.rows());
      expect(visitor.all('@xstate.transition')).toEqual(visitors[0]?.all('@xstate.transition'));
    }
    for (const visitor of visitors) visitor.socket.terminate();
    await vi.waitFor(() => expect(inspector.viewers).toBe(0));
    expect(clock.pending).toBe(pending);
  });
});

describe('exceptions near the inspector', () => {
  const strange = Object.defineProperty({ big: 12n, code: { toString: null } }, 'message', {
    enumerable: true,
    get: () => {
      throw new Error('a getter');
    },
  });
  /** A protocol whose failures are objects with getters that throw. */
  const odd = () =>
    withDialogue(line(), () => ({
      decoder: {
        midFrame: false,
        push: () => {
          throw strange;
        },
      },
    }));

  test('inspector: an error that cannot be printed changes neither the connection nor the view', async () => {
    const course = async (watching: boolean) => {
      const here = await look({ reconnect: { crashes: { max: 2, within: '1m' } } });
      here.supervisor.connect({ id: 'one', url, protocol: odd(), ...steady });
      await here.clock.settle();
      const visitor = watching ? await here.watch('one') : undefined;
      await here.clock.run(30_000);
      await visitor?.saw('@xstate.transition', ({ event }) => event.reason === 'crashed');
      return here.states('one');
    };
    expect(await course(true)).toEqual(await course(false));
  });

  test('inspector: a context that cannot be printed is shown in part', async () => {
    const circle: Record<string, unknown> = { big: 12n };
    circle.self = circle;
    const prove = assign({ proved: true, circle, strange } as never);
    const machine = connectionMachine.provide({ actions: { prove } as never });
    const { supervisor, clock, watch } = await look({ machine });
    const connection = supervisor.connect({ id: 'one', url });
    await clock.run(1000);
    const { snapshot } = await (await watch('one')).saw('@xstate.actor');
    expect(snapshot.context).toMatchObject({
      proved: true,
      circle: { big: '<12n>', self: '<circular>' },
      strange: { big: '<12n>', message: '<threw: Error>' },
    });
    expect(connection.state).toBe('alive');
  });

  test('inspector: gates that throw close the viewer with 1011, and change no connection', async () => {
    const { supervisor, clock, visit } = await look();
    const connection = supervisor.connect({ id: 'one', url });
    const visitor = await visit();
    Object.defineProperty(supervisor.gates, Symbol.iterator, {
      value: () => {
        throw new Error('no gates');
      },
    });
    await clock.run(1000);
    await visitor.until(() => visitor.closed !== undefined);
    expect(visitor.closed).toBe(1011);
    expect(connection.state).toBe('alive');
  });

  test('inspector: gates that throw at the first list close the viewer with 1011', async () => {
    const { supervisor, inspector } = await look();
    Object.defineProperty(supervisor.gates, Symbol.iterator, { value: () => JSON.parse('{') });
    const visitor = new Visitor(inspector);
    await visitor.until(() => visitor.closed !== undefined);
    expect(visitor.closed).toBe(1011);
    expect(inspector.viewers).toBe(0);
  });

  test('inspector: a user inspection that throws changes no connection', async () => {
    const course = async (broken: boolean) => {
      const fails = () => {
        throw new Error('broken');
      };
      const here = world(broken ? { inspect: fails, onError: () => {} } : {});
      here.network.serve('feed', lineServer);
      here.supervisor.connect({ id: 'one', url, ...steady });
      await here.clock.run(1000);
      here.network.host('feed').freeze();
      await here.clock.run(30_000);
      return here.states();
    };
    expect(await course(true)).toEqual(await course(false));
  });
});
