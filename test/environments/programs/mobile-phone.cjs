/**
 * The JavaScript of a phone: the globals that Android's half of React Native makes, its module of WebSockets over the package `ws`,
 * and the app. Arguments: a function of the app, and what it is called with.
 */
const { readFileSync } = require('node:fs');
const vm = require('node:vm');
const WebSocket = require('ws');

const sockets = new Map();
const emit = (event, body) => phone.__rctDeviceEventEmitter.emit(event, body);

const WebSocketModule = {
  connect(url, protocols, { headers }, id) {
    const socket = new WebSocket(url, protocols ?? [], { headers });
    const failed = (message) => sockets.delete(id) && emit('websocketFailed', { id, message });
    sockets.set(id, socket);
    socket.on('open', () => emit('websocketOpen', { id, protocol: socket.protocol }));
    socket.on('message', (data, isBinary) => {
      const [type, encoding] = isBinary ? ['binary', 'base64'] : ['text', 'utf8'];
      emit('websocketMessage', { id, type, data: data.toString(encoding) });
    });
    socket.on('error', ({ message }) => failed(message));
    socket.on('close', (code, reason) => {
      if (code === 1006) failed('null');
      else if (sockets.delete(id)) emit('websocketClosed', { id, code, reason: String(reason) });
    });
  },
  send: (text, id) => sockets.get(id)?.send(text),
  sendBinary: (base64, id) => sockets.get(id)?.send(Buffer.from(base64, 'base64')),
  ping: (id) => sockets.get(id)?.ping(),
  close: (code, reason, id) => sockets.get(id)?.close(code, reason),
};
const modules = { WebSocketModule, PlatformConstants: { getConstants: () => ({}) } };

const phone = vm.createContext({
  ...{ console, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate },
  queueMicrotask,
  performance: { now: () => performance.now() },
  navigator: { product: 'ReactNative' },
  nativeModuleProxy: {},
  __turboModuleProxy: (name) => modules[name],
});
vm.runInContext('globalThis.global = globalThis.window = globalThis', phone);
vm.runInContext(readFileSync('out/app.js', 'utf8'), phone);

const [what, ...args] = process.argv.slice(2);
Promise.resolve(phone.app[what](...args)).then((said) => console.log(said));
