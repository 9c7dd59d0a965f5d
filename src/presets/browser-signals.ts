/** Network and visibility events of a browser (HTML, Page Lifecycle). */
import type { Signal, Signals } from '../actors/supervisor/signals.ts';

/** The part of `window` and `document` that is used. */
interface Target {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

export interface Platform extends Target {
  readonly document?: Target & { readonly visibilityState?: string };
}

/** A page that is shown again was throttled, or frozen. Workers have no document, and only the network. */
export function browserSignals(platform: Platform): Signals {
  return {
    watch(listener) {
      const { document } = platform;
      const say = (signal: Signal) => () => listener(signal);
      const shown = () => document?.visibilityState === 'visible' && listener('wake');
      const heard: readonly [Target | undefined, string, () => void][] = [
        [platform, 'online', say('online')],
        [platform, 'offline', say('offline')],
        [platform, 'pageshow', say('wake')],
        [document, 'resume', say('wake')],
        [document, 'visibilitychange', shown],
      ];
      for (const [target, type, react] of heard) target?.addEventListener(type, react);
      return () => {
        for (const [target, type, react] of heard) target?.removeEventListener(type, react);
      };
    },
  };
}
