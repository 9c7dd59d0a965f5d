/**
 * Bytes on their way through a session, which the other side has not handled. A receipt alone bounds nothing: while a
 * session hands a message out, `send` resolves before what it was given has a place in the window.
 */
const MOST = 1024 * 1024;

export class Credit {
  #open = 0;
  #waiting: (() => void)[] = [];

  /** Resolves when more may be sent, in the order of the calls. */
  async room(): Promise<void> {
    if (this.#open < MOST) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** `handled` resolves when the other side has, or the session is over. */
  take(bytes: number, handled: Promise<unknown>): void {
    this.#open += bytes;
    void handled.then(() => {
      this.#open -= bytes;
      if (this.#open < MOST) for (const wake of this.#waiting.splice(0)) wake();
    });
  }
}
