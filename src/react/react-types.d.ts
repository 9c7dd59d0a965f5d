/** The part of React that the hooks use: its types are a package of their own, which no declaration here names. */
declare module 'react' {
  export function useCallback<T>(callback: T, on: readonly unknown[]): T;
  export function useContext(context: unknown): unknown;
  export function useEffect(effect: () => (() => void) | undefined, on: readonly unknown[]): void;
  export function useInsertionEffect(effect: () => void): void;
  export function useRef<T>(first: T): { current: T };
  export function useState<T>(first: () => T): [value: T];
  export function useSyncExternalStore<T>(
    subscribe: (onChange: () => void) => () => void,
    snapshot: () => T,
    serverSnapshot: () => T,
  ): T;
}
