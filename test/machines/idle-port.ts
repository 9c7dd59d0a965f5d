import type { ConnectionPort } from '../../src/machines/port.ts';

/** A port that does nothing: the chart alone. */
export function idlePort(proof: ConnectionPort['proof'], prepared = true): ConnectionPort {
  const nothing = () => {};
  return {
    proof,
    prepared,
    prepare: nothing,
    canAsk: true,
    dial: nothing,
    greet: nothing,
    arm: nothing,
    disarm: nothing,
    attend: nothing,
    watch: nothing,
    flow: nothing,
    beat: nothing,
    drain: nothing,
    sayGoodbye: nothing,
    destroy: nothing,
    release: nothing,
    exit: (verdict, proved) => ({ ...verdict, class: 'retryable', at: 0, livedMs: 0, proved }),
  };
}
