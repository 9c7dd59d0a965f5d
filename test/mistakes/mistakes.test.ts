/** Mistakes of plain JavaScript, which the compiler would find: each is answered at once, by one line that names it. */
import { afterAll, describe, expect, test } from 'vitest';
import { adopt } from '../../src/adopt.ts';
import { amqp } from '../../src/amqp.ts';
import { isHoldfastError } from '../../src/base/errors.ts';
import { createSupervisor as createPageSupervisor, workerClock } from '../../src/browser.ts';
import { graphqlWs } from '../../src/graphql-ws.ts';
import {
  bounded,
  bytes,
  createSupervisor,
  framed,
  json,
  line,
  pinoLogger,
  raw,
  silentLogger,
  websocket,
  websocketText,
  withDialogue,
  withMessages,
} from '../../src/index.ts';
import { chartModel, createInspector, recordingOf } from '../../src/inspect.ts';
import { reportTo } from '../../src/inspect-page.ts';
import { connectionLogic } from '../../src/machines.ts';
import { mqtt } from '../../src/mqtt.ts';
import { nats } from '../../src/nats.ts';
import { instrument } from '../../src/opentelemetry.ts';
import { phoenix } from '../../src/phoenix.ts';
import { flightRecorder } from '../../src/recorder.ts';
import { redis } from '../../src/redis.ts';
import { requests } from '../../src/requests.ts';
import { socketIo } from '../../src/socket.io.ts';
import { stomp } from '../../src/stomp.ts';
import { tcp } from '../../src/tcp.ts';
import {
  adoptContract,
  dialogueOf,
  faults,
  lineServer,
  memoryNetwork,
  memoryWebSockets,
  protocolContract,
  virtualClock,
} from '../../src/testing.ts';
import { webSocketOver, webSocketOverWs } from '../../src/websocket.ts';
import { createWebSocketClass } from '../../src/websocket-class.ts';
import { createWebSocketClass as createPageClass } from '../../src/websocket-class-browser.ts';

/** The arguments of plain JavaScript. */
// biome-ignore lint/suspicious/noExplicitAny: the compiler would find the mistakes
type Plain = (...args: any[]) => any;
type Mistake = readonly [mistake: string, make: () => unknown, answer: RegExp | string];

const supervisor = createSupervisor({ logger: silentLogger });
afterAll(() => supervisor.stop());

const [connect, listen, accept, stop, configure] = (
  ['connect', 'listen', 'accept', 'stop', 'configure'] as const
).map((method) => (supervisor[method] as Plain).bind(supervisor)) as [Plain, Plain, Plain, Plain, Plain];
const create = createSupervisor as Plain;
const page = createPageSupervisor as Plain;
const url = 'tcp://127.0.0.1:1';
const connection = supervisor.connect({ id: 'kept', url });
const feed = connection as unknown as Readonly<Record<string, Plain>>;
const clock = virtualClock();
const network = memoryNetwork({ clock });
const detach = (method: unknown) => method as Plain;
const unlike = (meant: string) => new RegExp(`expected one of the keys .*; did you mean \`${meant}\`\\?$`);

/** The text of what a call throws or rejects with. */
async function answerTo(make: () => unknown): Promise<string> {
  try {
    await make();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return error.message;
  }
  return 'no answer';
}

function answers(of: string, mistakes: readonly Mistake[]) {
  test.each(mistakes)(`mistakes: ${of}: %s`, async (_, make, answer) => {
    const text = await answerTo(make);
    expect(text).toMatch(answer);
    expect(text).not.toContain('\n');
  });
}

