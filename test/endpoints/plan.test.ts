import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/base/errors.ts';
import { defaultPolicy, type PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { declined } from '../../src/endpoints/declined.ts';
import {
  type AnyProtocol,
  type AnyTransport,
  type Defaults,
  protocolFor,
} from '../../src/endpoints/place.ts';
import { DialPlan, endpointOf, modeOf, policyPart } from '../../src/endpoints/plan.ts';
import type { HeartbeatMode } from '../../src/ports/protocol.ts';
import type { Side, Socket, SocketSink, Target } from '../../src/ports/transport.ts';

interface Abilities {
  readonly dial?: HeartbeatMode | null;
  readonly accept?: HeartbeatMode | null;
}

function protocol({ dial = 'probe', accept = 'listen' }: Abilities): AnyProtocol {
  return {
    name: 'talk',
    modes: { dial, accept },
    open: () => ({
      decoder: { push: () => undefined, midFrame: false },
      encode: (message) => message,
      isHeartbeat: () => false,
    }),
  };
}

const talk = protocol({});
const other = { ...talk, name: 'other' };

function transport(name: string, wrong?: string): AnyTransport {
  return {
    name,
    schemes: [name, `${name}s`],
    provedByOpening: false,
    defaultProtocol: 'talk',
    check: (_url, side) => (wrong === undefined ? undefined : `${wrong} to ${side}`),
    dial: () => ({}) as Socket<unknown>,
  };
}

const known: Defaults = {
  transports: [transport('a'), transport('b')],
  protocols: { talk, other },
  policy: defaultPolicy,
  resolvePolicy,
};

/** The problems of the ConfigError that `run` throws, each as `path: value; expected`. */
function complaints(code: () => unknown): string[] {
  try {
    code();
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ path, value, expected }) => `${path}: ${value}; ${expected}`);
    }
    throw error;
  }
  return [];
}

describe('heartbeat mode', () => {
  type Row = [PolicyConfig['heartbeat'], Abilities, Side, HeartbeatMode | undefined];

  test.each<Row>([
    [{}, {}, 'dial', 'probe'],
    [{}, {}, 'accept', 'listen'],
    [{}, { dial: 'exchange', accept: 'exchange' }, 'dial', 'exchange'],
    [{}, { dial: 'exchange', accept: 'exchange' }, 'accept', 'exchange'],
    [{ reply: false }, {}, 'dial', 'announce'],
    [{ reply: false }, {}, 'accept', 'listen'],
    [{ reply: false }, { dial: 'exchange' }, 'dial', 'exchange'],
    [{ reply: false }, { accept: 'probe' }, 'accept', 'probe'],
    [{ mode: 'probe', reply: false }, {}, 'dial', 'probe'],
    [{ mode: 'probe' }, {}, 'accept', 'probe'],
    [{ mode: 'listen' }, {}, 'dial', 'listen'],
    [{ mode: 'announce' }, {}, 'dial', 'announce'],
    [{ mode: 'announce' }, { dial: 'exchange' }, 'accept', 'announce'],
    [{}, { dial: null }, 'dial', undefined],
    [{}, { accept: null }, 'accept', undefined],
    [{ mode: 'listen' }, { dial: null }, 'dial', 'listen'],
    [{ interval: null }, {}, 'dial', undefined],
    [{ interval: null, mode: 'listen' }, {}, 'accept', undefined],
  ])(
    'policy %j and protocol abilities %j on the %s side resolve to mode %s',
    (heartbeat, abilities, side, expected) => {
      expect(modeOf(protocol(abilities), resolvePolicy({ heartbeat: heartbeat ?? {} }), side)).toBe(expected);
    },
  );

  test.each(['probe', 'announce'] as const)(
    'mode %s is refused for a protocol without a heartbeat message',
    (mode) => {
      const policy = resolvePolicy({ heartbeat: { mode } });
      expect(complaints(() => modeOf(protocol({ dial: null }), policy, 'dial'))).toEqual([
        `heartbeat.mode: ${mode}; listen or auto, as the protocol talk has no heartbeat to send`,
      ]);
    },
  );

  test('mode probe is refused for a protocol whose sides never ask', () => {
    const policy = resolvePolicy({ heartbeat: { mode: 'probe' } });
    expect(
      complaints(() => modeOf(protocol({ dial: 'exchange', accept: 'exchange' }), policy, 'dial')),
    ).toEqual([
      'heartbeat.mode: probe; announce, listen or auto, as the protocol talk has no answer to a probe',
    ]);
  });
});

