/** `holdfast send`: standard input goes out message by message, and what comes in goes to standard output, across reconnects. */
import type { Command } from 'commander';
import { filter, firstValueFrom, merge, NEVER, take } from 'rxjs';
import { type LifecycleEvent, sentence } from '../actors/supervisor/events.ts';
import type { Connection } from '../actors/supervisor/handle.ts';
import type { ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { addDialOptions, type DialFlags, SECRETS_HELP } from './dial/flags.ts';
import { dialledEndpoints, type Endpoint } from './endpoints.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { after } from './lifetime.ts';
import { addConnectionOptions, duration, type Flags, settingsOf } from './options.ts';
import { messageOf, refuse } from './problems.ts';
import { quietSupervisor, tell } from './quiet.ts';
import { type Form, formOf } from './send/form.ts';
import { messagesOf } from './send/input.ts';
import { mostBytes, mostMessages, Outgoing } from './send/outgoing.ts';
import { print } from './send/print.ts';
import { inSession } from './sessions/endpoint.ts';

interface SendFlags extends Flags, DialFlags {
  readonly wait?: string;
  readonly session?: true;
}

/** Bytes that may wait for standard output: after the goodbye a full buffer cannot stop the peer any more. */
const BUFFER = { messages: 65_536, bytes: 16 * 1024 * 1024 };

const HELP = `
A line is a message, without its line break; --protocol bytes passes bytes on as they are. A message that comes in is a
line, too. Lifecycle goes to standard error.

A message is sent at most once: the exit code is 0 when the peer has confirmed every one, with the answer to a heartbeat
that was sent after it. The protocols bytes and framed have no such heartbeat: there it is 0 when all was written.
With --session, to a server of sessions, the other side handles each message exactly once and in order, also over reconnects, and
it is 0 when it has handled every one.

Examples:
  $ echo hello | holdfast send tcp://127.0.0.1:7000
  $ holdfast send wss://feed.example/v1 --token-env FEED_TOKEN < orders.ndjson > answers.ndjson
  $ holdfast send wss://orders.example/v1 --session < orders.ndjson
  $ tar c . | holdfast send tls://backup.example:7000 --protocol bytes
  $ echo '{"subscribe":"trades"}' | holdfast send wss://feed.example/v1 --wait 1h | head -100

Exit status: 0 when all was confirmed, 1 when something was not or the connection gave up, 2 for bad usage.
${SECRETS_HELP}`;

export function addSend(program: Command, run: Run): void {
  const command = program
    .command('send')
    .summary('send standard input, and print what comes in')
    .description('Sends standard input message by message, and prints what comes in, across reconnects.')
    .argument('<url>', 'where to connect to');
  const connected = addConnectionOptions(command).option(
    '--wait <duration>',
    'time to go on receiving after the end of standard input (default: none)',
  );
  connected.option(
    '--session',
    'send within a session over ws, wss or framed: each message is handled once, see docs/sessions.md',
  );
  addDialOptions(connected)
    .addHelpText('after', HELP)
    .action(run((io, url: string, flags: SendFlags) => send(io, url, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function send(io: Io, url: string, flags: SendFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  const [asked = { url }] = await dialledEndpoints([url], settings, flags, io, problems);
  const waitMs = duration('--wait', flags.wait, 0, problems) ?? 0;
  const { endpoint, form, listening } = carried(asked, flags, settings.policy, problems);
  refuse(problems);
  const complain = (text: string) => tell(io, text);
  const supervisor = quietSupervisor(withRoom(settings.policy), io);
  supervisor.events$
    .pipe(filter(isNews))
    .subscribe((event) => complain(`${redactUrl(url)}: ${sentence(event)}`));
  const connection = supervisor.connect({ ...endpoint, id: redactUrl(url) });
  const outgoing = new Outgoing(connection, form.confirms, complain);
  const printing = print(connection.messages(listening), form, io);
  await passed(io, connection, form, outgoing, waitMs);
  await supervisor.stop();
  await printing;
  const complaint = outgoing.complaint();
  if (complaint !== undefined) complain(`send: ${complaint}`);
  return complaint === undefined && connection.status !== 'gave-up' ? 0 : 1;
}

/** The endpoint, in a session where that is asked for, and how its messages are written and taken. */
function carried(asked: Endpoint, { session }: SendFlags, policy: PolicyConfig, problems: ConfigProblem[]) {
  const form = formOf(asked, policy, problems);
  if (session !== true || problems.length > 0)
    return { endpoint: asked, form, listening: { buffer: BUFFER } };
  const endpoint = inSession(asked, { side: 'dial', option: '--session' }, {}, problems);
  // A session confirms what was handled, and hands one message out at a time.
  return { endpoint, form: { ...form, confirms: true }, listening: {} };
}

/** Resolves when standard input has ended and all was confirmed, or when that will not happen any more. */
async function passed(
  io: Io,
  connection: Connection<unknown>,
  form: Form,
  outgoing: Outgoing,
  waitMs: number,
): Promise<void> {
  const over = Promise.race([connection.closed, firstValueFrom(merge(io.quit$, NEVER).pipe(take(1)))]);
  let isOver = false;
  const ending = over.then(() => {
    isOver = true;
    io.stdin.destroy();
    outgoing.stop();
  });
  try {
    for await (const message of messagesOf(io.stdin, form)) {
      if (isOver) break;
      await outgoing.send(message);
    }
  } catch (error) {
    if (!isOver) outgoing.fail(`standard input: ${messageOf(error)}`);
  }
  if (isOver) return;
  await Promise.race([outgoing.settled(), ending]);
  if (waitMs > 0 && !isOver) await Promise.race([firstValueFrom(after(waitMs, io.clock)), ending]);
}

/** The window of messages under way, and not the outbox, is the limit of what waits. */
function withRoom(policy: PolicyConfig): PolicyConfig {
  const outbox = {
    ...policy.outbox,
    messages: mostMessages + 1,
    bytes: 2 * mostBytes,
    overflow: 'reject' as const,
  };
  return { ...policy, outbox };
}

/** A first connection that succeeds, and an end that was asked for, are no news. */
function isNews(event: LifecycleEvent): boolean {
  if (event.event === 'state')
    return event.to === 'alive' ? event.incarnation > 1 && event.from === 'connecting' : isExit(event);
  if (event.event === 'session-lost' || event.event === 'session-stuck') return true;
  return event.event === 'reconnect-scheduled' || event.event === 'gave-up' || event.event === 'warning';
}

function isExit({ to, reason }: Extract<LifecycleEvent, { event: 'state' }>): boolean {
  return to === 'closed' && reason !== 'closed-by-us';
}
