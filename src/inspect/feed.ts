/** The connections of a supervisor of this process, for the viewers of a hub. Nothing is attached without a viewer. */
import type { Subscription } from 'rxjs';
import type { LifecycleEvent } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { LabelsOf } from './labels.ts';
import { lifecycleMessagesOf } from './lifecycle-messages.ts';
import { Meter } from './meter.ts';
import { printable } from './printable.ts';
import { Registry } from './registry.ts';
import type { Audience, Source, WatchedMessage } from './source.ts';
import { Time } from './supervisor-view.ts';
import { Tap } from './tap.ts';
import type { Delta, FullList, SamplesMessage } from './wire.ts';

export class Feed implements Source {
  readonly #time: Time;
  readonly #registry: Registry;
  readonly #tap: Tap;
  readonly #meter: Meter;
  readonly #events: Subscription;
  /** Watched ids, each with the subscription to its messages. */
  readonly #watched = new Map<string, Subscription | undefined>();
  #audience: Audience | undefined;
  #showsMessages = false;

  constructor(supervisor: Supervisor, labelsOf?: LabelsOf) {
    this.#time = new Time(supervisor.clock);
    this.#registry = new Registry(supervisor, this.#time, labelsOf);
    this.#meter = new Meter(supervisor, this.#time);
    this.#tap = new Tap(supervisor, this.#time, (message) => this.#audience?.tell(message));
    this.#events = supervisor.events$.subscribe((event) => {
      try {
        this.#onLifecycle(event);
      } catch (error) {
        this.#audience?.failed(error);
      }
    });
  }

  open(audience: Audience): void {
    this.#audience = audience;
    this.#registry.open();
  }

  close(): void {
    this.#audience = undefined;
    this.#registry.close();
  }

  /** Forgets the supervisor. */
  end(): void {
    this.#events.unsubscribe();
  }

  full(): FullList {
    return this.#registry.full();
  }

  poll(): readonly Delta[] {
    const delta = this.#registry.poll();
    return delta === undefined ? [] : [delta];
  }

  samples(): readonly SamplesMessage[] {
    return this.#meter.read();
  }

  watch(id: string): readonly WatchedMessage[] | string {
    const found = this.#registry.find(id);
    if (found === undefined) return `watch: no connection has the id ${JSON.stringify(id)}`;
    this.#tap.open(id);
    this.#meter.open(id);
    this.#registry.describe(id, true);
    if (!this.#watched.has(id)) this.#watched.set(id, this.#messagesOf(id));
    const at = this.#time.now();
    const entries = found.history().map((entry) => ({ ...entry, at: this.#time.ofWall(entry.at) }));
    return [{ type: 'history', connection: id, at, entries }, ...this.#tap.present(id)];
  }

  unwatch(id: string): void {
    this.#watched.get(id)?.unsubscribe();
    this.#watched.delete(id);
    this.#tap.close(id);
    this.#meter.close(id);
    this.#registry.describe(id, false);
  }

  showMessages(wanted: boolean): void {
    if (wanted === this.#showsMessages) return;
    this.#showsMessages = wanted;
    for (const [id, subscription] of this.#watched) {
      subscription?.unsubscribe();
      this.#watched.set(id, this.#messagesOf(id));
    }
  }

  #messagesOf(connection: string): Subscription | undefined {
    const found = this.#showsMessages ? this.#registry.find(connection)?.connection : undefined;
    return found?.messages$.subscribe((message) => {
      const text = printable(message);
      const shown = typeof text === 'string' ? text : JSON.stringify(text);
      this.#audience?.tell({ type: 'message', connection, at: this.#time.now(), text: shown });
    });
  }

  #onLifecycle(event: LifecycleEvent): void {
    this.#registry.remember(event);
    if (this.#watched.size === 0) return;
    const watched = [...this.#watched.keys()].flatMap((id) => this.#registry.find(id)?.connection ?? []);
    for (const message of lifecycleMessagesOf(event, watched)) {
      const tell = () => this.#audience?.tell({ ...message, at: this.#time.now() });
      this.#tap.afterStep(message.connection, tell);
    }
  }
}
