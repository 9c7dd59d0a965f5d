/**
 * A client SDK for a market-data service: a typed API, and nothing of sockets in it. Whoever follows a symbol
 * goes on to hear of it after a reconnect, and sees how fresh the data can be.
 */
import { type Connection, createSupervisor, type Supervisor, type SupervisorOptions } from 'holdfast';
import { distinctUntilChanged, endWith, map, Observable, Subject } from 'rxjs';
import { type FromServer, marketData, type Quote, type ToServer } from './messages.ts';

export interface MarketDataOptions {
  /** `wss://…`. */
  readonly url: string;
  /** What an application may want to change: policy, logger, and in tests clock and transports. */
  readonly connection?: Partial<SupervisorOptions>;
}

/** `live`: connected. `stale`: quotes may be missing just now. `over`: closed, or the service refused us. */
export type Freshness = 'live' | 'stale' | 'over';

export class MarketData implements AsyncDisposable {
  /** The current one at once, then each change. */
  readonly freshness$: Observable<Freshness>;
  readonly #supervisor: Supervisor;
  readonly #connection: Connection<FromServer, ToServer>;
  readonly #followed = new Map<string, Subject<Quote>>();
  /** The incarnation that knows what we follow. */
  #told = 0;

  constructor({ url, connection }: MarketDataOptions) {
    this.#supervisor = createSupervisor(connection);
    this.#connection = this.#supervisor.connect({
      id: 'market-data',
      url,
      protocol: marketData,
      onMessage: (message) => this.#received(message),
    });
    this.#connection.state$.subscribe((state) => state === 'alive' && this.#restore());
    this.freshness$ = this.#connection.state$.pipe(
      map((state) => (state === 'alive' ? 'live' : 'stale')),
      endWith('over' as const),
      distinctUntilChanged(),
    );
  }

  /** The quotes of a symbol, from all servers in turn; the service is asked while somebody is subscribed. */
  quotes(symbol: string): Observable<Quote> {
    return new Observable((subscriber) => {
      const quotes = this.#followed.get(symbol) ?? this.#follow(symbol);
      const subscription = quotes.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        if (!quotes.observed) this.#forget(symbol);
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stop();
    for (const quotes of this.#followed.values()) quotes.complete();
  }

  #follow(symbol: string): Subject<Quote> {
    const quotes = new Subject<Quote>();
    this.#followed.set(symbol, quotes);
    this.#tell({ op: 'subscribe', symbol });
    return quotes;
  }

  #forget(symbol: string): void {
    this.#followed.delete(symbol);
    this.#tell({ op: 'unsubscribe', symbol });
  }

  /** Only a server that knows of the others: the next one is told everything anyway. */
  #tell(message: ToServer): void {
    if (this.#told === this.#connection.incarnation) this.#connection.send(message);
  }

  /** A connection is alive again after a suspicion too, and then the server still knows. */
  #restore(): void {
    if (this.#told === this.#connection.incarnation) return;
    this.#told = this.#connection.incarnation;
    for (const symbol of this.#followed.keys()) this.#tell({ op: 'subscribe', symbol });
  }

  #received(message: FromServer): void {
    if (message.op === 'quote') this.#followed.get(message.quote.symbol)?.next(message.quote);
    else this.#followed.get(message.symbol)?.error(new Error(`no such symbol: ${message.symbol}`));
  }
}
