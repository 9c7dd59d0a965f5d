/** Peers in plain `node:net`: they speak bytes, remember what reached them, and know nothing of holdfast. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type ServerOpts, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { later, placeOf, serving } from '../transport/peers.ts';
import { Watch } from './watch.ts';

export class PlainPeer extends Watch {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  /** How often the other side said that it sends no more. */
  ends = 0;
  closes = 0;

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.happened();
    });
    socket.on('error', () => {});
    socket.on('end', () => {
      this.ends++;
      this.happened();
    });
    socket.on('close', () => {
      this.closes++;
      this.happened();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return String(this.bytes);
  }

  count(token: string): number {
    return this.text.split(token).length - 1;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  saw(token: string, times = 1): Promise<void> {
    return this.until(() => this.count(token) >= times);
  }

  sawText(text: string): Promise<void> {
    return this.until(() => this.text === text);
  }

  closed(): Promise<void> {
    return this.until(() => this.closes > 0);
  }

  /** For a peer that keeps its side open: only a write shows it that the other side is gone. */
  async noticesTheEnd(): Promise<void> {
    while (this.closes === 0) {
      this.write('x');
      await nextTurn();
    }
  }
}

export type Behaviour = (peer: PlainPeer) => void;

/** Accepts, reads, and says nothing. */
export const mute: Behaviour = () => {};

/** Answers a token, the first `times` times on each connection. */
export function answers(ask: string, answer: string, times = Number.POSITIVE_INFINITY): Behaviour {
  return (peer) => {
    let answered = 0;
    peer.socket.on('data', () => {
      for (; answered < Math.min(peer.count(ask), times); answered++) peer.write(answer);
    });
  };
}

export const answersLines = answers('PING\n', 'PONG\n');

export class PlainServer extends Watch {
  /** The port is real; the scheme is that of the test's dial. */
  url = '';
  readonly peers: PlainPeer[] = [];
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    super();
    this.#behaviour = behaviour;
  }

  accept(socket: Socket): void {
    const peer = new PlainPeer(socket);
    this.#behaviour(peer);
    this.peers.push(peer);
    this.happened();
  }

  /** The n-th connection it got, from 1. */
  async peer(n = 1): Promise<PlainPeer> {
    await this.until(() => this.peers.length >= n);
    return this.peers[n - 1] as PlainPeer;
  }
}

/** Listens on a free port of loopback until the end of the test. */
export async function plainServer(
  behaviour: Behaviour = mute,
  { scheme = 'tcp', ...options }: ServerOpts & { scheme?: string } = {},
): Promise<PlainServer> {
  const plain = new PlainServer(behaviour);
  const server = createServer(options, (socket) => plain.accept(socket));
  await serving(server, { host: '127.0.0.1', port: 0 });
  plain.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return plain;
}

/** A plain client, connected. */
export async function visit(url: string): Promise<PlainPeer> {
  const socket = connect({ ...placeOf(url), noDelay: true });
  const peer = new PlainPeer(socket);
  later(() => socket.destroy());
  await once(socket, 'connect');
  return peer;
}

/** Writes `bytes` over and over, until the end of the test. */
export function chatter(peer: PlainPeer, bytes: string, everyMs: number): void {
  const timer = setInterval(() => peer.write(bytes), everyMs);
  later(() => clearInterval(timer));
}
