/** Stores as a process sees them over a network: calls that do not arrive, and replies that are lost. */
import type { SessionStore } from '../../src/sessions/store.ts';

type Call = (...args: unknown[]) => Promise<unknown>;

/** Each call of the store goes through `around`, but for `begin`. */
function through(
  store: SessionStore,
  around: (call: () => Promise<unknown>, name: string) => Promise<unknown>,
): SessionStore {
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== 'function') return value;
      const bound = (...args: unknown[]) => (value as Call).apply(target, args);
      return key === 'begin' ? bound : (...args: unknown[]) => around(() => bound(...args), String(key));
    },
  });
}

/** While `isCut`, no call arrives. */
export function cutOff(store: SessionStore, isCut: () => boolean): SessionStore {
  return through(store, (call) => (isCut() ? Promise.reject(new Error('no store')) : call()));
}

/** The store acts, and the reply is lost where `loses` says so. */
export function losingReplies(store: SessionStore, loses: () => boolean): SessionStore {
  return through(store, async (call) => {
    const answer = await call();
    if (loses()) throw new Error('the reply was lost');
    return answer;
  });
}

/** The store acts, and `wait` is for its answer. */
export function answering(store: SessionStore, wait: (name: string) => Promise<void>): SessionStore {
  return through(store, async (call, name) => {
    const answer = await call();
    await wait(name);
    return answer;
  });
}
