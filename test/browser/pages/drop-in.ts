/** The drop-in beside the page's own `WebSocket`: what each is, and what each does. */
import { createWebSocketClass } from 'holdfast/websocket-class';

type Class = ReturnType<typeof createWebSocketClass>;

const own = (globalThis as unknown as { WebSocket: Class }).WebSocket;
const made = createWebSocketClass({ deadlines: { close: '500ms' } });

/** Every own property of an object, with what can be told of it. */
function shape(of: object): Record<string, string> {
  const entries = Reflect.ownKeys(of).map((key) => [String(key), describe(of, key)]);
  return Object.fromEntries(entries.sort());
}

function describe(of: object, key: string | symbol): string {
  const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(of, key) ?? {};
  const kind = typeof value === 'function' ? `function ${value.length}` : plain(value);
  return `${get ? `get ${set ? 'set ' : ''}` : kind} ${JSON.stringify(flags)}`;
}

function plain(value: unknown): string {
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
}

const shapes = (Class: Class) => {
  const ws = new Class('ws://127.0.0.1:9');
  ws.onerror = () => {};
  return {
    statics: shape(Class),
    prototype: shape(Class.prototype),
    instance: shape(ws),
    inherits: ws instanceof EventTarget,
    chain: chainOf(ws),
    classes: chainOf(Class).length,
    text: String(ws),
  };
};

/** The names of the classes behind an object. */
function chainOf(value: object): string[] {
  const next = Object.getPrototypeOf(value);
  return next === null ? [] : [next.constructor.name, ...chainOf(next)];
}

const classOf = (value: unknown) => (value as object).constructor.name;

/** The class, name and code of the exception that a call throws. */
function thrown(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    const { name, code } = error as DOMException;
    return `${classOf(error)} ${name} ${code}`;
  }
}

const arguments_: readonly unknown[][] = [
  [],
  [Symbol('url')],
  [''],
  ['nowhere:x'],
  ['ftp://h'],
  ['ws://h:99999'],
  ['ws://h#x'],
  ['ws://h', 'a b'],
  ['ws://h', ['a', 'a']],
  ['ws://h', ''],
  ['ws://h', {}],
  ['ws://h', [Symbol('a')]],
  ['ws://127.0.0.1:9', null],
  ['ws://127.0.0.1:9', new Set(['a', 'b'])],
  ['ws://127.0.0.1:9', [], { headers: { a: 'b' } }],
  ['ws://127.0.0.1:0'],
  ['ws://a:b@127.0.0.1:9/'],
  ['http://127.0.0.1:9/x'],
  ['/relative'],
];

const refusals = (Class: Class) => {
  const ws = new Class('ws://127.0.0.1:9');
  ws.onerror = () => {};
  return [
    ...arguments_.map((args) => thrown(() => Reflect.construct(Class, args).url)),
    thrown(() => (Class as unknown as (url: string) => void)('ws://h')),
    thrown(() => ws.send('early')),
    ...[[], [Symbol('data')], [undefined]].map((args) => thrown(() => Reflect.apply(ws.send, ws, args))),
    ...[{}, null].map((other) => thrown(() => Reflect.apply(ws.close, other, [7]))),
    ...[999, 1001, 2999, 5000, null, 1000n].map((code) => thrown(() => ws.close(code as number))),
    thrown(() => ws.close(1000, 'x'.repeat(124))),
    thrown(() => ws.close()),
    thrown(() => ws.close(7)),
    thrown(() => ws.send('too late')),
  ];
};

interface Frame {
  readonly contentWindow: typeof globalThis;
}

interface Page {
  readonly body: { appendChild(frame: Frame): Frame };
  createElement(tag: 'iframe'): Frame;
}

/** An `ArrayBuffer` of an iframe. */
function foreignBytes(): unknown {
  const { document } = globalThis as unknown as { document: Page };
  const { contentWindow } = document.body.appendChild(document.createElement('iframe'));
  return new contentWindow.Uint8Array([1, 2]).buffer;
}

/** All that one socket does at a server, until it is closed. */
function life(Class: Class, url: string, act: string): Promise<string[]> {
  const ws = new Class(url, ['a', 'b']);
  ws.binaryType = 'arraybuffer';
  const log: string[] = [`${ws.readyState} ${ws.url} ${ws.protocol}`];
  const note = (what: string) => log.push(`${what} ${ws.readyState}`);
  ws.addEventListener('error', (event) => note(`error ${classOf(event)}`));
  ws.onopen = (event) => {
    note(`open ${classOf(event)} ${event.target === ws} ${ws.protocol} ${ws.extensions}`);
    if (act === 'close') ws.close(4000, 'bye');
    else if (act === 'foreign bytes') ws.send(foreignBytes());
    else ws.send(act);
    note(`sent ${ws.bufferedAmount}`);
  };
  ws.onmessage = (event) => {
    const { data, origin, lastEventId, type } = event;
    const body = typeof data === 'string' ? data : `${classOf(data)} ${data.byteLength ?? data.size}`;
    note(`${type} ${classOf(event)} ${body} ${origin} ${lastEventId}`);
    ws.binaryType = 'blob';
    if (data === 'bye') ws.close();
  };
  return new Promise((resolve) => {
    ws.onclose = (event) => {
      const { code, reason, wasClean } = event;
      note(`close ${classOf(event)} ${code} ${wasClean ? reason : ''} ${wasClean} ${ws.bufferedAmount}`);
      resolve(log);
    };
  });
}

Object.assign(globalThis, { own, made, shapes, refusals, life });
