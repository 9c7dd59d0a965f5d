/**
 * Run to completion, as statecharts have it: a step finishes before its events are published. What a step publishes
 * waits until the outermost step is over; what it asks of actors waits behind that. A listener that calls `close()`,
 * `reconnect()` or `connect()` therefore always meets connections and gates between two steps. The effects of such a
 * call follow before it returns, but its events: `Broadcast` tells those when all have heard the one before.
 */
export class Steps {
  #depth = 0;
  #effects: (() => void)[] = [];
  #next = 0;
  #lateEffects: (() => void)[] = [];

  /** Runs a step; effects follow when the outermost one is over. */
  run(step: () => void): void {
    this.#depth++;
    try {
      step();
    } finally {
      this.#depth--;
      this.#perform();
    }
  }

  /** Runs `effect` after the step that is under way, or now. It must not throw. */
  after(effect: () => void): void {
    this.#effects.push(effect);
    this.#perform();
  }

  /** As above, when no effect of `after` is left: a listener may still withdraw what it asks for. */
  afterAll(effect: () => void): void {
    this.#lateEffects.push(effect);
    this.#perform();
  }

  /** An effect may run a step of its own: what is left goes first, so the order is that of the steps. */
  #perform(): void {
    if (this.#depth > 0) return;
    for (let effect = this.#take(); effect !== undefined; effect = this.#take()) effect();
  }

  #take(): (() => void) | undefined {
    const effect = this.#effects[this.#next++];
    if (effect !== undefined) return effect;
    this.#effects = [];
    this.#next = 0;
    return this.#lateEffects.shift();
  }
}
