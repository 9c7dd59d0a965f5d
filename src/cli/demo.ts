/** `holdfast demo`: a dozen connections to local servers that play scripted faults. */
import type { Command } from 'commander';
import { combineLatest, filter, firstValueFrom, merge } from 'rxjs';
import type { Connection } from '../actors/supervisor/handle.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { ConfigProblem } from '../base/errors.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { createSupervisor } from '../presets/node.ts';
import type { Clock } from '../time/clock.ts';
import { Measures } from './demo/measures.ts';
import { type Fault, script } from './demo/script.ts';
import { Service, type ServiceProtocol } from './demo/service.ts';
import { SessionService } from './demo/session-service.ts';
import { type SessionAccount, SessionTraffic } from './demo/session-traffic.ts';
import { accountLine, summaryTable } from './demo/summary.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { after, ending } from './lifetime.ts';
import { openOutput } from './open-output.ts';
import { addInspectOption, addLineOptions, type Flags, settingsOf } from './options.ts';
import type { Output } from './output.ts';
import { refuse } from './problems.ts';
import { addReportOptions, type ReportFlags, reportingTo } from './reporting.ts';

/** Short enough for a demonstration; far too short for a real network. */
const policy: PolicyConfig = {
  heartbeat: { interval: '500ms', suspectAfter: { min: '150ms', max: '300ms' }, condemnAfter: '1s' },
  deadlines: { connect: '1s', handshake: '1s', close: '500ms' },
  reconnect: { backoff: { base: '100ms', cap: '1s' }, stableAfter: '2s' },
};

const protocols: readonly ServiceProtocol[] = ['line', 'framed', 'websocket', 'redis'];

/** Milliseconds beyond `--for` that a busy machine has until the last connection is back. */
const GRACE_MS = 3000;

const HELP = `
Examples:
  $ holdfast demo --inspect
  $ holdfast demo --for 20s --json

Exit status: 0 when every connection is alive after --for and no message of the session is lost or handled twice,
else 1; 0 after Ctrl-C.`;

export function addDemo(program: Command, run: Run): void {
  const command = program
    .command('demo')
    .summary('watch a dozen connections and a session survive a script of faults')
    .description(
      'Runs servers and connections on loopback, and plays one fault after the other. A session goes on over restarts of its server.',
    );
  addReportOptions(addInspectOption(addLineOptions(command)))
    .addHelpText('after', HELP)
    .action(run((io, flags: Flags & ReportFlags) => demo(io, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function demo(io: Io, flags: Flags & ReportFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  refuse(problems);
  const { clock, env } = io;
  const output = openOutput(io, settings.format, 'demo');
  const { redis } = await import('../protocols/redis/redis.ts');
  const supervisor = createSupervisor({ ...policy, ...output.reporting, clock, protocols: { redis } });
  await inspection(supervisor, settings, env, output);
  await reportingTo(supervisor, 'demo', flags, env);
  const services = protocols.map((protocol) => new Service(protocol));
  const sessions = new SessionService(clock);
  await Promise.all([...services, sessions].map((service) => service.up()));
  const traffic = new SessionTraffic(sessions, clock);
  const measures = new Measures();
  output.follow(supervisor);
  supervisor.events$.subscribe((event) => measures.observe(event, clock.scheduler.now()));
  const connections = [
    ...services.flatMap((service) => connect(supervisor, service)),
    traffic.start(supervisor),
  ];
  const faults$ = merge(script(services, clock, settings.forMs), traffic.restarts(settings.forMs));
  const playing = faults$.subscribe((fault) => {
    measures.begin(fault, clock.scheduler.now());
    announce(fault, output);
  });
  const how = await ending(io, settings.forMs);
  playing.unsubscribe();
  const dead = how === 'elapsed' ? await deadAmong(connections, clock) : [];
  const account = await traffic.account(how === 'elapsed' ? GRACE_MS : 0);
  summarize(measures, account, connections, output);
  const complaint = how === 'elapsed' ? complaintOf(dead, account) : '';
  await supervisor.stop();
  await sessions.stop();
  for (const service of services) service.down();
  output.finish();
  if (complaint === '') return 0;
  io.stderr.write(`holdfast: demo: ${complaint}\n`);
  return 1;
}

function complaintOf(dead: readonly Connection[], { repeated, lost }: SessionAccount): string {
  const names = dead.map(({ id, state }) => `${id} (${state})`).join(', ');
  const wrong = repeated + lost > 0 && `messages of the session: repeated ${repeated}, lost ${lost}`;
  return [names && `not alive at the end: ${names}`, wrong].filter(Boolean).join('; ');
}

function announce({ kind, title, victims }: Fault, output: Output): void {
  output.announce(
    { event: 'fault', fault: kind, connections: victims },
    `fault: ${title}: ${victims.join(', ')}`,
  );
}

function summarize(
  measures: Measures,
  session: SessionAccount,
  connections: readonly Connection[],
  output: Output,
): void {
  const faults = measures.summary();
  const alive = connections.filter(({ state }) => state === 'alive').length;
  output.conclude(
    { event: 'summary', faults, session, alive, connections: connections.length },
    `${summaryTable(faults)}\n${accountLine(session)}\n${alive} of ${connections.length} connections alive at the end`,
  );
}

/** Each connection sends its id whenever it becomes alive, so that its server can aim a fault at it. */
function connect(supervisor: Supervisor, service: Service): Connection[] {
  const { ids, url, protocol } = service;
  return ids.map((id) => {
    const connection = supervisor.connect<unknown, unknown>({ id, url, protocol });
    connection.state$
      .pipe(filter((state) => state === 'alive'))
      .subscribe(() => void connection.send(service.introduction(id)));
    return connection;
  });
}

async function deadAmong(connections: readonly Connection[], clock: Clock): Promise<Connection[]> {
  const all$ = combineLatest(connections.map(({ state$ }) => state$));
  const allAlive$ = all$.pipe(filter((states) => states.every((state) => state === 'alive')));
  await firstValueFrom(merge(allAlive$, after(GRACE_MS, clock)));
  return connections.filter(({ state }) => state !== 'alive');
}
