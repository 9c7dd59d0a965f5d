/** The connections of `watch`, which follow a list of endpoints as it changes. */
import type { Connection } from '../../actors/supervisor/handle.ts';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import type { Endpoint } from '../endpoints.ts';

/** An endpoint with its place in the list. */
export interface Member {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly policy: PolicyConfig;
  readonly labels: Readonly<Record<string, string>>;
  /** All that decides where and how it is dialled, as a text to compare. */
  readonly identity: string;
}

/** Counts of what a list changed. */
export interface Changes {
  readonly added: number;
  readonly removed: number;
  /** Dialled anew, with another URL, protocol or credentials. */
  readonly replaced: number;
  /** Kept, with another policy. */
  readonly configured: number;
}

/** What is told of the connections. */
export interface Listening {
  /** Before a connection dials. */
  readonly dialling: (id: string) => void;
  readonly onMessage?: ((message: unknown, connection: Connection) => void) | undefined;
}

interface Held {
  readonly connection: Connection;
  member: Member;
}

export class Fleet {
  readonly #supervisor: Supervisor;
  readonly #dialling: (id: string) => void;
  readonly #onMessage: Listening['onMessage'];
  readonly #held = new Map<string, Held>();
  #change: (() => void) | undefined;

  constructor(supervisor: Supervisor, { dialling, onMessage }: Listening) {
    this.#supervisor = supervisor;
    this.#dialling = dialling;
    this.#onMessage = onMessage;
  }

  get connections(): readonly Connection[] {
    return [...this.#held.values()].map(({ connection }) => connection);
  }

  labelsOf(id: string): Readonly<Record<string, string>> | undefined {
    return this.#held.get(id)?.member.labels;
  }

  /** Dials what is new, closes what is gone, and leaves alone what is as it was. Resolves when the closed ones are gone. */
  async follow(members: readonly Member[]): Promise<Changes> {
    const wanted = new Map(members.map((member) => [member.id, member]));
    const leaving = [...this.#held.values()].filter(
      ({ member }) => wanted.get(member.id)?.identity !== member.identity,
    );
    const replaced = leaving.filter(({ member }) => wanted.has(member.id)).length;
    for (const { member } of leaving) this.#held.delete(member.id);
    const configured = members.filter((member) => this.#configured(member)).length;
    const closing = leaving.map(({ connection }) => connection.close());
    const fresh = members.filter(({ id }) => !this.#held.has(id));
    const ids = new Set(leaving.map(({ member }) => member.id));
    for (const member of fresh) if (!ids.has(member.id)) this.#connect(member);
    await Promise.all(closing);
    for (const member of fresh) if (ids.has(member.id)) this.#connect(member);
    this.#change?.();
    return { added: fresh.length - replaced, removed: leaving.length - replaced, replaced, configured };
  }

  /** Resolves when every connection is over, and no list was followed since. */
  async over(): Promise<void> {
    for (;;) {
      const changed = new Promise<'changed'>((resolve) => (this.#change = () => resolve('changed')));
      const all = Promise.all(this.connections.map(({ closed }) => closed));
      if ((await Promise.race([all, changed])) !== 'changed') return;
    }
  }

  #connect(member: Member): void {
    const { id, endpoint, policy } = member;
    this.#dialling(id);
    const onMessage = this.#onMessage ?? endpoint.onMessage;
    const spec = { ...policy, ...endpoint, ...(onMessage && { onMessage }), id };
    this.#held.set(id, { connection: this.#supervisor.connect(spec), member });
  }

  /** Gives a connection that is kept its new policy and labels; returns whether the policy is another one. */
  #configured(member: Member): boolean {
    const held = this.#held.get(member.id);
    if (held === undefined) return false;
    const changes = JSON.stringify(held.member.policy) !== JSON.stringify(member.policy);
    if (changes) held.connection.configure(member.policy);
    held.member = member;
    return changes;
  }
}
