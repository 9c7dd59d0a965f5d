/**
 * The protocols of the command line. Those with schemes of their own are loaded when a URL, or `--protocol`, asks for
 * one, so that other commands start as fast without them.
 */
import type { ConfigProblem } from '../base/errors.ts';
import type { AnyProtocol } from '../endpoints/place.ts';
import type { Side } from '../ports/transport.ts';
import { nodeProtocols } from '../presets/node.ts';
import { isModulePath, loadProtocol } from './protocol-module.ts';

/** A protocol that dials alone. */
interface Client {
  readonly schemes: readonly string[];
  readonly load: () => Promise<AnyProtocol>;
  /** The URL that is dialled for one with a scheme of these. Default: the same. */
  readonly locate?: (url: string) => Promise<string>;
}

/** By the names that `--protocol` knows. What is imported here is bundled with the packages that it needs. */
export const clients: Readonly<Record<string, Client>> = {
  redis: {
    schemes: ['redis', 'rediss'],
    load: async () => (await import('../protocols/redis/redis.ts')).redis(),
  },
  mqtt: {
    schemes: ['mqtt', 'mqtts'],
    load: async () => (await import('../protocols/mqtt/mqtt.ts')).mqtt(),
  },
  nats: {
    schemes: ['nats'],
    load: async () => (await import('../protocols/nats/nats.ts')).nats(),
  },
  stomp: {
    schemes: ['stomp', 'stomps'],
    load: async () => (await import('../protocols/stomp/stomp.ts')).stomp(),
  },
  amqp: {
    schemes: ['amqp', 'amqps'],
    load: async () => (await import('../protocols/amqp/amqp.ts')).amqp(),
  },
  'graphql-ws': {
    schemes: ['ws+graphql', 'wss+graphql'],
    load: async () => (await import('../protocols/graphql-ws/graphql-ws.ts')).graphqlWs(),
  },
  'socket.io': {
    schemes: ['ws+socketio', 'wss+socketio'],
    load: async () => (await import('../protocols/socket-io/socket-io.ts')).socketIo(),
    locate: async (url) => (await import('../protocols/socket-io/socket-io.ts')).socketIoUrl(url),
  },
  phoenix: {
    schemes: ['ws+phoenix', 'wss+phoenix'],
    load: async () => (await import('../protocols/phoenix/phoenix.ts')).phoenix(),
    locate: async (url) => {
      const { phoenixUrl } = await import('../protocols/phoenix/phoenix.ts');
      return /\/websocket$/.test(new URL(url).pathname) ? url : phoenixUrl(url);
    },
  },
};

export const clientSchemes: readonly string[] = Object.values(clients).flatMap(({ schemes }) => schemes);

/** The names of all protocols that accept connections. */
const servers = Object.keys(nodeProtocols);

const PATH = 'the path of a module such as ./protocol.js';

/** The protocol that `--protocol` asks for, loaded. Undefined without the option, and with a problem. */
export async function protocolNamed(
  asked: string | undefined,
  side: Side,
  problems: ConfigProblem[],
): Promise<AnyProtocol | undefined> {
  if (asked === undefined) return undefined;
  if (isModulePath(asked)) return await loadProtocol(asked, problems);
  if (Object.hasOwn(nodeProtocols, asked)) return nodeProtocols[asked]?.();
  if (Object.hasOwn(clients, asked)) return await clientOf(asked, side, problems);
  const expected = `one of ${[...servers, ...Object.keys(clients)].join(', ')}, or ${PATH}`;
  problems.push({ path: '--protocol', value: asked, expected });
  return undefined;
}

/** The protocol that brings the scheme of the URL, which is `scheme`, and the URL to dial; undefined for a scheme of a transport. */
export async function ofScheme(
  scheme: string,
  url: string,
  side: Side,
  problems: ConfigProblem[],
): Promise<{ readonly url: string; readonly protocol: AnyProtocol | undefined } | undefined> {
  const name = Object.keys(clients).find((each) => clients[each]?.schemes.includes(scheme));
  if (name === undefined) return undefined;
  const protocol = await clientOf(name, side, problems);
  return { url: (await clients[name]?.locate?.(url)) ?? url, protocol };
}

async function clientOf(name: string, side: Side, problems: ConfigProblem[]) {
  const expected = `a protocol that accepts connections: one of ${servers.join(', ')}, or ${PATH}`;
  if (side === 'accept') problems.push({ path: 'protocol', value: name, expected });
  return await clients[name]?.load();
}
