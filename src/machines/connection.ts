/** The statechart of one incarnation: one socket, from dialling to its exit. Messages pass beside it. */
import { assign, type SnapshotFrom } from 'xstate';
import type { Exit, ExitReason } from '../policy/exits.ts';
import { type ConnectionContext, type ConnectionInput, initially, UNKNOWN, verdictOf } from './context.ts';
import type { ConnectionEvent, Deadline, StageDeadline, TrafficDeadline } from './port.ts';
import { setup } from './setup.ts';

const closesLate = { type: 'isDeadline', params: { deadline: 'close' } } as const;
const closedByUs = { type: 'judge', params: { reason: 'closed-by-us' } } as const;
const condemnsSoon = { type: 'arm', params: { deadline: 'condemn' } } as const;
const shakesSoon = { type: 'arm', params: { deadline: 'handshake' } } as const;
/** The socket is usable, once the application has spoken. */
const usable = [
  { guard: 'speaksFirst', target: '#connection.connecting.introducing', actions: 'prove' },
  { target: '#connection.alive', actions: 'prove' },
] as const;
const shakesLate = {
  guard: { type: 'isDeadline', params: { deadline: 'handshake' } },
  target: '#connection.closing.aborting',
  actions: { type: 'judgeOpening', params: { reason: 'handshake-timeout' } },
} as const;

