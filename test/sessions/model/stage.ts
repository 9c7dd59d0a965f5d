/** The system that the commands of the model act on: two hosts with processes on one store, a network, and one client. */
import { MemoryStore } from '../../../src/sessions/memory-store.ts';
import { type VirtualClock, virtualClock } from '../../../src/testing/clock.ts';
import { type MemoryNetwork, memoryNetwork } from '../../../src/testing/network/memory.ts';
import { Client } from './client.ts';
import { Ledger } from './ledger.ts';
import { Process } from './process.ts';

export const LEASE = 2000;
export const hosts = ['a', 'b'] as const;
export type Host = (typeof hosts)[number];

export class Stage {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly store = new MemoryStore(LEASE);
  readonly ledger = new Ledger();
  readonly client: Client;
  /** The process at each host now, and all that were there. */
  readonly at = new Map<Host, Process>();
  readonly all: Process[] = [];
  handlerMs = 0;
  storeMs = 0;
  /** The share of replies of the store that are lost. */
  losses = 0;
  /** Handlers record their effect in the transaction of the store. */
  transacts = false;
  #texts = 0;

  constructor(seed: number) {
    this.clock = virtualClock({ seed });
    this.network = memoryNetwork({ clock: this.clock });
    this.client = new Client(this);
  }

  loses(): boolean {
    return this.losses > 0 && this.clock.random() < this.losses;
  }

  async begin(host: Host): Promise<void> {
    const { storeMs, losses } = this;
    // `listen` asks the store, and time stands still meanwhile.
    this.storeMs = this.losses = 0;
    const process = await Process.begin(this, host, this.all.length + 1);
    Object.assign(this, { storeMs, losses });
    this.at.set(host, process);
    this.all.push(process);
  }

  /** A server sends that many messages, if the session is at one. */
  tell(count: number): void {
    const process = this.all.findLast(({ held, isRunning }) => isRunning && held?.attached);
    for (let left = count; left > 0; left--) process?.send(`d${++this.#texts}`);
  }

  /** The client reads every 10 ms. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      await this.clock.run(Math.min(10, left));
      this.client.read();
    }
    const [first] = this.ledger.violations;
    if (first !== undefined) throw new Error(first);
  }

  /** All faults end, and what was sent arrives. */
  async settle(): Promise<void> {
    this.handlerMs = this.storeMs = this.losses = 0;
    for (const process of this.all) if (process.clock.isHalted && !process.isDead) process.goOn();
    for (const link of this.network.links) link.heal();
    await this.run(5000);
    for (const host of hosts) if (this.at.get(host)?.isRunning !== true) await this.begin(host);
    for (let turns = 0; turns < 30 && !this.client.isAttached; turns++) {
      if (!this.client.isDialling) this.client.dial(hosts[turns % 2] as Host);
      await this.run(1000);
    }
    await this.run(5000);
    this.client.acknowledge(this.client.received.length);
    await this.run(5000);
  }

  /** Milliseconds until nothing is left, once every process has stopped. */
  async end(): Promise<void> {
    this.client.leave();
    for (const process of this.all) if (process.isRunning) void process.stop();
    await this.run(30_000);
  }
}