describe('createSupervisor', () => {
  for (const [face, make] of [
    ['Node', create],
    ['a page', page],
  ] as const)
    answers(`createSupervisor of ${face}`, [
      ['a text', () => make('x'), 'createSupervisor: "x" is not valid; expected an object of options'],
      ['null', () => make(null), 'createSupervisor: null is not valid'],
      ['a list', () => make([]), 'createSupervisor: a list is not valid'],
      ['a URL', () => make({ url }), /^url: "tcp:.*expected one of the keys/],
      ['onMessage', () => make({ onMessage() {} }), /^onMessage: a function is not valid; expected one of/],
      ['a misspelt policy', () => make({ reconect: {} }), unlike('reconnect')],
      ['a misspelt option', () => make({ onerror() {} }), unlike('onError')],
      ['a misspelt part of the policy', () => make({ heartbeat: { intervall: 5 } }), /interval`\?$/],
      [
        'transports that are not called',
        () => make({ transports: [webSocketOver] }),
        /`webSocketOver\(\)`\?$/,
      ],
      [
        'one transport',
        () => make({ transports: tcp() }),
        'transports: an object is not valid; expected a list',
      ],
      ['a transport by its name', () => make({ transports: ['tcp'] }), 'transports.0: "tcp" is not valid'],
      ['protocols that are a list', () => make({ protocols: [line] }), 'protocols: a list is not valid'],
      [
        'a protocol that is none',
        () => make({ protocols: { line: {} } }),
        'protocols.line: an object is not',
      ],
      ['a level for a logger', () => make({ logger: 'info' }), 'logger: "info" is not valid'],
      [
        'an empty logger',
        () => make({ logger: {} }),
        'logger: an object is not valid; expected a logger such',
      ],
      ['false for a logger', () => make({ logger: false }), 'logger: false is not valid'],
      ['parts that are no list', () => make({ parts: {} }), 'parts: an object is not valid; expected a list'],
      [
        'onError that is a text',
        () => make({ onError: 'log' }),
        'onError: "log" is not valid; expected a func',
      ],
      ['inspect that is a flag', () => make({ inspect: true }), /^inspect: true .*a function or an object$/],
      ['a recorder that is a flag', () => make({ recorder: false }), /^recorder: false .*an object or null$/],
      ['a clock that is a class', () => make({ clock: Date }), 'clock: a function is not valid'],
      [
        'a duration without a unit',
        () => make({ heartbeat: { interval: '10' } }),
        /^heartbeat\.interval: "10"/,
      ],
    ]);
});

describe('connect', () => {
  answers('connect', [
    ['nothing', () => connect(), 'connect: undefined is not valid; expected an object of options'],
    ['a URL alone', () => connect(url), 'connect: "tcp://127.0.0.1:1" is not valid; expected an object'],
    ['no URL', () => connect({}), 'url: "undefined" is not valid; expected a URL'],
    ['null for a URL', () => connect({ url: null }), 'url: "null" is not valid; expected a URL'],
    ['an object for a URL', () => connect({ url: { host: 'a' } }), /^url: "\[object Object\]" is not valid/],
    [
      'onResponse that is a text',
      () => connect({ url, onResponse: 'x' }),
      'onResponse: "x" is not valid; expected a func',
    ],
    ['onmessage', () => connect({ url, onmessage() {} }), unlike('onMessage')],
    ['onMesage', () => connect({ url, onMesage() {} }), unlike('onMessage')],
    ['headrs', () => connect({ url, headrs: {} }), unlike('headers')],
    ['protocl', () => connect({ url, protocl: line() }), unlike('protocol')],
    ['heartbeats', () => connect({ url, heartbeats: {} }), unlike('heartbeat')],
    ['reconect', () => connect({ url, reconect: {} }), unlike('reconnect')],
    ['an option of nothing', () => connect({ url, retries: 3 }), 'retries: 3 is not valid; expected one of'],
    [
      'onMessage that is a text',
      () => connect({ url, onMessage: 'x' }),
      'onMessage: "x" is not valid; expected',
    ],
    ['an id that is a number', () => connect({ url, id: 5 }), 'id: 5 is not valid; expected a string'],
    [
      'a protocol that is not called',
      () => connect({ url, protocol: line }),
      /a protocol; did you mean `line\(\)`/,
    ],
    ['an unknown protocol', () => connect({ url, protocol: 'lines' }), 'protocol: "lines" is not valid'],
    ['an empty protocol', () => connect({ url, protocol: {} }), 'protocol: an object is not valid'],
    [
      'a transport that is not called',
      () => connect({ url, transport: tcp }),
      'transport: a function is not',
    ],
    ['an empty transport', () => connect({ url, transport: {} }), 'transport: an object is not valid'],
    ['an AbortController', () => connect({ url, signal: new AbortController() }), 'expected an AbortSignal'],
    ['an empty list', () => connect({ url: [] }), 'url: a list is not valid; expected at least one URL'],
    ['a list with a number', () => connect({ url: [url, 5] }), 'url.1: "5" is not valid; expected a URL'],
  ]);

  answers('a page that connects', [
    ['nothing', () => page().connect(), 'connect: undefined is not valid'],
    ['headrs', () => page().connect({ url, headrs: {} }), unlike('headers')],
    ['a list without the part routes', () => page().connect({ url: [url] }), 'the part `routes`'],
    [
      'a protocol that is not called',
      () =>
        page().connect({
          url: 'ws://a',
          transport: webSocketOver(class {} as never),
          protocol: websocketText,
        }),
      'did you mean `websocketText()`?',
    ],
  ]);

  test('connect: a URL object, also in a list, gives the connection of its text', () => {
    const text = 'ws://127.0.0.1:1/path';
    const [one, other, listed] = [text, new URL(text), [new URL(text)] as const].map((each) =>
      supervisor.connect({ url: each }),
    );
    expect([other, listed]).toEqual([one, one]);
    expect([one?.id, one?.url]).toEqual([text, text]);
  });

  test('connect: a function may answer with a URL object', async () => {
    network.serve('a', lineServer());
    const own = createSupervisor({ logger: silentLogger, transports: [network.transport], clock });
    const asked = own.connect({ id: 'asked', url: () => new URL('memory://a'), protocol: line() });
    expect(await clock.until(() => asked.state === 'alive', 1000)).toBe(true);
    const stopped = own.stop();
    await clock.run(5000);
    await stopped;
  });
});

describe('methods', () => {
  answers('a connection', [
    ['ready(100)', () => feed.ready?.(100), 'ready: 100 is not valid; expected an object of options'],
    [
      'ready({ timeout })',
      () => feed.ready?.({ timeout: 1 }),
      'timeout: 1 is not valid; expected one of the keys',
    ],
    ['send(x, 1000)', () => feed.send?.('x', 1000), 'send: 1000 is not valid; expected an object of options'],
    ['send(x, { expires })', () => feed.send?.('x', { expires: 1 }), /^expires: 1 .*keys signal, expiresIn/],
    ['send of a Blob', () => feed.send?.(new Blob(['x'])), /^line cannot carry this message: .*, but Blob$/],
    ['send of bytes as a line', () => feed.send?.(new Uint8Array(1)), /it is not text, but Uint8Array$/],
    ['messages(64)', () => feed.messages?.(64), 'messages: 64 is not valid'],
    [
      'messages({ limit })',
      () => feed.messages?.({ limit: 5 }),
      'limit: 5 is not valid; expected one of the keys',
    ],
    ['a buffer that is a number', () => feed.messages?.({ buffer: 5 }), 'buffer: 5 is not valid'],
    [
      'a misspelt buffer',
      () => feed.messages?.({ buffer: { message: 5 } }),
      /^buffer\.message: .*`messages`\?$/,
    ],
    ['reconnect(true)', () => feed.reconnect?.(true), 'reconnect: true is not valid'],
    ['reconnect({ nxt })', () => feed.reconnect?.({ nxt: true }), unlike('next')],
    [
      'configure(text)',
      () => feed.configure?.('mobile'),
      'policy: "mobile" is not valid; expected an object',
    ],
    ['configure({ hartbeat })', () => feed.configure?.({ hartbeat: {} }), unlike('heartbeat')],
  ]);

  const detached = [
    'send',
    'ready',
    'messages',
    'history',
    'probe',
    'close',
    'reconnect',
    'configure',
    'healthy',
  ];
  answers(
    'without its connection',
    detached.map((name) => [
      name,
      () => detach(feed[name])('x'),
      `${name}: called without its connection; expected connection.${name}(...)`,
    ]),
  );

  test('methods: a connection and a supervisor have no method whose call without them is not named', () => {
    const methods = (of: object) =>
      Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(of)))
        .filter(([name, { value }]) => typeof value === 'function' && /^\w+$/.test(name))
        .filter(([, { value }]) => (value as Plain).toString().includes('hasInstance'))
        .map(([name]) => name);
    expect(methods(connection).sort()).toEqual([...detached].sort());
  });

  answers('a supervisor', [
    [
      'connect without it',
      () => detach(supervisor.connect)({ url }),
      'connect: called without its supervisor',
    ],
    ['stop without it', () => detach(supervisor.stop)(), 'stop: called without its supervisor'],
    ['configure({ reconect })', () => configure({ reconect: {} }), unlike('reconnect')],
    ['stop(5000)', () => stop(5000), 'stop: 5000 is not valid; expected an object of options'],
    [
      'stop({ timeout })',
      () => stop({ timeout: 5 }),
      'timeout: 5 is not valid; expected one of the keys over',
    ],
    ['stop({ over: soon })', () => stop({ over: 'soon' }), 'over: "soon" is not valid; expected a duration'],
    ['listen()', () => listen(), 'listen: undefined is not valid'],
    ['listen(url)', () => listen(url), 'listen: "tcp://127.0.0.1:1" is not valid'],
    ['listen({ port })', () => listen({ port: 1 }), 'port: 1 is not valid; expected one of the keys url'],
    ['listen({ id })', () => listen({ url, id: 'a' }), 'id: "a" is not valid; expected one of the keys url'],
    ['listen({ onconnection })', () => listen({ url, onconnection() {} }), unlike('onConnection')],
    ['listen({ limits: 5 })', () => listen({ url, limits: 5 }), 'limits: 5 is not valid'],
    ['accept(socket)', () => accept({}), 'accept: undefined is not valid'],
    ['accept(socket, {})', () => accept({}, {}), 'transport: undefined is not valid; expected the transport'],
    ['accept(socket, { transport: tcp })', () => accept({}, { transport: tcp }), 'transport: a function'],
    ['accept of something else', () => accept({}, { transport: tcp() }), 'is not valid'],
  ]);

  test('listen: the promise of a listener says that it has to be awaited', async () => {
    const promise = supervisor.listen({ url: 'tcp://127.0.0.1:0' });
    const text = await answerTo(() => (promise as unknown as { url: string }).url);
    expect(text).toBe('listen: url is known once the promise is awaited');
    const { url: bound, close } = await promise;
    expect(bound).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    await close();
  });
});

describe('factories', () => {
  const factories = {
    line,
    framed,
    raw,
    websocket,
    redis,
    mqtt,
    amqp,
    nats,
    stomp,
    phoenix,
    'socket.io': socketIo,
    'graphql-ws': graphqlWs,
    flightRecorder,
    workerClock,
    virtualClock,
    createWebSocketClass,
  };
  const [known] = [
    { amqp: 'maxFrameBytes', flightRecorder: 'entries', workerClock: 'onError', virtualClock: 'seed' },
  ];
  const others = { raw: 'ping', createWebSocketClass: 'reopen', ...known } as Readonly<
    Record<string, string>
  >;
  answers(
    'a factory',
    Object.entries(factories as unknown as Readonly<Record<string, Plain>>).flatMap(([name, make]) => {
      const key = others[name] ?? 'maxMessageBytes';
      return [
        [`${name}(5)`, () => make(5), `${name}: 5 is not valid; expected an object of options`],
        [`${name}(null)`, () => make(null), `${name}: null is not valid; expected an object of options`],
        [`${name} with a misspelt option`, () => make({ [`${key}s`]: 5 }), unlike(key)],
      ] as const;
    }),
  );

  answers('a factory', [
    ['websocketText()', () => (websocketText as Plain)(), 'websocket-text: undefined is not valid'],
    [
      'websocketText({ ping })',
      () => (websocketText as Plain)({ ping: 'a' }),
      'websocket-text.pong: undefined',
    ],
    [
      'websocketText with pings',
      () => (websocketText as Plain)({ ping: 'a', pong: 'b', pings: 1 }),
      unlike('ping'),
    ],
    ['bounded()', () => (bounded as Plain)(), 'bounded: undefined is not valid'],
    [
      'bounded without a parser',
      () => (bounded as Plain)({ limit: 5 }),
      'bounded.parser: undefined is not valid',
    ],
    ['withMessages(line)', () => (withMessages as Plain)(line, codec), /^protocol: .*`line\(\)`\?$/],
    ['withMessages(line())', () => (withMessages as Plain)(line()), 'withMessages: undefined is not valid'],
    [
      'withMessages without decode',
      () => (withMessages as Plain)(line(), { ...codec, decode: undefined }),
      'withMessages.decode: undefined is not valid; expected a function',
    ],
    ['withDialogue(bytes)', () => (withDialogue as Plain)(bytes, () => ({})), /`bytes\(\)`\?$/],
    ['withDialogue(line())', () => (withDialogue as Plain)(line()), 'withDialogue: undefined is not valid'],
    ['connectionLogic()', () => (connectionLogic as Plain)(), 'connectionLogic: undefined is not valid'],
    [
      'connectionLogic with onmessage',
      () => (connectionLogic as Plain)({ onmessage() {} }),
      unlike('onMessage'),
    ],
    [
      'createInspector({ port })',
      () => (createInspector as Plain)({ port: 1 }),
      'supervisor: an object is not',
    ],
    [
      'createInspector(s, 9229)',
      () => (createInspector as Plain)(supervisor, 9229),
      'createInspector: 9229 is not',
    ],
    ['createInspector with prt', () => (createInspector as Plain)(supervisor, { prt: 1 }), unlike('port')],
    ['requests()', () => (requests as Plain)(), 'connection: undefined is not valid; expected a connection'],
    ['requests(connection)', () => (requests as Plain)(connection), 'requests: undefined is not valid'],
    ['requests({ messageOf })', () => (requests as Plain)(correlation), 'connection: an object is not valid'],
    [
      'requests with timeoutMs',
      () => (requests as Plain)(connection, { ...correlation, timeoutMs: 5 }),
      unlike('timeout'),
    ],
    [
      'requests without answerOf',
      () => (requests as Plain)(connection, { messageOf: String }),
      'answerOf: undefined is not valid; expected a function',
    ],
    [
      'requests with a limit in words',
      () => (requests as Plain)(connection, { ...correlation, limit: 'ten' }),
      'limit: "ten" is not valid; expected a number',
    ],
    [
      'request(call, 1000)',
      () => (requests(connection, correlation).request as Plain)('a', 1000),
      'request: 1000 is not valid; expected an object of options',
    ],
    [
      'request with idempotant',
      () => (requests(connection, correlation).request as Plain)('a', { idempotant: true }),
      unlike('idempotent'),
    ],
    [
      'instrument()',
      () => (instrument as Plain)(),
      'supervisor: undefined is not valid; expected a supervisor',
    ],
    [
      'instrument({ meter })',
      () => (instrument as Plain)({ meter: {} }),
      'supervisor: an object is not valid',
    ],
    ['instrument with meters', () => (instrument as Plain)(supervisor, { meters: {} }), unlike('meter')],
    [
      'instrument with attributes that are no function',
      () => (instrument as Plain)(supervisor, { attributes: {} }),
      'attributes: an object is not valid; expected a function',
    ],
    ['reportTo(supervisor)', () => (reportTo as Plain)(supervisor), 'reportTo: undefined is not valid'],
    ['reportTo({ url })', () => (reportTo as Plain)({ url: report }), 'supervisor: an object is not valid'],
    [
      'reportTo(undefined, …)',
      () => (reportTo as Plain)(undefined, { url: report }),
      'supervisor: undefined',
    ],
    ['reportTo with nam', () => (reportTo as Plain)(supervisor, { url: report, nam: 'a' }), unlike('name')],
    ['recordingOf()', () => (recordingOf as Plain)(), 'supervisor: undefined is not valid'],
    ['pinoLogger(level)', () => (pinoLogger as Plain)('info'), 'pinoLogger: "info" is not valid'],
    [
      'pinoLogger with a level that pino has not',
      () => pinoLogger({ level: 'loud' }),
      'level: "loud" is not valid',
    ],
    [
      'chartModel()',
      () => (chartModel as Plain)(),
      'machine: undefined is not valid; expected a machine of XState',
    ],
    ['chartModel of a name', () => (chartModel as Plain)('connection'), 'machine: "connection" is not valid'],
    ['json(5)', () => (json as Plain)(5), 'json: 5 is not valid; expected an object of options'],
    ['json with a reader that is none', () => (json as Plain)({ read: true }), 'read: true is not valid'],
    ['json with reads', () => (json as Plain)({ reads: Number }), unlike('read')],
    ['adopt()', () => (adopt as Plain)(supervisor), 'adopt: undefined is not valid'],
    [
      'adopt with goodby',
      () => (adopt as Plain)(supervisor, { ...adoption, goodby() {} }),
      unlike('goodbye'),
    ],
    [
      'adopt with hartbeat',
      () => (adopt as Plain)(supervisor, { ...adoption, hartbeat: {} }),
      unlike('heartbeat'),
    ],
    [
      'adopt without drop',
      () => (adopt as Plain)(supervisor, { ...adoption, drop: undefined }),
      'drop: undefined',
    ],
  ]);
  const correlation = { messageOf: String, answerOf: () => undefined };
  const report = 'ws://127.0.0.1:9000/report?token=0123456789abcdef';
  const codec = { name: 'json', encode: JSON.stringify, decode: JSON.parse };
  const adoption = { url, name: 'pg', open: () => ({}), ping: async () => {}, drop() {} };

  answers('a factory for tests', [
    ['memoryNetwork()', () => (memoryNetwork as Plain)(), 'memoryNetwork: undefined is not valid'],
    ['memoryNetwork({})', () => (memoryNetwork as Plain)({}), 'memoryNetwork.clock: undefined is not valid'],
    [
      'memoryNetwork with latency',
      () => (memoryNetwork as Plain)({ clock, latency: 1 }),
      'latency: 1 is not valid',
    ],
    [
      'memoryNetwork with latencyms',
      () => (memoryNetwork as Plain)({ clock, latencyms: 1 }),
      unlike('latencyMs'),
    ],
    [
      'a latency in words',
      () => (memoryNetwork as Plain)({ clock, latencyMs: '5ms' }),
      'latencyMs: "5ms" is not',
    ],
    ['memoryWebSockets()', () => (memoryWebSockets as Plain)(), 'network: undefined is not valid'],
    [
      'memoryWebSockets with wal',
      () => (memoryWebSockets as Plain)(network, { wal: Date.now }),
      unlike('wall'),
    ],
    ['protocolContract()', () => (protocolContract as Plain)(), 'protocolContract: undefined is not valid'],
    ['protocolContract with frame', () => (protocolContract as Plain)({ frame: [] }), unlike('frames')],
    [
      'clock.run(text)',
      () => (clock.run as Plain).call(clock, '5s'),
      'clock: "5s" is not valid; expected milliseconds',
    ],
    [
      'clock.until(5)',
      () => (clock.until as Plain).call(clock, 5, 10),
      'until: 5 is not valid; expected a function',
    ],
    [
      'serve without a function',
      () => (network.serve as Plain).call(network, 'x'),
      'serve: undefined is not valid',
    ],
    [
      'serve of WebSockets',
      () => (memoryWebSockets(network).serve as Plain)('x'),
      'serve: undefined is not valid',
    ],
    [
      'faults(clock)',
      () => (faults as Plain)(clock),
      'faults: undefined is not valid; expected a list of pairs',
    ],
    ['a fault that is none', () => (faults as Plain)(clock, [[1, 'x']]), 'faults: a list is not valid'],
    ['dialogueOf(line)', () => (dialogueOf as Plain)(line), /^protocol: .*`line\(\)`\?$/],
    ['adoptContract()', () => (adoptContract as Plain)(), 'adoptContract: undefined is not valid'],
  ]);

  for (const [face, make] of [
    ['Node', createWebSocketClass],
    ['a page', createPageClass],
  ] as const)
    answers(`createWebSocketClass of ${face}`, [
      ['reopn', () => (make as Plain)({ reopn: true }), unlike('reopen')],
      ['reopen that is a text', () => (make as Plain)({ reopen: 'yes' }), 'reopen: "yes" is not valid'],
      ['transports', () => (make as Plain)({ transports: [webSocketOverWs()] }), unlike('transport')],
      [
        'a text heartbeat that is a text',
        () => (make as Plain)({ textHeartbeat: 'ping' }),
        'textHeartbeat: "ping"',
      ],
      [
        'a misspelt ping',
        () => (make as Plain)({ textHeartbeat: { png: 'a' } }),
        /^textHeartbeat\.png: .*`ping`\?$/,
      ],
      [
        'a limit that is a text',
        () => (make as Plain)({ maxMessageBytes: '1k' }),
        'maxMessageBytes: "1k" is not',
      ],
      ['an empty logger', () => (make as Plain)({ logger: {} }), 'logger: an object is not valid'],
    ]);
});

describe('webSocketOverWs', () => {
  const make = webSocketOverWs as Plain;
  const form = 'expected http://[user:password@]host[:port], https://…, or environment';
  answers('the proxy and the agent', [
    [
      'a proxy without a scheme',
      () => make({ proxy: 'proxy:3128' }),
      `proxy: "proxy:3128" is not valid; ${form}`,
    ],
    ['an empty proxy', () => make({ proxy: '' }), `proxy: "" is not valid; ${form}`],
    ['a proxy with a path', () => make({ proxy: 'http://proxy/path' }), 'proxy: "http://proxy/path" is not'],
    [
      'a password that is no text',
      () => make({ proxy: 'http://u:%ff@proxy' }),
      'proxy: "http://***@proxy" is not',
    ],
    [
      'a SOCKS proxy',
      () => make({ proxy: 'socks5://u:p@proxy' }),
      /"socks5:\/\/\*\*\*@proxy".*for SOCKS an agent$/,
    ],
    [
      'a flag for a proxy',
      () => make({ proxy: true }),
      'proxy: true is not valid; expected an object of options',
    ],
    [
      'null for a proxy',
      () => make({ proxy: null }),
      'proxy: null is not valid; expected an object of options',
    ],
    [
      'proxy options without a URL',
      () => make({ proxy: {} }),
      `proxy.url: "undefined" is not valid; ${form}`,
    ],
    ['a misspelt proxy option', () => make({ proxy: { url, header: {} } }), unlike('headers')],
    [
      'headers of a proxy that are no object',
      () => make({ proxy: { url: 'http://proxy', headers: 'x' } }),
      'proxy.headers: "x" is not valid; expected an object',
    ],
    [
      'a header of a proxy with two lines',
      () => make({ proxy: { url: 'http://proxy', headers: { 'x-a': 'secret\n' } } }),
      'proxy.headers.x-a: "***" is not valid; expected an HTTP header',
    ],
    [
      'a header of a proxy with a blank in its name',
      () => make({ proxy: { url: 'http://proxy', headers: { 'x a': 'secret' } } }),
      'proxy.headers.x a: "***" is not valid; expected an HTTP header',
    ],
    [
      'a flag for an agent',
      () => make({ agent: false }),
      /^agent: false is not valid; expected an agent of node:http/,
    ],
    [
      'a dispatcher of undici for an agent',
      () => make({ agent: { dispatch() {} } }),
      /^agent: an object is not valid/,
    ],
    [
      'a proxy beside an agent',
      () => make({ agent: { addRequest() {} }, proxy: 'environment' }),
      'proxy: "environment" is not valid; expected no proxy beside an agent, which dials itself',
    ],
  ]);
});
