/**
 * A client SDK for a market-data service: a typed API that shows no sockets. Subscriptions of symbols survive
 * reconnects, and `freshness$` shows whether the quotes are up to date.
 */
import {
  type Connection,
  createSupervisor,
  type ExitReason,
  type Opening,
  type Supervisor,
  type SupervisorOptions,
} from 'holdfast';
import { defer, distinctUntilChanged, endWith, map, Observable, Subject, takeUntil } from 'rxjs';
import { type FromServer, marketData, type Quote, type ToServer } from './messages.ts';

export interface MarketDataOptions {
  /** `wss://…`; of several URLs the next one is tried when one fails. */
  readonly url: string | readonly string[];
  /** Called for each attempt, and once more when the service refuses its token. */
  readonly token: (signal: AbortSignal) => string | Promise<string>;
  /** Options that applications may change: policy, logger, and in tests clock and transports. */
  readonly connection?: Partial<SupervisorOptions>;
}

/** `live`: connected. `stale`: not connected, quotes may be missing. `over`: closed, or given up. */
export type Freshness = 'live' | 'stale' | 'over';

/** The connection gave up, no more quotes follow: `reason` is `unauthorized` when two tokens were refused. */
export class MarketDataError extends Error {
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super(`the market-data service is lost: ${reason}`);
    this.name = 'MarketDataError';
    this.reason = reason;
  }
}

export class MarketData implements AsyncDisposable {
  /** Emits the current freshness at once, then each change. */
  readonly freshness$: Observable<Freshness>;
  readonly #supervisor: Supervisor;
  readonly #connection: Connection<FromServer, ToServer>;
  readonly #followed = new Map<string, Subject<Quote>>();
  /** Emits when the SDK closed the connection, and fails when the connection gave up. */
  readonly #end$ = defer(() => this.#connection.closed).pipe(
    map(({ reason }) => {
      if (reason !== 'closed-by-us') throw new MarketDataError(reason);
    }),
  );
  /** The newest incarnation, which has received all subscriptions. */
  #opening: Opening<ToServer> | undefined;

  constructor({ url, token, connection }: MarketDataOptions) {
    this.#supervisor = createSupervisor(connection);
    this.#connection = this.#supervisor.connect({
      id: 'market-data',
      url,
      protocol: marketData,
      // A query parameter, since browsers send no headers. Logs and events do not show it.
      credentials: async ({ signal }) => ({ query: { token: await token(signal) } }),
      onOpen: (opening) => this.#restore(opening),
      onMessage: (message) => this.#received(message),
    });
    this.freshness$ = this.#connection.state$.pipe(
      map((state) => (state === 'alive' ? 'live' : 'stale')),
      endWith('over' as const),
      distinctUntilChanged(),
    );
  }

  /**
   * The quotes of a symbol, across reconnects. Subscribed at the service while it has subscribers here. Completes
   * when the SDK is disposed of; fails with `MarketDataError`, or for an unknown symbol.
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
    this.#send({ op: 'subscribe', symbol });
    return quotes;
  }

  #forget(symbol: string): void {
    this.#followed.delete(symbol);
    this.#send({ op: 'unsubscribe', symbol });
  }

  /** On the newest incarnation alone: the next one begins with all subscriptions. */
  #send(message: ToServer): void {
    void this.#opening?.send(message);
  }

  /** Called once for each socket: after a refuted suspicion the server still has the subscriptions. */
  #restore(opening: Opening<ToServer>): void {
    this.#opening = opening;
    for (const symbol of this.#followed.keys()) this.#send({ op: 'subscribe', symbol });
  }

  #received(message: FromServer): void {
    if (message.op === 'quote') this.#followed.get(message.quote.symbol)?.next(message.quote);
    else this.#followed.get(message.symbol)?.error(new Error(`no such symbol: ${message.symbol}`));
  }
}
