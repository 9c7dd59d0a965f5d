/**
 * A client SDK for a market-data service: a typed API, and nothing of sockets in it. Whoever follows a symbol
 * goes on to hear of it after a reconnect, and sees how fresh the data can be.
 */
import {
  type Connection,
  createSupervisor,
  type ExitReason,
  type Supervisor,
  type SupervisorOptions,
} from 'holdfast';
import { defer, distinctUntilChanged, endWith, map, Observable, Subject, takeUntil } from 'rxjs';
import { type FromServer, marketData, type Quote, type ToServer } from './messages.ts';

export interface MarketDataOptions {
  /** `wss://…`; of several the next one serves when one does not. */
  readonly url: string | readonly string[];
  /** Asked for each attempt, and once more when the service refuses its answer. */
  readonly token: (signal: AbortSignal) => string | Promise<string>;
  /** What an application may want to change: policy, logger, and in tests clock and transports. */
  readonly connection?: Partial<SupervisorOptions>;
}

/** `live`: connected. `stale`: quotes may be missing just now. `over`: closed, or the service refused us. */
export type Freshness = 'live' | 'stale' | 'over';

/** No more quotes will come: `reason` is `unauthorized` for a token that was refused twice. */
export class MarketDataError extends Error {
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super(`the market-data service is lost: ${reason}`);
    this.name = 'MarketDataError';
    this.reason = reason;
  }
}

export class MarketData implements AsyncDisposable {
  /** The current one at once, then each change. */
  readonly freshness$: Observable<Freshness>;
  readonly #supervisor: Supervisor;
  readonly #connection: Connection<FromServer, ToServer>;
  readonly #followed = new Map<string, Subject<Quote>>();
  /** Emits when we closed it, and fails when the service was lost for good. */
  readonly #end$ = defer(() => this.#connection.closed).pipe(
    map(({ reason }) => {
      if (reason !== 'closed-by-us') throw new MarketDataError(reason);
    }),
  );
  /** The incarnation that knows what we follow. */
  #told = 0;

  constructor({ url, token, connection }: MarketDataOptions) {
    this.#supervisor = createSupervisor(connection);
    this.#connection = this.#supervisor.connect({
      id: 'market-data',
      url,
      protocol: marketData,
      // In the query, since browsers send no headers. It is in no log and no event.
      credentials: async ({ signal }) => ({ query: { token: await token(signal) } }),
      onMessage: (message) => this.#received(message),
    });
    this.#connection.state$.subscribe((state) => state === 'alive' && this.#restore());
    this.freshness$ = this.#connection.state$.pipe(
      map((state) => (state === 'alive' ? 'live' : 'stale')),
      endWith('over' as const),
      distinctUntilChanged(),
    );
  }

  /**
   * The quotes of a symbol, from all servers in turn; the service is asked while somebody is subscribed. Completes
   * when we close; fails with `MarketDataError`, or for a symbol that does not exist.
   */
  quotes(symbol: string): Observable<Quote> {
    const quotes$ = new Observable<Quote>((subscriber) => {
      const quotes = this.#followed.get(symbol) ?? this.#follow(symbol);
      const subscription = quotes.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        if (!quotes.observed) this.#forget(symbol);
      };
    });
    return quotes$.pipe(takeUntil(this.#end$));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#supervisor.stop();
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
