/** The part `routes`: plans of what `connect` is given beyond one plain URL, which are lists of endpoints, functions, credentials. */

import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import type { Standing } from '../policy/classes.ts';
import { describeThrown, type ExitClass, type Failure } from '../policy/exits.ts';
import type { Credentials, Dialogue } from '../ports/protocol.ts';
import type { Socket, SocketSink } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { askingBy } from './asking.ts';
import { Failover } from './failover.ts';
import type { EndpointPart } from './parts.ts';
import type { AnyProtocol, Defaults } from './place.ts';
import { type PlainSpec, planOfOne } from './plain-plan.ts';
import { DialPlan, type EndpointExit, type Plan, policiesOf } from './plan.ts';
import {
  answerOf,
  checkPresentation,
  type Presentation,
  type Presented,
  type ProviderContext,
  present,
  targetOf,
  type UrlProvider,
} from './providers.ts';
import { addressOf, fitting, NOWHERE, placesOf, protocolOver, transportsOf } from './route-places.ts';
import {
  askedProtocol,
  dialledUrl,
  hasScheme,
  type RoutePlace,
  schemePlaceOf,
  schemeTarget,
} from './schemes.ts';
import { type AnySpec, withTexts } from './spec.ts';

/** Lists of URLs, credentials, and functions that say where and how to dial. */
export const routes: EndpointPart = { plan: dialPlanOf };

/** Throws `ConfigError`, with nothing started. */
export function dialPlanOf(given: AnySpec, known: Defaults, random: () => number): DialPlan {
  const spec = withTexts(given);
  const { url, headers, protocols, credentials } = spec;
  const asked = askedProtocol(spec.protocol, url, known);
  checkPresentation(spec);
  if (isPlain(spec) && !hasScheme(url, asked?.schemes)) {
    const plan = planOfOne(spec, known);
    assertCarried(spec, plan.protocol);
    return plan;
  }
  const { config, policy } = policiesOf(spec, known);
  const places =
    typeof url === 'function' ? [] : placesOf(url, { transport: spec.transport, protocol: asked }, known);
  const protocol = protocolOver(transportsOf(spec, places, known), spec, asked, known);
  assertCarried(spec, protocol);
  const over = { transport: spec.transport, protocol };
  const locate = (text: string) => fitting(schemePlaceOf(text, over, known, 'dial'), protocol, known);
  return new RoutedPlan(
    { protocol, config, policy, places, locate, random },
    typeof url === 'function' ? url : undefined,
    defined({ headers, protocols, credentials }),
  );
}

/** Throws `ConfigError` for parts of a dial that the protocol does not carry. */
function assertCarried(asked: Presentation, { name, carrier, takesCredentials = true }: AnyProtocol): void {
  if (carrier === 'messages') return;
  for (const path of ['headers', 'protocols', 'credentials'] as const) {
    if (asked[path] === undefined || (path === 'credentials' && takesCredentials)) continue;
    const also = path === 'credentials' ? ', or a protocol with a handshake' : '';
    const expected = `none, as the protocol ${name} runs over bytes: only WebSockets carry them${also}`;
    throw badConfig(path, '***', expected);
  }
}

function failoverOf({ places, policy, random }: Route): Failover | undefined {
  return places.length === 0 ? undefined : new Failover(places, policy.endpoints, random);
}

function isPlain(spec: AnySpec): spec is PlainSpec {
  const { url, headers, protocols, credentials } = spec;
  const plain = typeof url === 'string' && credentials === undefined;
  return plain && typeof headers !== 'function' && typeof protocols !== 'function';
}

interface Route extends Pick<Plan, 'protocol' | 'config' | 'policy'> {
  /** Empty when a function says where to. */
  readonly places: readonly RoutePlace[];
  /** Throws `ConfigError`. */
  readonly locate: (url: string) => RoutePlace;
  readonly random: () => number;
}

class RoutedPlan extends DialPlan {
  /** Absent without functions. */
  readonly prepare: Plan['prepare'];
  readonly #route: Route;
  readonly #failover: Failover | undefined;
  readonly #where: UrlProvider | undefined;
  readonly #asked: Presentation;
  #presented: Presented;
  /** The last answer of the function. */
  #found: RoutePlace | undefined;
  /** The same, as of the last incarnation that ended: a turn is waited for before the function is asked. */
  #knownKey: string | undefined;
  /** Stands for the id. */
  #dialler: DialPlan = this;

  constructor(
    route: Route,
    where: UrlProvider | undefined,
    asked: Presentation,
    failover = failoverOf(route),
  ) {
    const { places, protocol, config, policy } = route;
    super({ url: addressOf(places), transport: undefined, protocol, config, policy }, {});
    this.#route = route;
    this.#failover = failover;
    this.#where = where;
    this.#asked = asked;
    this.#presented = asked as Presented;
    this.redactedUrl = failover?.current.redactedUrl ?? NOWHERE;
    const functions = [where, ...Object.values(asked)].filter((each) => typeof each === 'function');
    this.prepare = functions.length === 0 ? undefined : askingBy((context) => this.#ask(context));
  }

  get #place(): RoutePlace | undefined {
    return this.#failover?.current ?? this.#found;
  }