/** The connection chart; its port performs what it asks for. */
export const connectionMachine = setup({
  types: {} as {
    context: ConnectionContext;
    input: ConnectionInput;
    events: ConnectionEvent;
    output: Exit;
  },
  guards: {
    isDeadline: ({ event }, params: { deadline: Deadline }) =>
      event.type === 'deadline-expired' && event.deadline === params.deadline,
    hasNothingToAsk: ({ context }) => !context.asksFirst,
    mustProve: ({ event }) => event.type === 'opened' && event.proof === 'answer',
    speaksFirst: ({ context }) => context.speaksFirst,
    canAsk: ({ event }) => event.type === 'went-offline' && event.canAsk,
  },
  actions: {
    prepare: ({ context }) => context.port.prepare(),
    dial: ({ context }) => context.port.dial(),
    startHandshake: ({ context }) => context.port.startHandshake(),
    introduce: ({ context }) => context.port.introduce(),
    arm: ({ context }, params: { deadline: StageDeadline }) => context.port.arm(params.deadline),
    disarm: ({ context }) => context.port.disarm(),
    reportTraffic: ({ context }) => context.port.reportTraffic(true),
    ignoreTraffic: ({ context }) => context.port.reportTraffic(false),
    watch: ({ context }, params: { for: readonly TrafficDeadline[] }) => context.port.watch(params.for),
    stopWatching: ({ context }) => context.port.watch(undefined),
    releaseMessages: ({ context }) => context.port.flow(true),
    holdMessages: ({ context }) => context.port.flow(false),
    sendHeartbeat: ({ context }) => context.port.sendHeartbeat(),
    drain: ({ context }) => context.port.drain(),
    sayGoodbye: ({ context }) => context.port.sayGoodbye((context.verdict ?? UNKNOWN).reason),
    destroySocket: ({ context }) => context.port.destroy(),
    release: ({ context }) => context.port.release(),
    prove: assign({ proved: ({ event }) => event.type !== 'opened' || event.proof === 'opening' }),
    judge: assign({ verdict: (_, params: { reason: ExitReason }) => params }),
    judgeCutOff: assign({ verdict: { reason: 'cut-off' } }),
    judgeOpening: assign({
      verdict: ({ context }, params: { reason: ExitReason }) => context.port.tooLate(params.reason),
    }),
    judgeEvent: assign({ verdict: ({ event }) => verdictOf(event) }),
  },
}).createMachine({
  id: 'connection',
  description: 'One socket, from dialling to its exit.',
  context: ({ input }) => initially(input),
  output: ({ context }) => context.port.exit(context.verdict ?? UNKNOWN, context.proved),
  initial: 'connecting',
  states: {
    connecting: {
      description: 'The socket opens, then the peer proves itself.',
      initial: 'preparing',
      exit: 'disarm',
      on: {
        failed: { target: '#connection.closing.aborting', actions: 'judgeEvent' },
        'went-offline': { description: 'Deadlines decide.' },
        'peer-ended': { target: '#connection.closing.aborting', actions: 'judgeEvent' },
        'socket-closed': { target: '#connection.closed', actions: 'judgeCutOff' },
        close: { target: '#connection.closing.aborting', actions: closedByUs },
      },
      states: {
        preparing: {
          description: 'Functions say where and how to dial.',
          entry: [{ type: 'arm', params: { deadline: 'provider' } }, 'prepare'],
          always: { guard: 'hasNothingToAsk', target: 'dialing' },
          on: {
            prepared: { target: 'dialing' },
            failed: { target: '#connection.closed', actions: 'judgeEvent' },
            'deadline-expired': {
              guard: { type: 'isDeadline', params: { deadline: 'provider' } },
              target: '#connection.closed',
              actions: { type: 'judgeOpening', params: { reason: 'provider-failed' } },
            },
            close: { target: '#connection.closed', actions: closedByUs },
          },
        },
        dialing: {
          description: 'The socket is opening.',
          entry: [{ type: 'arm', params: { deadline: 'connect' } }, 'dial'],
          on: {
            opened: [{ guard: 'mustProve', target: 'handshaking' }, ...usable],
            'deadline-expired': {
              guard: { type: 'isDeadline', params: { deadline: 'connect' } },
              target: '#connection.closing.aborting',
              actions: { type: 'judgeOpening', params: { reason: 'connect-timeout' } },
            },
          },
        },
        handshaking: {
          description: 'Open, which proves nothing yet.',
          entry: [shakesSoon, 'reportTraffic', 'startHandshake'],
          exit: 'ignoreTraffic',
          on: {
            'handshake-done': usable,
            'turned-away': { target: '#connection.closing.parting', actions: 'judgeEvent' },
            'bytes-received': usable,
            'write-progressed': { description: 'Proves nothing.' },
            'deadline-expired': shakesLate,
          },
        },
        introducing: {
          description: 'The application speaks first.',
          entry: [{ type: 'watch', params: { for: [] } }, shakesSoon, 'introduce'],
          on: {
            introduced: { target: '#connection.alive' },
            'heartbeat-due': { actions: 'sendHeartbeat' },
            'bytes-received': { actions: 'prove' },
            'half-closed': { target: '#connection.closing.aborting', actions: 'judgeEvent' },
            'deadline-expired': shakesLate,
            close: { target: '#connection.closing.parting', actions: closedByUs },
          },
        },
      },
    },
    alive: {
      description: 'Usable. Messages flow; heartbeats ask or announce.',
      entry: [{ type: 'watch', params: { for: ['suspect', 'write', 'idle', 'maxAge'] } }, 'releaseMessages'],
      exit: 'holdMessages',
      on: {
        'heartbeat-due': { actions: 'sendHeartbeat' },
        'bytes-received': { actions: 'prove' },
        'deadline-expired': [
          {
            guard: { type: 'isDeadline', params: { deadline: 'suspect' } },
            target: '#connection.suspect.silent',
          },
          {
            guard: { type: 'isDeadline', params: { deadline: 'write' } },
            target: '#connection.suspect.stalled',
          },
          {
            guard: { type: 'isDeadline', params: { deadline: 'idle' } },
            target: '#connection.closing',
            actions: { type: 'judge', params: { reason: 'idle-timeout' } },
          },
          {
            guard: { type: 'isDeadline', params: { deadline: 'maxAge' } },
            target: '#connection.closing',
            actions: { type: 'judge', params: { reason: 'max-age' } },
          },
        ],
        'went-offline': [
          { guard: 'canAsk', target: '#connection.suspect.silent', actions: 'sendHeartbeat' },
          { description: 'No probe to send.' },
        ],
        'peer-ended': { target: '#connection.closing', actions: 'judgeEvent' },
        'half-closed': { target: '#connection.closing.halfClosed', actions: 'judgeEvent' },
        'socket-closed': { target: '#connection.closed', actions: ['judgeCutOff', 'stopWatching'] },
        failed: { target: '#connection.closing.aborting', actions: 'judgeEvent' },
        close: { target: '#connection.closing', actions: closedByUs },
      },
    },
    suspect: {
      description: 'An answer or the progress of a write is overdue. Messages are held.',
      entry: 'reportTraffic',
      exit: ['disarm', 'ignoreTraffic'],
      on: {
        'heartbeat-due': { actions: 'sendHeartbeat' },
        'went-offline': { description: 'Suspect already.' },
        'peer-ended': { target: '#connection.closing', actions: 'judgeEvent' },
        'half-closed': { target: '#connection.closing.halfClosed', actions: 'judgeEvent' },
        'socket-closed': { target: '#connection.closed', actions: ['judgeCutOff', 'stopWatching'] },
        failed: { target: '#connection.closing.aborting', actions: 'judgeEvent' },
        close: { target: '#connection.closing', actions: closedByUs },
      },
      initial: 'silent',
      states: {
        silent: {
          description: 'The peer does not answer. Any inbound byte refutes that.',
          entry: [{ type: 'watch', params: { for: ['write'] } }, condemnsSoon],
          on: {
            'bytes-received': { target: '#connection.alive', actions: 'prove' },
            'write-progressed': { description: 'Proves nothing.' },
            'deadline-expired': [
              { guard: { type: 'isDeadline', params: { deadline: 'write' } }, target: 'silentAndStalled' },
              {
                guard: { type: 'isDeadline', params: { deadline: 'condemn' } },
                target: '#connection.closing.aborting',
                actions: { type: 'judge', params: { reason: 'heartbeat-timeout' } },
              },
            ],
          },
        },
        stalled: {
          description: 'A write makes no progress. Only progress refutes that.',
          entry: [{ type: 'watch', params: { for: ['suspect'] } }, condemnsSoon],
          on: {
            'write-progressed': { target: '#connection.alive' },
            'bytes-received': { actions: 'prove' },
            'deadline-expired': [
              { guard: { type: 'isDeadline', params: { deadline: 'suspect' } }, target: 'silentAndStalled' },
              {
                guard: { type: 'isDeadline', params: { deadline: 'condemn' } },
                target: '#connection.closing.aborting',
                actions: { type: 'judge', params: { reason: 'write-timeout' } },
              },
            ],
          },
        },
        silentAndStalled: {
          description: 'Both. Each is refuted by its own evidence.',
          entry: [{ type: 'watch', params: { for: [] } }, condemnsSoon],
          on: {
            'bytes-received': { target: 'stalled', actions: 'prove' },
            'write-progressed': { target: 'silent' },
            'deadline-expired': {
              guard: { type: 'isDeadline', params: { deadline: 'condemn' } },
              target: '#connection.closing.aborting',
              actions: { type: 'judge', params: { reason: 'heartbeat-timeout' } },
            },
          },
        },
      },
    },
    closing: {
      description: 'Ends. The reason no longer changes.',
      entry: ['stopWatching', { type: 'arm', params: { deadline: 'close' } }],
      exit: 'disarm',
      initial: 'draining',
      on: {
        'socket-closed': { target: 'closed' },
        'peer-ended': { description: 'The peer closes too.' },
        'half-closed': { description: 'The peer closes too.' },
        close: { description: 'Closing already.' },
        'bytes-received': { description: 'Too late.' },
        'went-offline': { description: 'Deadlines decide.' },
        failed: { target: '.aborting' },
        'deadline-expired': { guard: closesLate, target: '.aborting' },
      },
      states: {
        halfClosed: {
          description: 'The peer ended its stream, and may still read. Late answers are sent.',
          entry: [{ type: 'arm', params: { deadline: 'halfClosed' } }, 'releaseMessages'],
          exit: { type: 'arm', params: { deadline: 'close' } },
          on: {
            close: { target: 'draining' },
            'deadline-expired': {
              guard: { type: 'isDeadline', params: { deadline: 'halfClosed' } },
              target: 'draining',
            },
          },
        },
        draining: {
          description:
            'Accepted messages are sent, and heartbeats. When that takes too long our goodbye is tried.',
          entry: [{ type: 'watch', params: { for: [] } }, 'drain'],
          exit: 'stopWatching',
          on: {
            'heartbeat-due': { actions: 'sendHeartbeat' },
            drained: { target: 'parting' },
            'deadline-expired': { guard: closesLate, target: 'aborting', actions: 'sayGoodbye' },
          },
        },
        parting: { description: 'Our goodbye was sent. Waits for the peer to close.', entry: 'sayGoodbye' },
        aborting: {
          description: 'The socket is destroyed. Waits for its last event.',
          entry: [{ type: 'arm', params: { deadline: 'close' } }, 'destroySocket'],
          on: {
            failed: { description: 'Destroyed already.' },
            'deadline-expired': { guard: closesLate, target: '#connection.closed' },
          },
        },
      },
    },
    closed: { description: 'Over. The output is the exit.', type: 'final', entry: 'release' },
  },
});

/** The type of the connection chart. */
export type ConnectionMachine = typeof connectionMachine;
export type ConnectionSnapshot = SnapshotFrom<ConnectionMachine>;
/** The states of the connection chart. */
export type ConnectionState = 'connecting' | 'alive' | 'suspect' | 'closing' | 'closed';

/** The top-level state of a snapshot, without its substate. */
export function stateOf({ value }: ConnectionSnapshot): ConnectionState {
  return (typeof value === 'string' ? value : Object.keys(value)[0]) as ConnectionState;
}
