/** Checks all URLs of a command line before the first one is used. */
import type { ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import { defaultPolicy } from '../config/policy.ts';
import { resolvePolicy } from '../config/resolve.ts';
import type { Defaults } from '../endpoints/place.ts';
import { endpointOf, modeOf } from '../endpoints/plan.ts';
import type { Side } from '../ports/transport.ts';
import { nodeProtocols, nodeTransports } from '../presets/node.ts';
import { collecting, type Settings } from './options.ts';

/** Adds to `problems` those of each URL, alone and together with the settings. */
export function checkEndpoints(
  urls: readonly string[],
  { policy, protocol }: Settings,
  side: Side,
  problems: ConfigProblem[],
): void {
  const known = repertoire();
  const exists = protocol !== undefined && Object.hasOwn(known.protocols, protocol);
  if (protocol !== undefined && !exists) {
    problems.push({ path: '--protocol', value: protocol, expected: oneOf(Object.keys(known.protocols)) });
  }
  const spec = { ...policy, ...(exists && { protocol }) };
  for (const url of urls) {
    collecting(problems, () => {
      const endpoint = endpointOf({ ...spec, url }, known, side);
      modeOf(endpoint.protocol, endpoint.policy, side);
    });
  }
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

function repertoire(): Defaults {
  const protocols = Object.entries(nodeProtocols).map(([name, make]) => [name, make()]);
  return {
    transports: nodeTransports,
    protocols: Object.fromEntries(protocols),
    policy: defaultPolicy,
    resolvePolicy,
  };
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`;
}