  override get provedByOpening(): boolean {
    return this.#place?.transport.provedByOpening ?? false;
  }

  override get endpointUrl(): string {
    return this.#place?.url ?? `${NOWHERE}:`;
  }

  override get endpointKey(): string | undefined {
    return this.#failover?.current.endpointKey ?? this.#knownKey;
  }

  override get dialledKey(): string | undefined {
    return this.#place?.endpointKey;
  }

  override endpointKeyAfter(stable: boolean): string | undefined {
    return this.#failover?.after(stable, this.policy.endpoints).endpointKey ?? this.#found?.endpointKey;
  }

  get credentials(): Credentials | undefined {
    return this.#presented.credentials;
  }

  protected override get standing(): Standing {
    return this.#failover?.standing ?? super.standing;
  }

  protected override set standing(standing: Standing) {
    if (this.#failover === undefined) super.standing = standing;
    else this.#failover.standing = standing;
  }

  protected override get asksAgain(): boolean {
    return typeof this.#asked.credentials === 'function';
  }

  /** A fatal answer speaks of its endpoint: while another has not given one, that is dialled. */
  override classOf(exit: EndpointExit, stable: boolean): ExitClass {
    const itself = super.classOf(exit, stable);
    return itself === 'fatal' && this.#failover?.othersRefused === false ? 'retryable' : itself;
  }

  override onExit(exit: EndpointExit, stable: boolean, next = false): void {
    super.onExit(exit, stable);
    this.#knownKey = this.#found?.endpointKey;
    this.#failover?.onExit(stable && !next, this.policy.endpoints);
    this.#show();
  }

  moveOn(): void {
    this.#failover?.onExit(false, this.policy.endpoints);
    this.#show();
  }

  override forgive(healthy: boolean): void {
    super.forgive(healthy);
    if (!healthy) this.#failover?.forgive();
  }

  override skip(closed: (key: string) => boolean): boolean {
    const moved = this.#failover?.skip(closed) ?? false;
    this.#show();
    return moved;
  }

  beside(): RoutedPlan {
    const beside = new RoutedPlan(this.#route, this.#where, this.#asked, this.#failover?.beside());
    beside.configure(this.config, this.policy);
    beside.#knownKey = this.#knownKey;
    beside.#dialler = this;
    return beside;
  }

  take(beside: RoutedPlan): void {
    if (beside.#failover !== undefined) this.#failover?.take(beside.#failover);
    this.#presented = beside.#presented;
    this.#found = beside.#found;
    this.#show();
  }

  override open(sink: SocketSink<unknown>, clock?: Clock): Socket<unknown> {
    const place = this.#place;
    // The chart does not dial before the function has answered.
    if (place === undefined) throw new Error('dialled before the URL was known');
    const presented = this.protocol.carrier === 'messages' ? this.#presented : {};
    const { schemes } = this.protocol;
    const target = targetOf(dialledUrl(place.url, schemes), presented);
    return place.transport.dial(
      { ...schemeTarget(place.url, schemes, target), dialler: this.#dialler },
      sink,
      clock,
    );
  }

  get progress() {
    return { detail: `no value within deadlines.provider (${this.policy.deadlines.provider} ms)` };
  }

  misfitOf({ handshake }: Pick<Dialogue, 'handshake'>): string | undefined {
    const { credentials, protocol } = this;
    if (credentials === undefined || handshake !== undefined) return undefined;
    const useless = protocol.carrier !== 'messages' || Object(credentials).handshake !== undefined;
    return useless
      ? `credentials: the protocol ${protocol.name} has no handshake that presents them`
      : undefined;
  }

  async #ask(context: ProviderContext): Promise<Failure | undefined> {
    try {
      const place = await this.#locate(context);
      if (context.signal.aborted) return undefined;
      const presented = await present(this.#asked, { ...context, ...(place && { url: place.url }) });
      if (context.signal.aborted) return undefined;
      assertCarried(presented as Presentation, this.protocol);
      this.#presented = presented;
      if (this.#where !== undefined) this.#found = place;
      this.#show();
      return undefined;
    } catch (error) {
      const cause = Object(error).cause ?? error;
      return { reason: 'provider-failed', detail: describeThrown(error), error: cause };
    }
  }

  async #locate(context: ProviderContext): Promise<RoutePlace | undefined> {
    if (this.#where === undefined) return this.#place;
    return this.#route.locate(String(await answerOf('url', this.#where, context)));
  }

  #show(): void {
    this.redactedUrl = this.#place?.redactedUrl ?? NOWHERE;
  }
}
