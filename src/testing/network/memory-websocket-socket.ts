/** An end of a simulated WebSocket (RFC 6455) over an end of a simulated stream. */
import type { Failure } from '../../policy/exits.ts';
import { failureOfRefusal } from '../../policy/refusal.ts';
import type { CloseFrame, Dialler, Socket, SocketSink } from '../../ports/transport.ts';
import type { WebSocketCarrier, WebSocketFacts } from '../../ports/websocket-carrier.ts';
import { ControlFrame, type WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { MemoryEnd } from './memory-end.ts';
import {
  Assembly,
  type Frame,
  frameOf,
  frameOfChunk,
  responseOf,
  Unpacking,
  type UpgradeAnswer,
  type UpgradeRequest,
} from './memory-websocket-frames.ts';

/** The part of each side in the upgrade. */
export type Role =
  | {
      readonly side: 'dial';
      readonly request: UpgradeRequest;
      readonly dialler: Dialler | undefined;
      wall(): number;
    }
  | { readonly side: 'accept'; judge(request: UpgradeRequest): UpgradeAnswer };

const cutOff: Failure = {
  reason: 'cut-off',
  code: 1006,
  detail: 'the connection ended without a close frame',
};

export class MemoryWebSocket
  extends MemoryEnd<Socket<Uint8Array>>
  implements WebSocketCarrier, SocketSink<Uint8Array>
{
  readonly ws: WebSocketFacts & { protocol: string } = { protocol: '', extensions: '' };
  request: UpgradeRequest | undefined;
  /** With those of a frame that is still arriving. */
  bytesRead = 0;
  readonly #role: Role;
  readonly #sink: SocketSink<WebSocketChunk>;
  protected readonly socket: Socket<Uint8Array>;
  readonly #unpacking = new Unpacking();
  readonly #assembly = new Assembly();
  /** For each write that the network has not reported: whether `written` reports it to the sink. */
  readonly #reports: boolean[] = [];
  #stage: 'opening' | 'open' | 'parting' | 'over' = 'opening';
  /** The stream below was destroyed, or is gone. */
  #dropped = false;

  constructor(
    role: Role,
    sink: SocketSink<WebSocketChunk>,
    attach: (sink: SocketSink<Uint8Array>) => Socket<Uint8Array>,
  ) {
    super();
    this.#role = role;
    this.#sink = sink;
    this.socket = attach(this);
  }

  write(chunk: WebSocketChunk, more: boolean): boolean {
    if (this.#stage !== 'open') return false;
    this.#send(frameOfChunk(chunk, more), true);
    return true;
  }

  get subprotocol(): string {
    return this.ws.protocol;
  }

  end(close: CloseFrame = { code: 1000, reason: '' }): void {
    if (this.#stage === 'opening') return this.destroy();
    if (this.#stage !== 'open') return;
    this.#stage = 'parting';
    this.#send(frameOf('close', close), false);
  }

  destroy(): void {
    this.#stage = 'over';
    if (this.#dropped) return;
    this.#dropped = true;
    this.socket.destroy();
  }

  // Called by the stream.

  opened(): void {
    if (this.#role.side === 'dial') this.#send(frameOf('request', this.#role.request), false);
  }

  received(chunk: Uint8Array): void {
    this.bytesRead += chunk.length;
    for (const frame of this.#unpacking.push(chunk)) if (this.#stage !== 'over') this.#obey(frame);
  }

  written(): void {
    if (this.#reports.shift() && this.#stage !== 'over') this.#sink.written();
  }

  /** An end of stream without a close frame. */
  ended(): void {
    if (this.#stage === 'over') return;
    this.#fail(cutOff);
    this.destroy();
  }

  failed(failure: Failure): void {
    if (this.#stage !== 'over') this.#fail(this.#stage === 'opening' ? failure : cutOff);
  }

  closed(): void {
    this.#stage = 'over';
    this.#dropped = true;
    this.#sink.closed();
  }

  // Frames.

  #obey(frame: Frame): void {
    if (frame.kind === 'request') return this.#answer(frame.request);
    if (frame.kind === 'answer') return this.#answered(frame.answer);
    if (frame.kind === 'close') return this.#part(frame.close);
    if (frame.kind === 'ping' || frame.kind === 'pong')
      return this.#sink.received(new ControlFrame(frame.kind, frame.payload));
    const message = this.#assembly.add(frame);
    if (message !== undefined) this.#sink.received(message);
  }

  #answer(request: UpgradeRequest): void {
    if (this.#role.side !== 'accept') return;
    const answer = this.#role.judge(request);
    this.request = request;
    this.#send(frameOf('answer', answer), false);
    if (answer.status === 101) return this.#open(answer);
    this.#stage = 'over';
    this.socket.end();
  }

  #answered(answer: UpgradeAnswer): void {
    if (this.#role.side !== 'dial') return;
    const response = responseOf(answer);
    this.#role.dialler?.onResponse?.(response);
    if (this.#dropped) return;
    if (answer.status === 101) return this.#open(answer);
    this.#fail(failureOfRefusal(response, this.#role.wall()));
    this.destroy();
  }

  #open({ protocol = '' }: UpgradeAnswer): void {
    this.#stage = 'open';
    this.ws.protocol = protocol;
    this.#sink.opened();
  }

  /** Answers the peer's close frame, unless this side has already sent one (RFC 6455 section 5.5.1). */
  #part(close: CloseFrame): void {
    if (this.#stage === 'open') this.#send(frameOf('close', close), false);
    this.#stage = 'over';
    this.#sink.ended(close);
    this.socket.end();
  }

  #fail(failure: Failure): void {
    this.#stage = 'over';
    this.#sink.failed(failure);
  }

  #send(frame: Uint8Array, reported: boolean): void {
    this.#reports.push(reported);
    this.socket.write(frame, false);
  }
}
