/** The session of the demo, over real sockets: its server freezes, is killed and comes back. */
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { SessionService } from '../../../src/cli/demo/session-service.ts';
import { SessionTraffic } from '../../../src/cli/demo/session-traffic.ts';
import { accountLine } from '../../../src/cli/demo/summary.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { systemClock } from '../../../src/time/clock.ts';

test('demo session: each message is handled once, those that a frozen server lost with its sockets included', async () => {
  const service = new SessionService(systemClock);
  await service.up();
  const supervisor = createSupervisor({
    logger: silentLogger,
    reconnect: { backoff: { base: 50, cap: 50 } },
  });
  onTestFinished(async () => {
    await supervisor.stop();
    await service.stop();
  });
  const traffic = new SessionTraffic(service, systemClock);
  const attached$ = supervisor.events$.pipe(
    filter((event) => event.event === 'session' && event.to === 'attached'),
  );
  const twice = firstValueFrom(attached$.pipe(take(2), toArray()));
  traffic.start(supervisor);
  traffic.restarts(60_000).subscribe();
  await twice;
  const account = await traffic.account(5000);
  expect(account).toMatchObject({ restarts: 1, resumed: 1, repeated: 0, lost: 0, handled: account.sent });
  expect(account.sent).toBeGreaterThan(10);
  expect(account.replayed).toBeGreaterThan(0);
  expect([...service.handled]).toEqual(Array.from({ length: account.sent }, (_, at) => `message ${at + 1}`));
});

test('demo session: the line of its account', () => {
  const account = { restarts: 2, resumed: 2, sent: 189, handled: 189, repeated: 0, lost: 0, replayed: 6 };
  expect(accountLine(account)).toBe(
    'session over 2 restarts of its server: resumed 2, messages replayed 6\nmessages sent 189, handled 189, repeated 0, lost 0',
  );
});
