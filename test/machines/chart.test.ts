/** Walks the chart: properties of every reachable state and event. */
import { describe, expect, test } from 'vitest';
import { type AnyStateNode, getInitialSnapshot, getNextSnapshot } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { type ConnectionSnapshot, connectionMachine, stateOf } from '../../src/machines/connection.ts';
import type { ConnectionInput } from '../../src/machines/context.ts';
import type { ConnectionEvent, Deadline, Proof } from '../../src/machines/port.ts';
import { idlePort } from './idle-port.ts';

const proofs: readonly Proof[] = ['opening', 'answer', 'none'];

const deadlines = 'provider connect handshake suspect write condemn idle maxAge halfClosed close'.split(
  ' ',
) as Deadline[];
const events: readonly ConnectionEvent[] = [
  { type: 'heartbeat-due' },
  ...deadlines.map((deadline): ConnectionEvent => ({ type: 'deadline-expired', deadline })),
  { type: 'prepared' },
  ...proofs.map((proof): ConnectionEvent => ({ type: 'opened', proof })),
  { type: 'handshake-done' },
  { type: 'turned-away', reason: 'unauthorized' },
  { type: 'introduced' },
  { type: 'bytes-received' },
  { type: 'write-progressed' },
  { type: 'drained' },
  { type: 'peer-ended', reason: 'closed-by-peer' },
  { type: 'half-closed', reason: 'closed-by-peer' },
  { type: 'failed', reason: 'reset' },
  { type: 'socket-closed' },
  { type: 'went-offline', canAsk: false },
  { type: 'went-offline', canAsk: true },
  { type: 'close' },
];

/** Events of `preparing` alone: all other states ignore them. */
const early = ['prepared', 'provider'];

/** Events that a state ignores on purpose; deadlines by their names. Events in no list are handled. */
const ignored: Readonly<Record<string, string>> = {
  'connecting.preparing':
    'went-offline went-offline(canAsk) heartbeat-due connect handshake suspect write condemn idle maxAge halfClosed close(deadline) opened handshake-done turned-away introduced bytes-received write-progressed drained half-closed',
  'connecting.dialing':
    'went-offline went-offline(canAsk) heartbeat-due handshake suspect write condemn idle maxAge halfClosed close(deadline) handshake-done turned-away introduced bytes-received write-progressed drained half-closed',
  'connecting.handshaking':
    'went-offline went-offline(canAsk) heartbeat-due connect suspect write condemn idle maxAge halfClosed close(deadline) opened introduced write-progressed drained half-closed',
  'connecting.introducing':
    'went-offline went-offline(canAsk) connect suspect write condemn idle maxAge halfClosed close(deadline) opened handshake-done turned-away write-progressed drained',
  alive:
    'went-offline connect handshake condemn halfClosed close(deadline) opened handshake-done turned-away introduced write-progressed drained',
  'suspect.silent':
    'went-offline went-offline(canAsk) connect handshake suspect idle maxAge halfClosed close(deadline) opened handshake-done turned-away introduced write-progressed drained',
  'suspect.stalled':
    'went-offline went-offline(canAsk) connect handshake write idle maxAge halfClosed close(deadline) opened handshake-done turned-away introduced drained',
  'suspect.silentAndStalled':
    'went-offline went-offline(canAsk) connect handshake suspect write idle maxAge halfClosed close(deadline) opened handshake-done turned-away introduced drained',
  'closing.draining':
    'went-offline went-offline(canAsk) connect handshake suspect write condemn idle maxAge halfClosed opened handshake-done turned-away introduced bytes-received write-progressed peer-ended half-closed close',
  'closing.halfClosed':
    'went-offline went-offline(canAsk) heartbeat-due connect handshake suspect write condemn idle maxAge opened handshake-done turned-away introduced bytes-received write-progressed drained peer-ended half-closed',
  'closing.parting':
    'went-offline went-offline(canAsk) heartbeat-due connect handshake suspect write condemn idle maxAge halfClosed opened handshake-done turned-away introduced bytes-received write-progressed drained peer-ended half-closed close',
  'closing.aborting':
    'went-offline went-offline(canAsk) heartbeat-due connect handshake suspect write condemn idle maxAge halfClosed opened handshake-done turned-away introduced bytes-received write-progressed drained peer-ended half-closed failed close',
};

