/**
 * The accepting side of docs/session-protocol.md in plain Node, without holdfast: over TCP with the frames of `framed`, and over WebSockets by
 * `ws`. Sessions are kept in memory. The application answers each message with an echo.
 *
 *     node examples/session-server.mjs [port of TCP] [port of WebSockets] [keepFor in ms]
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { WebSocketServer } from 'ws';

const [tcpPort = 0, webPort = 0, keepFor = 120_000] = process.argv.slice(2).map(Number);
const own = { messages: 1024, bytes: 1_048_576 };
const [maxSessions, maxHellos, maxPayload] = [10_000, 8, 16_777_216];
const [helloMs, beatMs, ackMs, goodbyeMs] = [10_000, 10_000, 250, 4000];
/** By id; and by identity and instance, as they opened or resumed it. */
const [sessions, openings] = [new Map(), new Map()];

/** Credentials are a text `token-of-<name>` here, or absent. */
const identify = (credentials = 'token-of-') => /^token-of-(\w*)$/.exec(credentials)?.[1];

/** The application. The message counts as handled when this has settled. */
async function onMessage(session, data, again) {
  const text = typeof data === 'string' ? data : `${data.length} bytes`;
  console.log(`${session.identity || 'anyone'} ${session.id.slice(0, 8)} ${text}${again ? ' again' : ''}`);
  session.send(typeof data === 'string' ? `echo ${data}` : data);
}

/** Throws for what the page does not allow, which ends the socket. */
function rule(holds, what) {
  if (!holds) throw new Error(what);
}

const control = (type, fields) => Buffer.concat([Buffer.of(type), Buffer.from(JSON.stringify(fields))]);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ackOf = (count, ...bytes) =>
  count < 128
    ? Buffer.from([5, ...bytes, count])
    : ackOf(Math.floor(count / 128), ...bytes, (count % 128) + 128);

