/** Backpressure at one end of a simulated connection: the calls pass to the socket unchanged. */
import type { Socket } from '../../ports/transport.ts';

type Flow = Pick<Socket<never>, 'pause' | 'resume'>;

export abstract class MemoryEnd<Held extends Flow> {
  protected abstract readonly socket: Held;

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}
