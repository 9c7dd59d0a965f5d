/** The form of messages on standard input and output, by the protocol. */
import type { ConfigProblem } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { defaultPolicy, type PolicyConfig } from '../../config/policy.ts';
import { resolvePolicy } from '../../config/resolve.ts';
import type { AnyProtocol } from '../../endpoints/place.ts';
import { modeOf } from '../../endpoints/plan.ts';
import { nodeProtocols } from '../../presets/node.ts';
import { clients } from '../protocols.ts';

export interface Form {
  /** Lines of text, lines of bytes, or bytes without lines. */
  readonly unit: 'text' | 'line' | 'bytes';
  /** Whether an answered heartbeat confirms messages. */
  readonly confirms: boolean;
}

interface Place {
  readonly url: string;
  readonly protocol?: AnyProtocol;
}

const units: Readonly<Record<string, Form['unit']>> = { bytes: 'bytes', raw: 'bytes', framed: 'line' };

/** Adds a problem for a protocol whose messages are neither text nor bytes. */
export function formOf({ url, protocol }: Place, config: PolicyConfig, problems: ConfigProblem[]): Form {
  const known = protocol ?? nodeProtocols[/^wss?:/i.test(url) ? 'websocket' : 'line']?.();
  if (known === undefined || problems.length > 0) return { unit: 'text', confirms: false };
  if (Object.hasOwn(clients, known.name)) {
    const expected = `a URL of a protocol whose messages are text or bytes, as ${known.name} has messages of its own`;
    problems.push({ path: 'url', value: redactUrl(url), expected });
  }
  const confirms = modeOf(known, resolvePolicy(config, defaultPolicy), 'dial') === 'probe';
  return { unit: units[known.name] ?? 'text', confirms };
}