function readAck(frame) {
  const count = frame.subarray(1).reduce((sum, byte, at) => sum + (byte % 128) * 128 ** at, 0);
  rule(isCount(count) && frame.equals(ackOf(count)), 'an ack that is no number in its shortest form');
  return count;
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (form) => (value) => typeof value === 'string' && form.test(value);
const isWindow = (value) => isCount(value?.messages) && isCount(value.bytes);
const counts = { epoch: isCount, received: isCount, handled: isCount, acked: isCount, window: isWindow };
const helloFields = { v: isCount, instance: isText(/^[0-9a-f]{16}$/), attempt: isCount, ...counts };
const helloOptions = { session: isText(/^[0-9a-f]{32}$/), again: isCount, credentials: () => true };
const byeFields = { handled: isCount, reason: isText(/^.{0,123}$/s) };

function readControl(frame, limit, fields, options = {}) {
  rule(frame.length <= limit, `a control frame above ${limit} bytes`);
  const read = JSON.parse(utf8.decode(frame.subarray(1)));
  if (fields === helloFields && isCount(read?.v) && read.v !== 1) return read;
  for (const [key, fits] of Object.entries(fields)) rule(fits(read?.[key]), `${key} does not fit`);
  for (const key of Object.keys(read))
    rule(key in fields || options[key]?.(read[key]), `${key} does not fit`);
  return read;
}

/**
 * `sent` is the last message that left, `out` begins behind the last one that the peer has handled. `told` is the last ack; `bytes` came after
 * it, of which `done` are handled. `due` is when the next resume is free.
 */
class Session {
  id = randomBytes(16).toString('hex');
  peer = { received: 0, handled: 0, acked: 0 };

  constructor(identity, { again = 0 }) {
    Object.assign(this, { identity, again, epoch: 0, sent: 0, out: [], inbox: [], due: 0 });
    Object.assign(this, { received: 0, handled: 0, told: 0, bytes: 0, done: 0 });
    sessions.set(this.id, this);
  }

  refusalOf({ instance, attempt, epoch, received, handled, acked }) {
    const newer = instance === this.instance ? attempt > this.attempt : epoch === this.epoch;
    if (!newer) return { reason: 'replaced' };
    const wait = Math.max(0, this.due - Date.now());
    if (wait > 4000) return { reason: 'unavailable', retryAfterMs: wait - 4000 };
    this.due = Date.now() + wait + 1000;
    const { peer, sent } = this;
    const grow = received >= peer.received && handled >= peer.handled && acked >= peer.acked;
    if (grow && handled <= received && received <= sent && acked <= this.handled) return undefined;
    this.link?.refuse({ reason: 'replaced' });
    this.end();
    return { reason: 'gap' };
  }

  attach(link, { session, instance, attempt, received, handled, acked, window }) {
    this.link?.refuse({ reason: 'replaced' });
    clearTimeout(this.expiry);
    openings.set(`${this.identity} ${instance}`, this);
    for (const key of ['messages', 'bytes']) window[key] = Math.min(own[key], window[key]);
    this.out.splice(0, handled - this.peer.handled);
    this.flying = this.out.slice(0, received - handled).reduce((sum, { length }) => sum + length - 1, 0);
    const peer = { received, handled, acked };
    Object.assign(this, { link, instance, attempt, window, peer, next: received + 1, epoch: this.epoch + 1 });
    this.tell();
    const has = { epoch: this.epoch, received: this.received, handled: this.handled, acked: handled };
    const about = { keepFor, window, resumed: session !== undefined };
    link.write(control(2, { session: this.id, ...has, ...about }));
    this.pump();
  }

  /** Without a first ack a session ends with its socket. */
  detach() {
    this.link = undefined;
    if (this.kept) this.expiry = setTimeout(() => this.end(), keepFor);
    else this.end();
  }

  end() {
    if (this.link !== undefined) this.link.session = undefined;
    Object.assign(this, { over: true, link: undefined });
    for (const timer of [this.expiry, this.ackTimer, this.leaving]) clearTimeout(timer);
    sessions.delete(this.id);
    for (const [key, session] of openings) if (session === this) openings.delete(key);
  }

  send(data) {
    this.out.push(Buffer.concat([Buffer.of(typeof data === 'string' ? 3 : 4), Buffer.from(data)]));
    this.pump();
  }

  pump() {
    while (this.link !== undefined && this.next <= this.peer.handled + this.out.length) {
      const count = this.next - this.peer.handled;
      const frame = this.out[count - 1];
      const bytes = this.flying + frame.length - 1;
      if (count > 1 && (count > this.window.messages || bytes > this.window.bytes)) return;
      this.flying = bytes;
      this.sent = Math.max(this.sent, this.next++);
      this.link.write(frame);
    }
  }

  onAck(handled) {
    if (handled < this.peer.handled || handled >= this.next) return this.bye('gap');
    for (const frame of this.out.splice(0, handled - this.peer.handled)) this.flying -= frame.length - 1;
    this.peer = { ...this.peer, handled, received: Math.max(this.peer.received, handled) };
    this.kept = true;
    this.pump();
    void this.work();
  }

  onMessage(data, size) {
    this.bytes += size;
    const count = ++this.received - this.told;
    const within = count <= this.window.messages && this.bytes <= this.window.bytes;
    rule(this.kept && (count === 1 || within), 'a message before the first ack, or beyond the window');
    this.inbox.push({ data, size, again: this.received <= this.again });
    void this.work();
  }

  /** One message at a time, and none while two windows of echoes wait: then the window of the peer fills, too. */
  async work() {
    if (this.working) return;
    this.working = true;
    while (this.inbox.length > 0 && this.out.length < 2 * own.messages && !this.over) {
      const { data, size, again } = this.inbox.shift();
      await onMessage(this, data, again).catch(console.error);
      this.handled++;
      this.done += size;
      this.ackTimer ??= setTimeout(() => this.ack(), ackMs);
      const { messages, bytes } = this.window;
      if (this.handled - this.told >= Math.min(16, messages / 2) || this.done >= Math.min(65_536, bytes / 2))
        this.ack();
    }
    this.working = false;
    if (this.leaving !== undefined && !this.over) this.bye('closed');
  }

  /** A welcome says what is handled, as an ack does. */
  tell() {
    clearTimeout(this.ackTimer);
    Object.assign(this, { ackTimer: undefined, told: this.handled, bytes: this.bytes - this.done, done: 0 });
  }

  ack() {
    if (this.link === undefined || this.handled === this.told) return;
    this.tell();
    this.link.write(ackOf(this.handled));
  }

  bye(reason) {
    this.link?.write(control(6, { handled: this.handled, reason }));
    this.end();
  }

  /** What came is handled first, for a while. */
  onBye() {
    this.leaving = setTimeout(() => this.bye('closed'), goodbyeMs);
    void this.work();
  }
}

/** One socket, of either kind. */
class Link {
  constructor(write, close) {
    Object.assign(this, { write, close, hellos: 0 });
    setTimeout(() => this.session ?? close(), helloMs);
  }

  /** `unknown-session` and `gap` leave the socket open, for the hello of a new session. */
  refuse(why) {
    this.session = undefined;
    this.write(control(7, why));
    if (!/unknown|gap/.test(why.reason)) this.close({ unavailable: 1013, version: 1002 }[why.reason] ?? 1008);
  }

  receive(frame) {
    try {
      const { session } = this;
      if (frame[0] === 1) return this.hello(readControl(frame, 16_384, helloFields, helloOptions));
      rule(this.hellos > 0 && frame[0] >= 3 && frame[0] <= 6, `a frame of type ${frame[0]}`);
      // After a goodbye of this side nothing has a meaning but a hello.
      if (frame[0] === 3) session?.onMessage(utf8.decode(frame.subarray(1)), frame.length - 1);
      if (frame[0] === 4) session?.onMessage(frame.subarray(1), frame.length - 1);
      if (frame[0] === 5) session?.onAck(readAck(frame));
      if (frame[0] === 6) session?.onBye(readControl(frame, 1024, byeFields));
    } catch (error) {
      console.error(`a socket is closed: ${error.message}`);
      this.close();
    }
  }

  hello(hello) {
    rule(this.session === undefined && ++this.hellos <= maxHellos, 'a hello too many');
    if (hello.v !== 1) return this.refuse({ reason: 'version', supported: [1] });
    const identity = identify(hello.credentials);
    const opened = openings.get(`${identity} ${hello.instance}`);
    const session = hello.session === undefined ? opened : sessions.get(hello.session);
    if (identity === undefined || (session ?? { identity }).identity !== identity)
      return this.refuse({ reason: 'not-yours' });
    if (hello.session !== undefined && session === undefined)
      return this.refuse({ reason: 'unknown-session' });
    const full = session === undefined && sessions.size >= maxSessions;
    const refusal = full ? { reason: 'unavailable', retryAfterMs: 1000 } : session?.refusalOf(hello);
    if (refusal !== undefined) return this.refuse(refusal);
    this.session = session ?? new Session(identity, hello);
    this.session.attach(this, hello);
  }
}

/** Acks go with heartbeats. A socket that says nothing for three of them is dead. */
function keepAlive(socket, link, beat) {
  const beats = setInterval(() => {
    link.session?.ack();
    beat();
  }, beatMs);
  socket.setTimeout(3 * beatMs, () => socket.destroy()).on('error', () => {});
  socket.on('close', () => {
    clearInterval(beats);
    link.session?.detach();
  });
}

/** Where the first frame of `framed` ends; one of an unknown type ends nowhere. */
function endOf(input) {
  const type = input.length < 2 ? 2 : input.readUInt16BE();
  if (type === 2) return 6 + (input.length < 6 ? 0 : input.readUInt32BE(2));
  return type === 1 ? 2 : Infinity;
}

const tcp = createServer((socket) => {
  const write = (frame) => {
    const head = Buffer.from([0, 2, 0, 0, 0, 0]);
    head.writeUInt32BE(frame.length, 2);
    socket.write(Buffer.concat([head, frame]));
  };
  const link = new Link(write, () => socket.destroySoon());
  keepAlive(socket, link, () => socket.write(Buffer.of(0, 1)));
  let input = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    input = Buffer.concat([input, chunk]);
    for (let end = endOf(input); end <= input.length && socket.writable; end = endOf(input)) {
      if (end > 2) link.receive(input.subarray(6, end));
      input = input.subarray(end);
    }
    if (endOf(input) > 6 + maxPayload) socket.destroy();
  });
});

const web = new WebSocketServer({ port: webPort, host: '127.0.0.1', maxPayload });
web.on('connection', (socket, { socket: below }) => {
  const link = new Link(socket.send.bind(socket), (code) => socket.close(code));
  keepAlive(below, link, () => socket.ping());
  socket
    .on('error', () => {})
    .on('message', (data, isBinary) => {
      if (!isBinary && String(data) === 'ping') socket.send('pong');
      else if (socket.readyState === socket.OPEN) link.receive(data);
    });
});

const here = (server) => `127.0.0.1:${server.address().port}`;
tcp.listen(tcpPort, '127.0.0.1', () => console.log(`tcp://${here(tcp)} ws://${here(web)}`));
process.once('SIGTERM', () => {
  for (const session of sessions.values()) session.bye('going-away');
  setTimeout(() => process.exit(), 500);
});
