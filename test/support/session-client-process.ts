/**
 * A client of a session, in a process that is frozen: `session-client-process.ts <url> <messages>`. Sends its messages at once, and tells on request
 * what it knows. Bundled by the test, as session-server-process.ts is.
 */
import { createSupervisor, framed, silentLogger } from '../../src/index.ts';
import { session } from '../../src/session.ts';

/** What became of the sessions of this client. */
export interface ClientReport {
  /** The messages in doubt, of each session that was lost. */
  readonly lost: readonly (readonly string[])[];
  /** Events of lost sessions, with the counts of messages in doubt. */
  readonly events: readonly number[];
  /** By message. */
  readonly fates: Readonly<Record<string, string>>;
}

const [url = '', count = '0'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(1));
const supervisor = createSupervisor({
  logger: silentLogger,
  heartbeat: { interval: '300ms', condemnAfter: '300ms' },
  reconnect: { backoff: { base: '20ms', cap: '200ms' } },
});
const events: number[] = [];
supervisor.events$.subscribe((event) => event.event === 'session-lost' && events.push(event.unacknowledged));
const connection = supervisor.connect({ url, protocol: session(framed()), onMessage: () => {} });
const lost = new Set<readonly string[]>();
connection.session$.subscribe((info) => info.lost && lost.add(info.lost.unacknowledged as string[]));
const fates: Record<string, string> = {};

function send(text: string): void {
  void connection.send(text).then(async ({ confirmed }) => {
    fates[text] = await confirmed;
  });
}

for (let n = 0; n < Number(count); n++) send(`${n}`);
process.on('message', (text) => {
  if (text === 'report') process.send?.({ lost: [...lost], events, fates } satisfies ClientReport);
  else send(String(text));
});
