/** A refused upgrade: the beginning of its body is read, for a bounded time, before it is the failure of its dial. */
import type { IncomingMessage } from 'node:http';
import { foreignText } from '../base/redact.ts';
import type { Failure } from '../policy/exits.ts';
import { failureOfRefusal } from '../policy/refusal.ts';
import { bodyLimit, type UpgradeResponse, upgradeResponse } from '../policy/upgrade-response.ts';
import type { DialProgress } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { patiently } from '../time/patience.ts';

/** Milliseconds for the body: it comes with the head, or a round trip later. */
const PATIENCE = 1000;

/** The socket of the dial. */
interface Refused {
  dial: unknown;
  fail(failure: Failure): void;
  destroy(): void;
}

interface Course {
  wall(): number;
  /** Hears of the response before the failure is reported. */
  readonly tell: ((response: UpgradeResponse) => void) | undefined;
}

/** Stands for the dial while the body is read. A deadline that ends it meanwhile ends it as what it is: refused. */
export class Refusal {
  readonly #socket: Refused;
  readonly #response: IncomingMessage;
  readonly #course: Course;
  readonly #body: Buffer[] = [];
  #length = 0;
  #isOver = false;
  #endPatience: () => void;

  constructor(socket: Refused, response: IncomingMessage, clock: Clock, { wall, tell }: Course) {
    this.#socket = socket;
    this.#response = response;
    this.#course = { wall, tell };
    const settle = () => this.settle();
    this.#endPatience = patiently(clock, PATIENCE, settle);
    response.on('data', (bytes: Buffer) => this.#add(bytes));
    response.on('end', settle).on('error', settle).on('close', settle);
  }

  /** As a dial that is under way. */
  get opening(): this {
    return this;
  }

  get progress(): DialProgress {
    const { statusCode = 0, headers } = this.#response;
    const body = Buffer.concat(this.#body).subarray(0, bodyLimit).toString();
    const failure = failureOfRefusal(
      upgradeResponse({ status: statusCode, headers: { ...headers }, body }),
      this.#course.wall(),
    );
    return { ...failure, detail: foreignText(failure.detail ?? '') };
  }

  /** The failure is reported, with what came of the body. */
  settle(): void {
    // Node buffers what came in one packet with an error: `read` passes it to `data`.
    if (!this.#isOver) this.#response.read();
    if (this.#isOver) return;
    const { progress } = this;
    this.destroy();
    if (progress.response !== undefined) this.#course.tell?.(progress.response);
    this.#socket.fail({ reason: 'upgrade-refused', ...progress });
    this.#socket.destroy();
  }

  destroy(): void {
    this.#isOver = true;
    this.#endPatience();
    this.#socket.dial = undefined;
  }

  #add(bytes: Buffer): void {
    this.#body.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= bodyLimit) this.settle();
  }
}
