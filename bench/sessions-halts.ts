/** The part `kills` of the sessions bench: server processes that are killed or frozen every few seconds. */
import { redisProcess } from '../test/support/redis-process.ts';
import type { KillOutcome, KillTrial } from '../test/support/session-kills.ts';
import { flaws } from '../test/support/session-verdicts.ts';
import type { Carrier } from './sessions-wires.ts';
import { outcomeOf } from './support/processes.ts';
import { sized } from './support/size.ts';

const many: Omit<KillTrial, 'carrier'> = {
  ...{
    seed: 16,
    transaction: false,
    onLost: 'report',
    processes: 1,
    everyMs: sized(3000, 700),
    halts: sized(1000, 1),
  },
  ...{ sessions: sized(200, 6), messages: sized(500, 40), most: sized(15_000, 5000) },
};
const slow = { every: sized(40, 20), ms: sized(3000, 300) };
const all: readonly (readonly [string, Partial<KillTrial>, 'redis' | 'redis itself' | 'memory'])[] = [
  ['one process, killed', {}, 'redis'],
  ['one process, killed; effects in transactions', { transaction: true, messages: sized(30, 10) }, 'redis'],
  ['two processes, one killed', { processes: 2, messages: sized(60, 10), slow }, 'redis'],
  [
    'two processes, one frozen for 5 s',
    { processes: 2, messages: sized(60, 10), slow, freezeMs: sized(5000, 2500) },
    'redis',
  ],
  ['one process; Redis is frozen', { freezeMs: sized(10_000, 1500), halts: 1 }, 'redis itself'],
  ['one process, killed; its clients report', {}, 'memory'],
  ['one process, killed; its clients resend', { onLost: 'resend' }, 'memory'],
];

/** Each takes seconds, of which most are those of leases. */
const trials = sized(
  all,
  all.filter((_, at) => at % 3 === 0),
);

/** Resolves with whether sessions held what they promise. */
export async function kills(carrier: Carrier): Promise<boolean> {
  const redis = await redisProcess();
  let isFlawless = true;
  for (const [name, more, where] of trials) {
    if (where !== 'memory' && redis === undefined) {
      console.log(`\n${name}, sessions in Redis: not run, as there is no command redis-server`);
      continue;
    }
    const of: KillTrial = {
      ...{ carrier, ...many, ...more },
      ...(where !== 'memory' && redis && { redis: redis.port }),
      ...(where === 'redis itself' && redis && { freezes: redis.pid }),
    };
    const from = performance.now();
    const outcome = await outcomeOf<KillOutcome>('../sessions-kills.ts', [JSON.stringify(of)]);
    tell(`${name}, sessions in ${where === 'memory' ? 'memory' : 'Redis'}, ${carrier}`, of, outcome);
    console.log(`  ${((performance.now() - from) / 1000).toFixed(1)} s`);
    const wrong = flaws(of, outcome);
    if (wrong.length > 0) console.log(`  FAILED: ${wrong.join(', ')}`);
    isFlawless &&= wrong.length === 0;
  }
  redis?.stop();
  return isFlawless;
}

function tell(name: string, { sessions, messages, seed }: KillTrial, outcome: KillOutcome): void {
  const { audit, fates, received, relay, halts, lostSessions, named, written } = outcome;
  console.log(`\n${name}: ${sessions} sessions, ${messages} messages to the server in each, seed ${seed}`);
  console.log(
    `  to the server   ${audit.begun} begun, ${audit.flagged} of them flagged, ${audit.repeated} for the second time, ` +
      `${audit.unflagged} of these unflagged, ${audit.misplaced} out of place, ${audit.overlapping + audit.foreign} in two processes`,
  );
  const told = Object.entries(fates).map(([fate, count]) => `${count} ${fate}`);
  console.log(`  their senders   ${told.join(', ')}`);
  console.log(
    `  to the clients  ${written} known to have a number, ${received.handled} handled, ${received.lost} lost, ` +
      `${received.repeated} repeated, ${received.misplaced} out of place`,
  );
  console.log(
    `  processes       ${halts} times killed or frozen; ${lostSessions} sessions lost, with ${named} messages in doubt`,
  );
  console.log(
    `  sockets         ${relay.sockets}: ${relay.cut} cut, ${relay.reset} reset, ${relay.freeze} frozen, ` +
      `${relay['half-open']} held half-open`,
  );
}
