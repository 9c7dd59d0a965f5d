/** The URLs that a command line connects to or listens on. All URLs are checked before the first one is used. */

import type { ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import { urlOf } from '../base/url.ts';
import { defaultPolicy, type Policy } from '../config/policy.ts';
import { resolvePolicy } from '../config/resolve.ts';
import { declined } from '../endpoints/declined.ts';
import type { AnyProtocol, Defaults } from '../endpoints/place.ts';
import { endpointOf, modeOf } from '../endpoints/plan.ts';
import { dialledUrl } from '../endpoints/schemes.ts';
import type { Side } from '../ports/transport.ts';
import { nodeProtocols, nodeTransports } from '../presets/node.ts';
import { diallingOf } from './dial/dialling.ts';
import type { DialFlags } from './dial/flags.ts';
import { type Presented, Presenter } from './dial/presentation.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import { collecting } from './problems.ts';
import { isModulePath } from './protocol-module.ts';
import { clientSchemes, ofScheme, protocolNamed } from './protocols.ts';

/** The part of `connect` and `listen` that the command line says. */
export interface Endpoint extends Presented {
  readonly url: string;
  readonly protocol?: AnyProtocol;
  /** For a session, whose messages have to be taken. */
  readonly onMessage?: () => void;
}

const known: Defaults = {
  transports: nodeTransports,
  protocols: Object.fromEntries(Object.entries(nodeProtocols).map(([name, make]) => [name, make()])),
  policy: defaultPolicy,
  resolvePolicy,
  ...declined,
};

const knownSchemes = [...nodeTransports.flatMap(({ schemes }) => schemes), ...clientSchemes];

/** The expectation of a number, which `--inspect 9000` makes a URL. */
const PORT =
  'a URL such as tcp://host:port or wss://host/path; ports of options are behind =, as in --inspect=9000 and --metrics=9464';

/** Schemes of a page for those of its WebSocket. */
const meantFor: Readonly<Record<string, string>> = { http: 'ws', https: 'wss' };

/** The options that the command line has for all its URLs. */
interface Asked {
  readonly settings: Settings;
  readonly side: Side;
  /** The protocol of `--protocol`. */
  readonly named: AnyProtocol | undefined;
  readonly problems: ConfigProblem[];
  /** The policy below that of the settings. */
  readonly base: Policy;
}

/** An endpoint for each URL, in order. Adds the problems of URLs, alone and together with the settings; then the result is meaningless. */
export async function endpointsOf(
  urls: readonly string[],
  settings: Settings,
  side: Side,
  problems: ConfigProblem[],
  base: Policy = defaultPolicy,
): Promise<readonly Endpoint[]> {
  const named = await protocolNamed(settings.protocol, side, problems);
  const asked = { settings, side, named, problems, base };
  const endpoints = await Promise.all(urls.map((url) => endpointFor(url, asked)));
  checkUse(endpoints, asked);
  // A module that was not loaded might have brought the scheme.
  const mayBeOwn = named === undefined && isModulePath(settings.protocol ?? '');
  for (const endpoint of endpoints)
    if (!mayBeOwn || knownSchemes.includes(schemeOf(endpoint.url))) checkEndpoint(endpoint, asked);
  return endpoints;
}

/** The endpoints of URLs that are dialled, with what the options and the configuration present there. */
export async function dialledEndpoints(
  urls: readonly string[],
  settings: Settings,
  flags: DialFlags,
  io: Pick<Io, 'env'>,
  problems: ConfigProblem[],
): Promise<readonly Endpoint[]> {
  const endpoints = await endpointsOf(urls, settings, 'dial', problems);
  return presented(endpoints, settings, flags, io, problems);
}

/** Adds to endpoints what is presented there. */
export function presented(
  endpoints: readonly Endpoint[],
  settings: Settings,
  flags: DialFlags,
  { env }: Pick<Io, 'env'>,
  problems: ConfigProblem[],
): readonly Endpoint[] {
  const presenter = presenterOf(settings, flags, env, problems);
  if (problems.length > 0) return endpoints;
  const complete = endpoints.map((endpoint) => presentedAt(endpoint, presenter));
  presenter.checkUse(problems);
  return complete;
}

/** The presenter of the options and the configuration. */
export function presenterOf(
  { dial: section, config = '' }: Settings,
  flags: DialFlags,
  env: Io['env'],
  problems: ConfigProblem[],
): Presenter {
  const located = section && { section, at: `${config}: dial`, file: config };
  return new Presenter(diallingOf(flags, located, env, problems), env);
}

/** The endpoint with all that its dial presents. */
export function presentedAt(endpoint: Endpoint, presenter: Presenter): Endpoint {
  return { ...endpoint, ...presenter.present(endpoint) };
}

/** The protocol of an endpoint that was checked, also where its URL alone says which. */
export function protocolOf(endpoint: Endpoint, side: Side): AnyProtocol {
  const { url, protocol } = endpoint;
  return endpointOf({ url, ...(protocol !== undefined && { protocol }) }, known, side).protocol;
}

/** The URL of a listener: with the scheme of its transport. */
export function listenUrl({ url, protocol }: Endpoint): string {
  return protocol === undefined ? url : dialledUrl(url, protocol.schemes).href;
}

/** Ids for connections: the redacted URLs, numbered where they are not unique. */
export function idsOf(urls: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return urls.map(redactUrl).map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** A scheme of a protocol says which; others leave it to `--protocol`, or to the transport. */
async function endpointFor(url: string, { settings, side, named, problems }: Asked): Promise<Endpoint> {
  const scheme = schemeOf(url);
  const brings = Object.hasOwn(named?.schemes ?? {}, scheme);
  const isOfUser = brings && isModulePath(settings.protocol ?? '');
  const found = isOfUser ? undefined : await ofScheme(scheme, url, side, problems);
  const protocol = brings ? named : (found?.protocol ?? named);
  return { url: found?.url ?? url, ...(protocol !== undefined && { protocol }) };
}

/** Adds a problem for a `--protocol` that no URL leaves a choice. */
function checkUse(endpoints: readonly Endpoint[], { settings, named, problems }: Asked): void {
  if (named === undefined || endpoints.some(({ protocol }) => protocol === named)) return;
  const names = new Set(endpoints.map(({ protocol }) => protocol?.name));
  const expected = `none, as the URLs name it: ${[...names].join(', ')}`;
  problems.push({ path: '--protocol', value: settings.protocol, expected });
}

function checkEndpoint(endpoint: Endpoint, { settings: { policy }, side, problems, base }: Asked): void {
  const { url, protocol } = endpoint;
  const expected = urlProblem(url, protocol);
  if (expected !== undefined) {
    problems.push({ path: 'url', value: redactUrl(url), expected });
    return;
  }
  collecting(problems, () => {
    const spec = { ...policy, url, ...(protocol !== undefined && { protocol }) };
    const asked = endpointOf(spec, { ...known, policy: base }, side);
    modeOf(asked.protocol, asked.policy, side);
  });
}

/** The form that is expected of a URL whose scheme is not known here, or whose protocol brings the scheme; undefined: nothing more. */
function urlProblem(url: string, protocol: AnyProtocol | undefined): string | undefined {
  const parsed = urlOf(url);
  if (parsed === undefined) return /^\d{1,5}$/.test(url) ? PORT : undefined;
  const scheme = schemeOf(url);
  const own = Object.keys(protocol?.schemes ?? {});
  if (own.includes(scheme)) return parsed.hostname === '' ? `a host, as in ${scheme}://host` : undefined;
  if (knownSchemes.includes(scheme)) return undefined;
  const schemes = [...new Set([...knownSchemes, ...own])].join(', ');
  const meant = meantFor[scheme];
  return `a scheme that is known here: ${schemes}${meant === undefined ? '' : `; did you mean ${meant}://?`}`;
}

function schemeOf(url: string): string {
  return urlOf(url)?.protocol.slice(0, -1) ?? '';
}
