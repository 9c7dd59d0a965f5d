/** The members of a fleet: the URLs of the command line, and the targets of `--targets`. */
import { dirname } from 'node:path';
import type { ConfigProblem } from '../../base/errors.ts';
import { defaultPolicy, type Policy } from '../../config/policy.ts';
import { resolvePolicy } from '../../config/resolve.ts';
import { diallingOf } from '../dial/dialling.ts';
import type { DialFlags } from '../dial/flags.ts';
import { Presenter } from '../dial/presentation.ts';
import { type Endpoint, endpointsOf, idsOf, presentedAt, presenterOf } from '../endpoints.ts';
import type { Io } from '../io.ts';
import type { Settings } from '../options.ts';
import { inSession } from '../sessions/endpoint.ts';
import type { Member } from './fleet.ts';
import { readTargets, type Target } from './targets-file.ts';

export interface TargetFlags extends DialFlags {
  readonly targets?: string;
  readonly session?: true;
}

/** Adds problems; the result is meaningless then. */
export async function membersOf(
  urls: readonly string[],
  settings: Settings,
  flags: TargetFlags,
  { env }: Pick<Io, 'env'>,
  problems: ConfigProblem[],
): Promise<readonly Member[]> {
  const presenter = presenterOf(settings, flags, env, problems);
  const endpoints = urls.length === 0 ? [] : await endpointsOf(urls, settings, 'dial', problems);
  const targets = flags.targets === undefined ? [] : readTargets(flags.targets, problems);
  checkChoice(urls, settings, flags, problems);
  if (problems.length > 0) return [];
  const ids = idsOf(urls);
  const given = endpoints.map((endpoint, index) =>
    memberOf(ids[index] ?? '', held(presentedAt(endpoint, presenter), flags, problems)),
  );
  const base = resolvePolicy(settings.policy, defaultPolicy);
  const listed = await Promise.all(
    targets.map(
      async (target) => await listedMember(target, { settings, flags, env, presenter, base, problems }),
    ),
  );
  const clash = listed.find(({ id }) => ids.includes(id));
  if (clash !== undefined)
    problems.push({ path: '--targets', value: clash.id, expected: 'an id that no URL has' });
  if (problems.length === 0) presenter.checkUse(problems);
  return [...given, ...listed];
}

function checkChoice(
  urls: readonly string[],
  { protocol }: Settings,
  { targets }: TargetFlags,
  problems: ConfigProblem[],
): void {
  const none = 'a URL, or --targets with a file of them';
  if (urls.length === 0 && targets === undefined)
    problems.push({ path: 'url', value: 'none', expected: none });
  if (urls.length === 0 && targets !== undefined && protocol !== undefined)
    problems.push({ path: '--protocol', value: protocol, expected: 'none, as each target names its own' });
}

/** The endpoint, in a session where that is asked for. A handler takes what comes: a session without one fills its window. */
function held(endpoint: Endpoint, { session }: TargetFlags, problems: ConfigProblem[]): Endpoint {
  if (session !== true) return endpoint;
  const asked = inSession(endpoint, { side: 'dial', option: '--session' }, {}, problems);
  return { ...asked, onMessage: () => {} };
}

function memberOf(id: string, endpoint: Endpoint): Member {
  return { id, endpoint, policy: {}, labels: {}, identity: endpoint.url };
}

interface Asked {
  readonly settings: Settings;
  readonly flags: TargetFlags;
  readonly env: Io['env'];
  /** For targets without a part `dial` of their own. */
  readonly presenter: Presenter;
  readonly base: Policy;
  readonly problems: ConfigProblem[];
}

async function listedMember(target: Target, asked: Asked): Promise<Member> {
  const { id, url, protocol, policy, labels, dial, report } = target;
  const { settings, flags, env, base, problems } = asked;
  const own: ConfigProblem[] = [];
  const [endpoint = { url }] = await endpointsOf([url], { ...settings, protocol, policy }, 'dial', own, base);
  const located = dial && { section: dial, at: 'dial', file: `${dirname(flags.targets ?? '')}/targets` };
  const presenter =
    located === undefined ? asked.presenter : new Presenter(diallingOf({}, located, env, own), env);
  const presented = own.length > 0 ? endpoint : held(presentedAt(endpoint, presenter), flags, own);
  if (located !== undefined && own.length === 0) presenter.checkUse(own);
  problems.push(...own.map((problem) => report({ ...problem, path: problem.path.replace(/^--/, '') })));
  return { id, endpoint: presented, policy, labels, identity: JSON.stringify([url, protocol, dial]) };
}
