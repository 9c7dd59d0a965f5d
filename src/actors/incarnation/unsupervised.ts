/**
 * A connection without a supervisor, for an actor system of the user: the chart and all that it needs.
 * The parent actor decides what follows the exit.
 */
import type { ActorLogic, AnyActorRef } from 'xstate';
import { defined } from '../../base/defined.ts';
import { badConfig, DeliveryError } from '../../base/errors.ts';
import { guarded } from '../../base/guarded.ts';
import { checked, type Kinds } from '../../base/options.ts';
import { mergePolicy } from '../../config/merge.ts';
import { defaultPolicy, type PolicyConfig } from '../../config/policy.ts';
import { documentTable } from '../../config/table.ts';
import type { AnyTransport } from '../../endpoints/place.ts';
import { type DialPlan, policyPart } from '../../endpoints/plan.ts';
import type { Presentation } from '../../endpoints/providers.ts';
import { dialPlanOf } from '../../endpoints/routed-plan.ts';
import { deliver } from '../../liveness/deadlines.ts';
import {
  type ConnectionSnapshot,
  type ConnectionState,
  connectionMachine,
} from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Message } from '../../messages/message.ts';
import { Outbox } from '../../messages/outbox.ts';
import { type Receipt, receipts } from '../../messages/receipts.ts';
import { refused, type Sender, type SendOptions, submit } from '../../messages/send.ts';
import { timeLimits } from '../../messages/time-limits.ts';
import type { Protocol } from '../../ports/protocol.ts';
import { type Clock, systemClock } from '../../time/clock.ts';
import { Timekeeper } from '../../time/timekeeper.ts';
import { incarnationLogic } from './actor.ts';
import { handshakes } from './greeting.ts';
import type { IncarnationHost } from './host.ts';
import { Incarnation } from './incarnation.ts';
import { streams } from './streams.ts';

/** Options of `connectionLogic`: a connection for an actor system of one's own. */
export interface ConnectionLogicOptions<In, Out>
  extends Omit<PolicyConfig, 'reconnect'>,
    Pick<Presentation, 'credentials'> {
  readonly transport: AnyTransport;
  // biome-ignore lint/suspicious/noExplicitAny: bytes or messages, whatever the transport carries
  readonly protocol: Protocol<In, Out, any>;
  /** The URL to dial, unless the actor's input has one. */
  readonly url?: string;
  /** Default: the system's. Ignored when a timekeeper is given. */
  readonly clock?: Clock;
  /** Shared by several logics; default: one of its own. */
  readonly timekeeper?: Timekeeper;
  readonly onMessage?: (message: In) => unknown;
  /**
   * Receives what `onMessage` throws, and the rejection when it returns a promise. Default: thrown in a microtask, as
   * unhandled; so is what `onError` itself throws.
   */
  readonly onError?: (error: unknown) => unknown;
}

const kinds: Kinds<ConnectionLogicOptions<unknown, unknown>> = {
  transport: 'an object',
  protocol: 'an object',
  url: 'a string',
  clock: 'an object',
  timekeeper: 'an object',
  onMessage: 'a function',
  onError: 'a function',
  credentials: 0,
  ...documentTable,
};

/** The logic of `connectionMachine` with an input of its own. Its output is the exit. */
export type ConnectionLogic = ActorLogic<
  ConnectionSnapshot,
  ConnectionEvent,
  ConnectionLogicInput | undefined
>;

/** The actor's input. */
export interface ConnectionLogicInput {
  readonly url?: string;
}

/**
 * Actor logic of one incarnation, with every deadline at work: spawn or invoke it, and read the `Exit`
 * from its output. Stopping the actor drops the socket at once; the event `close` says goodbye first.
 */
export function connectionLogic<In, Out>(options: ConnectionLogicOptions<In, Out>): ConnectionLogic {
  checked('connectionLogic', options, kinds);
  const timekeeper = options.timekeeper ?? new Timekeeper(options.clock ?? systemClock);
  subscribeOnce(timekeeper);
  return incarnationLogic((input: ConnectionLogicInput | undefined) => {
    const url = input?.url ?? options.url;
    if (url === undefined) throw badConfig('url', url, 'a URL');
    const host = new UnsupervisedHost(options as ConnectionLogicOptions<unknown, unknown>, url, timekeeper);
    hosts.set(host.current, host);
    return host.current;
  }, connectionMachine);
}

/** Sends a message on a connection that runs as an actor; see `Connection.send`. */
export function sendMessage(actor: AnyActorRef, message: unknown, options?: SendOptions): Promise<Receipt> {
  const host = hosts.get(actor.getSnapshot().context?.port);
  return (
    host?.send(message, options) ??
    refused(new DeliveryError('never-sent', 'the actor was not created with connectionLogic'))
  );
}

/** Timekeepers whose rings reach their charts: several logics may share one, and each event is sent once. */
const subscribed = new WeakSet<Timekeeper>();

function subscribeOnce(timekeeper: Timekeeper): void {
  if (subscribed.has(timekeeper)) return;
  subscribed.add(timekeeper);
  timekeeper.rings$.subscribe(deliver);
}

function unhandled(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

const hosts = new WeakMap<object, UnsupervisedHost>();

class UnsupervisedHost implements IncarnationHost, Sender {
  readonly current: Incarnation;
  readonly plan: DialPlan;
  readonly outbox = new Outbox();
  readonly timekeeper: Timekeeper;
  readonly goodbyeFrame = undefined;
  readonly incarnation = 1;
  readonly attempt = 0;
  readonly parts = { ...handshakes, ...receipts, ...streams, ...timeLimits };
  readonly #options: ConnectionLogicOptions<unknown, unknown>;
  leaving = false;

  constructor(options: ConnectionLogicOptions<unknown, unknown>, url: string, timekeeper: Timekeeper) {
    const { transport, protocol, credentials } = options;
    const known = {
      transports: [transport],
      protocols: {},
      policy: defaultPolicy,
      resolvePolicy: mergePolicy,
    };
    this.#options = options;
    this.timekeeper = timekeeper;
    const spec = { ...policyPart(options), url, transport, protocol, ...defined({ credentials }) };
    this.plan = dialPlanOf(spec, known, timekeeper.clock.random);
    this.current = new Incarnation(this.plan, this, timekeeper);
  }

  send(message: unknown, options?: SendOptions): Promise<Receipt> {
    const closed = this.leaving ? new DeliveryError('never-sent', 'the connection is closed') : undefined;
    return closed ? refused(closed) : submit(message, this, options);
  }

  get waiting(): boolean {
    return this.outbox.length > 0;
  }

  nextMessage(): Message | undefined {
    return this.outbox.shift();
  }

  message(message: unknown): void {
    const { onMessage, onError = unhandled } = this.#options;
    guarded(
      () => onMessage?.(message),
      (error) => guarded(() => onError(error), unhandled),
    );
  }

  released(): void {
    this.leaving = true;
    this.outbox.clear(new DeliveryError('never-sent', 'the connection ended'));
  }

  moved(_from: ConnectionState | undefined, _to: ConnectionState, _snapshot: ConnectionSnapshot): void {}
  proved(): void {}
  heartbeat(): void {}
}
