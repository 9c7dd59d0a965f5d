/** The settings of a scenario with sessions: two servers over one carrier, and what is drawn for the sessions between them. */
import { resolvePolicy } from '../../../src/config/resolve.ts';
import type { Chance } from '../chance.ts';
import { type Settings, settingsOf } from '../settings.ts';
import type { Carrier } from './carrier.ts';

export type SessionSettings = ReturnType<typeof sessionsOf>;

/** As of any seed, but that both hosts accept sessions and connections come back. */
export function worldOf(chance: Chance, carrier: Carrier): Settings {
  const drawn = settingsOf(chance);
  const { reconnect, heartbeat, ...config } = drawn.config;
  const patient = {
    ...config,
    // A hello waits up to 2 s for another process.
    deadlines: { ...config.deadlines, handshake: 4000, maxAge: chance.pick([null, null, 5000]) },
    heartbeat: {
      ...heartbeat,
      interval: heartbeat.interval ?? 1000,
      // Both sides of a WebSocket ask: one that is not answered is condemned.
      reply: heartbeat.reply || carrier === 'websocket',
    },
    reconnect: {
      ...reconnect,
      restart: chance.pick(['permanent', 'permanent', 'permanent', 'transient'] as const),
    },
  };
  return {
    ...drawn,
    config: patient as Settings['config'],
    policy: resolvePolicy(patient),
    hosts: [`held-${carrier}`, `held-${carrier}`],
    ids: chance.int(1, 3),
    steps: 100,
  };
}

export function sessionsOf(chance: Chance) {
  return {
    /** `own`: each process has a store of its own, which ends with it. */
    store: chance.pick(['shared', 'shared', 'own'] as const),
    window: { messages: chance.pick([1, 3, 20, 1024]), bytes: chance.pick([500, 20_000, 1_048_576]) },
    keepFor: chance.pick([1000, 5000, 120_000, 120_000]),
    onLost: chance.pick(['report', 'resend'] as const),
    onFailure: chance.pick(['handled', 'handled', 'end'] as const),
    /** Milliseconds of a slow handler, at most. */
    slowMs: chance.pick([0, 50, 1000]),
    /** The share of messages whose handler fails. */
    failures: chance.pick([0, 0, 0.02]),
    /** Milliseconds of a call of the store, in each direction, at most. */
    storeMs: chance.pick([0, 0, 10, 100]),
    /** The share of replies of the store that are lost. */
    losses: chance.pick([0, 0, 0.05]),
  };
}
