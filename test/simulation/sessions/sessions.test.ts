/**
 * Sessions between supervisors, with processes that die, stand still or stop, and a network with faults, from one seed; the invariants are
 * checked after every callback. `SEED=7` runs that seed, `SEEDS=1000` runs the seeds 1 to 1000, and `SEEDS=401-800` those; odd seeds over
 * `framed` and even ones over `websocket`, or all over `CARRIER`.
 */
import { expect, test } from 'vitest';
import { seedsOf } from '../seeds.ts';
import type { Carrier } from './carrier.ts';
import { simulateSessions } from './scenario.ts';

const { SEED, CARRIER } = process.env;

/** Seeds that found a fault, by the carrier over which they did. */
const found: readonly (readonly [seed: number, carrier: Carrier])[] = [
  // A session that went on after its goodbye.
  [458, 'framed'],
  // A timer of a session whose hello was answered after its supervisor had stopped.
  [606, 'framed'],
  // A session whose handler had failed, with `onFailure: 'end'`, went on without handing anything out.
  [667, 'framed'],
  // A message whose handler had failed came again, unflagged, as the session went on: another process had been asked for it meanwhile.
  [33, 'framed'],
  // A message whose effect was in the transaction of the store, where its process died before it heard of that: counted as not handled.
  [211, 'framed'],
  // A side that waited for the window while it closed was condemned, as it said nothing more.
  [572, 'framed'],
  // A side that had said goodbye, and waited for the answer, was condemned before it came.
  [1318, 'framed'],
  // Pieces of a message put off the next ping by the time until they were looked for.
  [45, 'websocket'],
];

function carrierOf(seed: number): Carrier {
  return (CARRIER as Carrier | undefined) ?? (seed % 2 === 0 ? 'websocket' : 'framed');
}

const isDefault = SEED === undefined && process.env.SEEDS === undefined;
const lives = [
  ...seedsOf(20, []).map((seed) => [seed, carrierOf(seed)] as const),
  ...(isDefault ? found : []),
];

test('simulation of sessions: all invariants hold for every seed', { timeout: 3_600_000 }, async () => {
  const sums = { handed: 0, again: 0, confirmed: 0, epochs: 0 };
  for (const [seed, carrier] of lives) {
    const outcome = await simulateSessions(seed, carrier);
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += outcome[key];
  }
  if (SEED !== undefined) return;
  const perSeed = (sum: number) => sum / lives.length;
  expect(perSeed(sums.handed)).toBeGreaterThanOrEqual(40);
  expect(perSeed(sums.confirmed)).toBeGreaterThanOrEqual(35);
  expect(perSeed(sums.epochs)).toBeGreaterThanOrEqual(8);
  expect(perSeed(sums.again)).toBeGreaterThanOrEqual(0.5);
});

test.each(['framed', 'websocket'] as const)(
  'simulation of sessions over %s: a seed repeats its log to the last line',
  async (carrier) => {
    const [first, second] = [await simulateSessions(7, carrier), await simulateSessions(7, carrier)];
    expect(first.log.length).toBeGreaterThan(100);
    expect(second.log).toEqual(first.log);
  },
);
