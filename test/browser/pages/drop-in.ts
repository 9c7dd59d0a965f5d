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
    text: String(ws),
  };
};

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

const arguments_ = [
  [''],
  ['nowhere:x'],
  ['ftp://h'],
  ['ws://h:99999'],
  ['ws://h#x'],
  ['ws://h', 'a b'],
  ['ws://h', ['a', 'a']],
  ['http://127.0.0.1:9/x'],
  ['/relative'],
] as const;

const refusals = (Class: Class) => {
  const ws = new Class('ws://127.0.0.1:9');
  ws.onerror = () => {};
  return [
    ...arguments_.map(([url, protocols]) => thrown(() => new Class(url, protocols).url)),
    thrown(() => (Class as unknown as (url: string) => void)('ws://h')),
    thrown(() => ws.send('early')),
    ...[999, 1001, 2999, 5000].map((code) => thrown(() => ws.close(code))),
    thrown(() => ws.close(1000, 'x'.repeat(124))),
    thrown(() => ws.close()),
    thrown(() => ws.close(7)),
    thrown(() => ws.send('too late')),
  ];
};

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
    else ws.send(act);
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
