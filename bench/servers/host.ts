/** Speaks a dialect with everybody who connects, and can hold back every answer while it keeps talking. */
import { createServer, type Server } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Dialect } from './dialects.ts';

type Say = (text: string) => void;

const dataEvery = 50;

export class Host {
  /** Messages received, pings of WebSocket included. */
  heard = 0;
  readonly #dialect: Dialect;
  readonly #interval: number;
  readonly #onHeard: () => void;
  readonly #guests = new Set<Say>();
  #held: ReturnType<typeof setInterval> | undefined;

  constructor(dialect: Dialect, interval: number, onHeard: () => void) {
    this.#dialect = dialect;
    this.#interval = interval;
    this.#onHeard = onHeard;
  }

  /** While holding: no answers and no pings, but data every 50 ms. */
  hold(holding: boolean): void {
    clearInterval(this.#held);
    this.#held = holding ? setInterval(() => this.#chatter(), dataEvery) : undefined;
  }

  listen(): Server | WebSocketServer {
    return this.#dialect.carrier === 'tcp' ? this.#tcp() : this.#webSocket();
  }

  #tcp(): Server {
    const server = createServer({ noDelay: true }, (socket) => {
      const guest = this.#greet((text) => socket.write(text, 'latin1'));
      socket.on('data', (chunk) => guest.heard(chunk.toString('latin1')));
      socket.on('error', () => socket.destroy());
      socket.on('close', guest.left);
    });
    return server.listen(0, '127.0.0.1');
  }

  #webSocket(): WebSocketServer {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
    server.on('connection', (socket) => {
      const guest = this.#greet((text) => socket.send(text));
      socket.on('message', (message) => guest.heard(String(message)));
      socket.on('ping', (payload) => guest.pinged(() => socket.pong(payload)));
      socket.on('error', () => socket.terminate());
      socket.on('close', guest.left);
    });
    return server;
  }

  #greet(say: Say) {
    const { hello, beat } = this.#dialect;
    const heartbeatQueued = setInterval(
      () => beat !== undefined && this.#held === undefined && say(beat),
      this.#interval,
    );
    this.#guests.add(say);
    if (hello !== undefined) say(hello);
    return {
      heard: (text: string) => this.#reply(() => this.#answer(text, say)),
      pinged: (pong: () => void) => this.#reply(pong),
      left: () => {
        clearInterval(heartbeatQueued);
        this.#guests.delete(say);
      },
    };
  }

  #reply(reply: () => void): void {
    this.heard++;
    this.#onHeard();
    if (this.#held === undefined) reply();
  }

  #answer(text: string, say: Say): void {
    const answer = this.#dialect.answer?.(text);
    if (answer !== undefined) say(answer);
  }

  #chatter(): void {
    for (const say of this.#guests) say(this.#dialect.data);
  }
}
