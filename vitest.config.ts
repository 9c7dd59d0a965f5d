/**
 * `npm test` runs the projects `main` and `units`: from the sources; the tests of the executable run what
 * `test/support/build.ts` compiles. The other projects need more than a checkout, and have a script each.
 */
import { defineConfig } from 'vitest/config';

/** Folders of `test`, each with a script `test:<folder>`. */
const apart = ['servers', 'networks', 'environments'];
const inFolder = (folder: string) => `test/${folder}/**/*.test.ts`;

/** In virtual time, and formulas, leave nothing behind: these files share a process, which saves a second each. */
const units = [
  'actors/dialogue',
  'actors/incarnation',
  'actors/supervisor',
  'adopt',
  'base',
  'config',
  'endpoints',
  'liveness',
  'machines',
  'mistakes',
  'opentelemetry',
  'policy',
  'protocols',
  'requests',
  'sessions',
  'storm',
  'testing',
].map(inFolder);

/** `npm run test:chromium`: five minutes, one file at a time; skipped where there is none. */
const inChromium = [
  'test/browser/*.test.ts',
  'test/inspect/page/{accessible,demo,edges,legible,link,many,open,page,processes,sessions,tools}.test.ts',
];
/** Other processes, and thousands of handshakes: they take a minute of both cores. */
const withProcesses = [
  'test/messages/gigabyte.test.ts',
  'test/actors/sockets/frozen-process.test.ts',
  'test/actors/sockets/many-handshakes.test.ts',
  'test/sessions/second-server.test.ts',
];
const build = ['test/support/build.ts'];

const moreOf: Readonly<Record<string, object>> = {
  // Two files at a time: they wait for servers and deadlines for most of their time, and hold with two more busy processes beside them.
  servers: {
    include: [inFolder('servers'), ...withProcesses],
    globalSetup: build,
    testTimeout: 60_000,
  },
  // They wait for the registry and for bundlers for most of their time, and for each other without need.
  environments: {
    globalSetup: [...build, 'test/environments/support/tarball.ts'],
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
  // One file at a time: a page on a busy machine is late.
  chromium: {
    include: inChromium,
    globalSetup: build,
    maxWorkers: 1,
    sequence: { groupOrder: 2 },
  },
};

// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...units, ...apart.map(inFolder), ...inChromium, ...withProcesses],
          globalSetup: build,
        },
      },
      { extends: true, test: { name: 'units', include: units, exclude: withProcesses, isolate: false } },
      ...[...apart, 'chromium'].map((name) => ({
        extends: true as const,
        test: { name, include: [inFolder(name)], ...moreOf[name] },
      })),
    ],
  },
});