/** Ignored events that ordinary operation raises: the chart says why they have no consequence. */
const foreseen: Readonly<Record<string, string>> = {
  'connecting.preparing': 'went-offline went-offline(canAsk)',
  'connecting.dialing': 'went-offline went-offline(canAsk)',
  'connecting.handshaking': 'write-progressed went-offline went-offline(canAsk)',
  'connecting.introducing': 'went-offline went-offline(canAsk)',
  alive: 'went-offline',
  'suspect.silent': 'write-progressed went-offline went-offline(canAsk)',
  'suspect.stalled': 'went-offline went-offline(canAsk)',
  'suspect.silentAndStalled': 'went-offline went-offline(canAsk)',
  'closing.draining': 'bytes-received peer-ended half-closed went-offline went-offline(canAsk) close',
  'closing.halfClosed': 'bytes-received peer-ended half-closed went-offline went-offline(canAsk)',
  'closing.parting': 'bytes-received peer-ended half-closed went-offline went-offline(canAsk) close',
  'closing.aborting': 'bytes-received peer-ended half-closed failed went-offline went-offline(canAsk) close',
};

type First = Omit<ConnectionInput, 'port'>;

const atoms = leaves(connectionMachine.root);
const reached = [{}, { asksFirst: true }, { speaksFirst: true }].flatMap(reachable);

describe('chart: every state', () => {
  test.each(atoms.filter((atom) => !['alive', 'closed'].includes(nameOfNode(atom))))(
    '$key has a deadline of its own, and a way out when it expires',
    (atom) => {
      const armed = lineage(atom).flatMap((node) => node.entry.flatMap(armedBy));
      const guarded = lineage(atom).flatMap(deadlinesLeft);
      expect(armed.length).toBeGreaterThan(0);
      expect(guarded).toContain(armed.at(0));
    },
  );

  test.each(atoms)('$key has a description', (atom) => {
    expect(atom.description).toMatch(/\w+/);
  });

  test('is reached by some path', () => {
    const paths = new Set(reached.map(nameOf));
    expect([...paths].sort()).toEqual(atoms.map(nameOfNode).sort());
  });
});

describe('chart: every event in every reachable state', () => {
  const open = reached.filter(({ status }) => status === 'active');
  test.each(events.map((event) => [labelOf(event), event] as const))(
    '%s is handled or listed',
    (label, event) => {
      for (const snapshot of open) {
        const name = nameOf(snapshot);
        const past = early.includes(label) && name !== 'connecting.preparing';
        const listed = past || (ignored[name]?.split(' ').includes(label) ?? false);
        expect([name, label, snapshot.can(event)]).toEqual([name, label, !listed]);
      }
    },
  );
});

describe('chart: an event without consequences', () => {
  test.each(atoms.map(nameOfNode).filter((name) => name !== 'closed'))('is foreseen in %s', (name) => {
    const here = reached.filter((snapshot) => nameOf(snapshot) === name);
    const taken = here.flatMap((snapshot) => events.filter((event) => isNoted(snapshot, event)));
    const inOrder = events.filter((event) => taken.includes(event)).map(labelOf);
    expect([...new Set(inOrder)].join(' ')).toBe(foreseen[name]);
  });

  test('is told in the chart with a reason', () => {
    const noted = withChildren(connectionMachine.root).flatMap(({ transitions }) =>
      [...transitions.values()].flat().filter(({ target, actions }) => !target && actions.length === 0),
    );
    expect(noted.length).toBeGreaterThan(9);
    for (const { description, eventType } of noted) expect(description, eventType).toMatch(/\w+/);
  });
});

describe('chart: close', () => {
  test('reaches closed from everywhere, without the help of a peer', () => {
    for (const snapshot of reached) {
      const silence: ConnectionEvent = { type: 'deadline-expired', deadline: 'close' };
      const end = [{ type: 'close' } as const, silence, silence].reduce(step, snapshot);
      expect(stateOf(end)).toBe('closed');
    }
  });

  test('leaves a state that is final, with an exit', () => {
    for (const snapshot of reached.filter((each) => stateOf(each) === 'closed')) {
      expect(snapshot.status).toBe('done');
      expect(snapshot.output?.reason).toBeDefined();
    }
  });

  test('does not change the reason of an end that has begun', () => {
    const reset = step(initial(), { type: 'failed', reason: 'refused' });
    expect(step(step(reset, { type: 'close' }), { type: 'socket-closed' }).output?.reason).toBe('refused');
  });
});