describe('endpointOf()', () => {
  const endpoint = (spec: object, side: Side = 'dial', from = known) =>
    endpointOf({ url: 'a://h', ...spec }, from, side);

  test.each<[string, object, transport: string, protocol: string]>([
    ['a scheme', { url: 'b://host:1' }, 'b', 'talk'],
    ['a second scheme of the same transport', { url: 'as://host:1' }, 'a', 'talk'],
    ['a scheme in capitals', { url: 'AS://host:1' }, 'a', 'talk'],
    ['a protocol name', { protocol: 'other' }, 'a', 'other'],
    ['a protocol object in the spec', { protocol: { ...talk, name: 'mine' } }, 'a', 'mine'],
    ['a transport object in the spec', { transport: transport('mine'), url: 'odd://host' }, 'mine', 'talk'],
  ])('%s selects the transport and the protocol', (_title, spec, transportName, protocolName) => {
    const found = endpoint(spec);
    expect([found.transport.name, found.protocol.name]).toEqual([transportName, protocolName]);
  });

  test('the policy in the spec overrides the policy of the supervisor', () => {
    const policy = resolvePolicy({ heartbeat: { interval: '3s', probes: 1 } });
    const { heartbeat } = endpoint({ heartbeat: { probes: 2 } }, 'dial', { ...known, policy }).policy;
    expect(heartbeat).toEqual({ ...defaultPolicy.heartbeat, interval: 3000, probes: 2 });
  });

  const aUrl = 'a URL such as tcp://host:port or wss://host/path, with a port up to 65535';

  test.each<[string, unknown, string]>([
    ['too high a port', 'a://host:65536', `url: a://host:65536; ${aUrl}`],
    ['no scheme', 'host', `url: host; ${aUrl}`],
    ['no characters', '', `url: ; ${aUrl}`],
    ['the value undefined', undefined, `url: undefined; ${aUrl}`],
    ['the value null', null, `url: null; ${aUrl}`],
    ['a number', 7, `url: 7; ${aUrl}`],
    ['an unknown scheme', 'c://host', 'url: c://host; a scheme that is known here: a, as, b, bs'],
    [
      'a name that objects have',
      'constructor:x',
      'url: constructor:x; a scheme that is known here: a, as, b, bs',
    ],
  ])('a url with %s is refused, and the error names the url and the expectation', (_title, url, expected) => {
    expect(complaints(() => endpoint({ url }))).toEqual([expected]);
  });

  test.each(['a://host:65536', 'a://host:99999/x', 'a://[::1]:70000'])(
    'in Node the error about the url %s is about its port alone',
    (url) => {
      const from = { ...known, ...declined };
      expect(complaints(() => endpoint({ url }, 'dial', from))).toEqual([
        `url: ${url}; a port from 1 to 65535`,
      ]);
    },
  );

  test.each(['a://host:65535', 'a://host', 'a://[::1]:1', 'a://u:99999@host:1', 'a://host/x:99999'])(
    'the url %s is valid',
    (url) => {
      expect(complaints(() => endpoint({ url }))).toEqual([]);
    },
  );

  test('the error about a url hides its password and query values', () => {
    const complaint = 'url: c://***@host?key=***; a scheme that is known here: a, as, b, bs';
    expect(complaints(() => endpoint({ url: 'c://user:secret@host?key=secret' }))).toEqual([complaint]);
  });

  test.each<[Side]>([['dial'], ['accept']])('the check of the transport runs for side %s', (side) => {
    const strict = transport('a', 'a URL that is fit');
    expect(complaints(() => endpoint({ transport: strict }, side))).toEqual([
      `url: a://h; a URL that is fit to ${side}`,
    ]);
  });

  test('without any transport the error lists the known schemes as none', () => {
    expect(complaints(() => endpoint({}, 'dial', { ...known, transports: [] }))).toEqual([
      'url: a://h; a scheme that is known here: none',
    ]);
  });

  test('an invalid policy in the spec is refused with each of its problems', () => {
    expect(complaints(() => endpoint({ heartbeat: { probes: -1 }, outbox: null }))).toEqual([
      'heartbeat.probes: -1; a whole number, 0 or more',
      'outbox: null; an object',
    ]);
  });
});

test.each(['talk ', 'TALK', '', 'constructor', '__proto__', 'toString'])(
  'protocols: the unknown name %j is refused, and the error lists the known names',
  (name) => {
    expect(complaints(() => protocolFor(name, known.transports[0] as AnyTransport, known))).toEqual([
      `protocol: ${name}; one of talk, other`,
    ]);
  },
);

test('policyPart(): the result has the policy keys of the spec and no other keys', () => {
  const spec = {
    url: 'a://h',
    id: 'feed',
    profile: 'lan',
    outbox: { messages: 1 },
    heartbeat: undefined,
  } as const;
  expect(policyPart(spec as unknown as PolicyConfig)).toEqual({ profile: 'lan', outbox: { messages: 1 } });
  expect(Object.keys(policyPart({}))).toEqual([]);
});

describe('DialPlan', () => {
  test('each dial passes the transport the same URL, headers and subprotocols', () => {
    const targets: Target[] = [];
    const dialling = {
      ...transport('a'),
      dial: (target: Target) => targets.push(target) as unknown as Socket<unknown>,
    };
    const endpoint = endpointOf({ url: 'a://u:p@h:1/x?k=v', transport: dialling }, known, 'dial');
    const plan = new DialPlan(endpoint, { headers: { a: 'b' }, protocols: ['p'] });
    for (let dials = 0; dials < 2; dials++) plan.open({} as SocketSink<unknown>);
    expect(targets).toEqual(
      Array(2).fill({ url: new URL(endpoint.url), headers: { a: 'b' }, protocols: ['p'], dialler: plan }),
    );
    expect(plan.address).toBe('a://u:p@h:1/x?k=v');
    expect([plan.side, plan.mode, plan.provedByOpening]).toEqual(['dial', 'probe', false]);
  });

  test('a transport that modifies its target does not change the next target', () => {
    const urls: string[] = [];
    const careless = {
      ...transport('a'),
      dial: ({ url }: Target) => {
        urls.push(url.href);
        url.pathname = '/changed';
        return {} as Socket<unknown>;
      },
    };
    const plan = new DialPlan(endpointOf({ url: 'a://h/x', transport: careless }, known, 'dial'), {});
    for (let dials = 0; dials < 2; dials++) plan.open({} as SocketSink<unknown>);
    expect(urls).toEqual(['a://h/x', 'a://h/x']);
  });
});
