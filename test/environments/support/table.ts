/** What works where. `docs/environments.md` shows these rows, and each names the test that runs it. */
export interface Environment {
  readonly name: string;
  /** The version that the test runs; older ones are not tried. */
  readonly tested: string;
  readonly works: string;
  /** A file in `test/environments` or `test/browser`. */
  readonly test: string;
}

export const environments: readonly Environment[] = [
  {
    name: 'Node',
    tested: '20.19, 22.0, 24, 26',
    works: 'everything, by `import` and by `require`',
    test: 'environments/runtimes.test.ts',
  },
  {
    name: 'Bun',
    tested: '1.4',
    works: 'TCP and WebSocket, on both ends; the peer of a WebSocket has no address',
    test: 'environments/runtimes.test.ts',
  },
  {
    name: 'Deno',
    tested: '2.9',
    works: 'TCP and WebSocket, on both ends, with `--node-modules-dir`',
    test: 'environments/runtimes.test.ts',
  },
  {
    name: 'workerd (Cloudflare Workers)',
    tested: 'miniflare 4',
    works: 'the half for browsers, with WebSockets that the worker dials',
    test: 'environments/workerd.test.ts',
  },
  {
    name: 'React Native',
    tested: '0.88 with Metro 0.87; Hermes 0.12',
    works: '[the half for browsers](#react-native), with headers, by `import` and by `require`',
    test: 'environments/react-native.test.ts',
  },
  {
    name: 'Next.js',
    tested: '16.4 with Turbopack',
    works: 'client components, which the server renders first; route handlers with the half for Node',
    test: 'environments/next.test.ts',
  },
  {
    name: 'Web, shared and service workers',
    tested: 'Chromium',
    works: 'the half for browsers',
    test: 'environments/workers.test.ts',
  },
  {
    name: 'Strict content security policy',
    tested: 'Chromium',
    works: 'pages, and [the worker of a clock](#content-security-policy)',
    test: 'environments/workers.test.ts',
  },
  {
    name: 'Vite',
    tested: '8.3',
    works: 'pages, built and from the development server, and the worker of a clock',
    test: 'environments/bundlers.test.ts',
  },
  {
    name: 'webpack',
    tested: '5.112',
    works:
      'pages, and the worker of a clock; programs for Node, with a warning for the optional parts of `ws`',
    test: 'environments/bundlers.test.ts',
  },
  {
    name: 'Rollup',
    tested: '4.68',
    works: 'pages; programs for Node, with its plugins node-resolve, commonjs and json',
    test: 'environments/bundlers.test.ts',
  },
  {
    name: 'esbuild',
    tested: '0.28',
    works: 'pages; programs for Node, [as ES modules](#esbuild-es-modules-for-node) with a `require`',
    test: 'environments/bundlers.test.ts',
  },
  {
    name: 'Jest, ts-jest',
    tested: '30, with TypeScript 5.9',
    works: 'everything, in virtual time as well',
    test: 'environments/jest.test.ts',
  },
  {
    name: 'Jest with jsdom',
    tested: '30',
    works: 'the half for browsers, with the WebSocket of jsdom',
    test: 'environments/jest.test.ts',
  },
];