describe('chart: preparing', () => {
  const asking = initial({ asksFirst: true });

  test('is passed through when there is nothing to ask for', () => {
    expect(nameOf(initial())).toBe('connecting.dialing');
    expect(nameOf(asking)).toBe('connecting.preparing');
    expect(nameOf(step(asking, { type: 'prepared' }))).toBe('connecting.dialing');
  });

  test.each<[string, ConnectionEvent]>([
    ['provider-failed', { type: 'deadline-expired', deadline: 'provider' }],
    ['provider-failed', { type: 'failed', reason: 'provider-failed' }],
    ['closed-by-us', { type: 'close' }],
  ])('ends at once as %s, as there is no socket: %o', (reason, event) => {
    const end = step(asking, event);
    expect([stateOf(end), end.output?.reason]).toEqual(['closed', reason]);
  });
});

describe('chart: introducing', () => {
  const speaking = { speaksFirst: true };

  test.each<[string, ConnectionEvent[], boolean]>([
    ['an opening that proves', [{ type: 'opened', proof: 'opening' }], true],
    ['an opening that proves nothing', [{ type: 'opened', proof: 'none' }], false],
    ['a handshake', [{ type: 'opened', proof: 'answer' }, { type: 'handshake-done' }], true],
    ['a first byte', [{ type: 'opened', proof: 'answer' }, { type: 'bytes-received' }], true],
  ])('follows %s, and keeps its proof', (_, steps, proved) => {
    const introducing = steps.reduce(step, initial(speaking));
    const alive = step(introducing, { type: 'introduced' });
    expect([nameOf(introducing), nameOf(alive)]).toEqual(['connecting.introducing', 'alive']);
    expect([introducing, alive].map(({ context }) => context.proved)).toEqual([proved, proved]);
    expect(nameOf(steps.reduce(step, initial()))).toBe('alive');
  });

  test('says goodbye when it is closed, as the peer may have heard something', () => {
    const introducing = step(initial(speaking), { type: 'opened', proof: 'opening' });
    expect(nameOf(step(introducing, { type: 'close' }))).toBe('closing.parting');
  });
});

test('chart: the literal names its parts, and holds no function but those for context and output', () => {
  const { context: _, output: __, ...config } = connectionMachine.config;
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

function initial(first: First = {}): ConnectionSnapshot {
  return getInitialSnapshot(connectionMachine, { port: idlePort, ...first });
}

function step(snapshot: ConnectionSnapshot, event: ConnectionEvent): ConnectionSnapshot {
  return snapshot.status === 'done' ? snapshot : getNextSnapshot(connectionMachine, snapshot, event);
}

function reachable(first: First): ConnectionSnapshot[] {
  const serializeState = (snapshot: ConnectionSnapshot) => `${nameOf(snapshot)} ${snapshot.context.proved}`;
  const input = { port: idlePort, ...first };
  return getShortestPaths(connectionMachine, { input, events, serializeState }).map(({ state }) => state);
}

function nameOf({ value }: Pick<ConnectionSnapshot, 'value'>): string {
  return typeof value === 'string' ? value : (Object.entries(value)[0]?.join('.') ?? '');
}

function labelOf(event: ConnectionEvent): string {
  if (event.type === 'went-offline') return event.canAsk ? 'went-offline(canAsk)' : event.type;
  if (event.type !== 'deadline-expired') return event.type;
  return event.deadline === 'close' ? 'close(deadline)' : event.deadline;
}

/** Taken, and nothing follows. */
function isNoted(snapshot: ConnectionSnapshot, event: ConnectionEvent): boolean {
  const taken = connectionMachine.getTransitionData(snapshot, event);
  return taken.length > 0 && !snapshot.can(event);
}

function nameOfNode({ path }: AnyStateNode): string {
  return path.join('.');
}

function withChildren(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(withChildren)];
}

function leaves(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

function lineage(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [node] : [node, ...lineage(node.parent)];
}

function armedBy(action: unknown): string[] {
  const { type, params } = action as { type: string; params?: { deadline: string } };
  return type === 'arm' && params !== undefined ? [params.deadline] : [];
}

function deadlinesLeft(node: AnyStateNode): string[] {
  return (node.transitions.get('deadline-expired') ?? []).flatMap(({ guard }) => {
    const { params } = (guard ?? {}) as { params?: { deadline: string } };
    return params === undefined ? [] : [params.deadline];
  });
}
