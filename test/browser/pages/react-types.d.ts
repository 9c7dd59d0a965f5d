/** The part of React that is used here; its types are a package of their own. */
declare module 'react' {
  export const version: string;
  export const StrictMode: unknown;
  export function createContext<T>(value: T): { readonly Provider: unknown; readonly Consumer: unknown };
  export function createElement(type: unknown, props: object | null, ...children: unknown[]): unknown;
  export function useEffect(effect: () => () => void, on: unknown[]): void;
  export function useState<T>(first: T): [value: T, set: (value: T) => void];
}

declare module 'react-dom/client' {
  export function createRoot(container: unknown): { render(element: unknown): void; unmount(): void };
}

declare module 'react-dom/server' {
  export function renderToString(element: unknown): string;
}
