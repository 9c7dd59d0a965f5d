/** A client of another library, and how it is adopted: each call is counted, and answered as the test wants. */
import type { AdoptSpec } from '../../src/adopt/adopt.ts';
import type { Adopting } from '../../src/adopt/adoption.ts';
import { type Deferred, deferred } from '../../src/base/deferred.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export class FakeClient {
  readonly adopting: Adopting<string, Credentials>;
  readonly sent: string[] = [];
  readonly unanswered: Deferred<void>[] = [];
  readonly parting = deferred<void>();
  readonly socket = { bytesRead: 0 };
  frozen = false;
  drops = 0;
  goodbyes = 0;

  constructor(adopting: Adopting<string, Credentials>) {
    this.adopting = adopting;
  }

  ping(): Promise<void> {
    const answer = deferred<void>();
    if (this.frozen) this.unanswered.push(answer);
    else answer.resolve();
    return answer.promise;
  }
}

export type FakeSpec = AdoptSpec<FakeClient, string, string, Credentials>;

/** The clients that were opened, oldest first, and a spec that opens them. */
export function fake(more: Partial<FakeSpec> = {}): { clients: FakeClient[]; spec: FakeSpec } {
  const clients: FakeClient[] = [];
  const spec: FakeSpec = {
    id: 'feed',
    name: 'fake',
    url: 'fake://host:1',
    open(adopting) {
      const client = new FakeClient(adopting);
      clients.push(client);
      return client;
    },
    ping: (client) => client.ping(),
    send: (client, message) => client.sent.push(message),
    goodbye(client) {
      client.goodbyes++;
      return client.parting.promise;
    },
    drop: (client) => client.drops++,
    stream: (client) => client.socket,
    ...more,
  };
  return { clients, spec };
}
