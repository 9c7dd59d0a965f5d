/** Network and visibility events of a browser (HTML and Page Lifecycle standards). */
import type { Signal, Signals } from '../actors/supervisor/signals.ts';

/** The members of `window` and `document` that are used. React Native's global object has none of them. */
interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

export interface Platform extends Target {
  readonly document?: Target & { readonly visibilityState?: string };
}

/** `wake` when a page is shown again: it was throttled or frozen. Workers have no document, and report only the network. */
export function browserSignals(platform: Platform): Signals {
  return {
    watch(listener) {
      const { document } = platform;
      const report = (signal: Signal) => () => listener(signal);
      const shown = () => document?.visibilityState === 'visible' && listener('wake');
      const listeners: readonly [Target | undefined, string, () => void][] = [
        [platform, 'online', report('online')],
        [platform, 'offline', report('offline')],
        [platform, 'pageshow', report('wake')],
        [document, 'resume', report('wake')],
        [document, 'visibilitychange', shown],
      ];
      for (const [target, type, react] of listeners) target?.addEventListener?.(type, react);
      return () => {
        for (const [target, type, react] of listeners) target?.removeEventListener?.(type, react);
      };
    },
  };
}
