import type { ConnectionPort } from '../../src/machines/port.ts';

const nothing = () => {};

/** A port that does nothing: the chart alone. */
export const idlePort: ConnectionPort = {
  tooLate: (reason) => ({ reason }),
  prepare: nothing,
  dial: nothing,
  startHandshake: nothing,
  introduce: nothing,
  arm: nothing,
  disarm: nothing,
  reportTraffic: nothing,
  watch: nothing,
  flow: nothing,
  sendHeartbeat: nothing,
  drain: nothing,
  sayGoodbye: nothing,
  destroy: nothing,
  release: nothing,
  exit: (verdict, proved) => ({ ...verdict, class: 'retryable', at: 0, livedMs: 0, proved }),
};
