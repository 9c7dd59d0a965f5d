/** The package as it is built: its dependencies, its declarations, its scripts and the licences in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(textOf('package.json'));
const dependencies = ['pino', 'rxjs', 'ws', 'xstate'];

describe('package.json', () => {
  test('names xstate, rxjs, pino and ws as the dependencies, and no others', () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual(dependencies);
    expect(Object.keys(manifest)).not.toContain('optionalDependencies');
  });

  test('names optional peers alone, so that an installation brings none', () => {
    const { peerDependencies, peerDependenciesMeta, devDependencies } = manifest;
    const optional = Object.entries<{ optional: boolean }>(peerDependenciesMeta).filter(
      ([, meta]) => meta.optional,
    );
    expect(Object.keys(peerDependencies).toSorted()).toEqual(optional.map(([name]) => name).toSorted());
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(Object.keys(peerDependencies)));
  });

  test.each(['preinstall', 'install', 'postinstall', 'prepare'])(
    'has no script `%s`, as npm warns about it on each installation',
    (script) => expect(Object.keys(manifest.scripts)).not.toContain(script),
  );
});

describe('declarations', () => {
  const faces = exported('.d.ts');
  const known = [...dependencies, ...builtinModules, '@opentelemetry/api'];

  test('the walk starts from an entry for each of the exports', () => {
    expect(faces.length).toBeGreaterThan(10);
  });

  test.each(faces)('%s reaches declarations of dependencies and of Node alone', (face) => {
    const foreign = packagesOf(face).filter((name) => !name.startsWith('node:'));
    expect(foreign.filter((name) => !known.includes(name))).toEqual([]);
  });

  /** Sockets and TLS of Node are in their options. */
  const ofNode = ['dist/tcp.d.ts', 'dist/websocket.d.ts'];

  test('those of tcp and of websocket in Node alone need the types of Node', () => {
    const needing = faces.filter(
      (face) =>
        !face.startsWith('dist/cjs/') &&
        packagesOf(face).some((name) => builtinModules.includes(name.replace('node:', ''))),
    );
    expect(needing.toSorted()).toEqual(ofNode);
  });
});

describe('scripts', () => {
  const maps = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js.map'))
    .map((file) => ({ file, sources: JSON.parse(textOf(`dist/${file}`)).sources as string[] }));
  const sources = maps.flatMap(({ file, sources }) =>
    sources.map((source) => normalize(join('dist', dirname(file), source))),
  );

  const isTwice = /^src\/(protocols\/(mqtt|socket-io)\/|opentelemetry\/|machines\/|sessions\/chart\.ts$)/;
  /** A library in CommonJS and one in modules ask for it, each in its own way. */
  const isPair = /^node_modules\/@opentelemetry\/semantic-conventions\//;

  test('each source is in one script, however it is reached, but for charts and what needs optional peers', () => {
    expect(sources.length).toBeGreaterThan(100);
    const again = sources.filter((source, index) => sources.indexOf(source) !== index);
    expect(again.filter((source) => !isTwice.test(source) && !isPair.test(source))).toEqual([]);
  });

  test('the command line brings the optional peers, and no entry does', () => {
    const peers = Object.keys(manifest.peerDependencies);
    const isPeer = (name: string) => peers.includes(name);
    expect(packagesOf('dist/cli/main.js').filter(isPeer)).toEqual([]);
    expect(packagesOf('dist/mqtt.js').filter(isPeer)).toEqual(['mqtt-packet']);
  });

  test('the map of each script leads to sources that are in the package', () => {
    const own = sources.filter((source) => !/node_modules\/|builtin:/.test(source));
    expect(own.filter((source) => !source.startsWith('src/') || !existsSync(join(root, source)))).toEqual([]);
    expect(manifest.files).toContain('src');
  });

  test('a page runs the connection chart of holdfast/machines without its descriptions, Node runs the chart itself', async () => {
    const { connectionMachine } = await importDist('machines');
    const described = connectionMachine.config;
    expect(described.description).toBe('One socket, from dialling to its exit.');
    expect(await chartOf('index')).toBe(described);
    expect(plain(await chartOf('browser'))).toEqual(plain(described, ['description']));
  });

  test('holdfast/config throws errors that are instances of the class that holdfast exports', async () => {
    const [{ ConfigError }, { parsePolicy }, { parseRecording }] = await Promise.all([
      importDist('index'),
      importDist('config'),
      importDist('inspect'),
    ]);
    expect(() => parsePolicy({ heartbeats: 1 })).toThrow(ConfigError);
    expect(() => parseRecording('{')).toThrow(ConfigError);
  });
});

test('THIRD-PARTY-LICENSES.txt has the licence of each bundled library', () => {
  const text = textOf('dist/THIRD-PARTY-LICENSES.txt');
  const libraries = [
    'cli-table3',
    'commander',
    'jsonc-parser',
    'log-update',
    'picocolors',
    'preact',
    'string-width',
    'uplot',
    'valibot',
  ];
  for (const library of libraries)
    expect(text).toMatch(new RegExp(`\n${library} \\d[\\d.]+ \\((MIT|ISC)\\)\n`));
});

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The config of the chart that runs a connection of a face. */
async function chartOf(face: string): Promise<object> {
  const socket = { destroy() {}, end() {}, write() {}, pause() {}, resume() {} };
  const transport = {
    ...{
      name: 'void',
      schemes: ['void'],
      carrier: 'messages',
      provedByOpening: true,
      defaultProtocol: 'void',
    },
    check: () => undefined,
    dial: () => socket,
  };
  const protocol = {
    ...{ name: 'void', carrier: 'messages', modes: { dial: null, accept: null } },
    open: () => ({ decoder: { push() {}, midFrame: false }, isHeartbeat: () => false }),
  };
  const charts: object[] = [];
  const { createSupervisor } = await importDist(face);
  const supervisor = createSupervisor({
    transports: [transport],
    signals: { watch: () => () => {} },
    // biome-ignore lint/suspicious/noExplicitAny: an inspection event of XState, whose logic is the chart's
    inspect: ({ actorRef }: any) => actorRef.logic.config && charts.push(actorRef.logic.config),
  });
  const { closed } = supervisor.connect({ url: 'void://host', protocol });
  supervisor.actor.stop();
  await closed;
  return charts[0] ?? {};
}

/** As JSON has it, without some of its keys. */
function plain(config: object, without: readonly string[] = []): unknown {
  return JSON.parse(JSON.stringify(config, (key, value) => (without.includes(key) ? undefined : value)));
}

/** The files of the exports that end so, each once. */
function exported(ending: string, value: unknown = manifest.exports): string[] {
  if (typeof value === 'string') return value.endsWith(ending) ? [normalize(value)] : [];
  return [...new Set(Object.values(value as object).flatMap((each) => exported(ending, each)))];
}

/** The packages that a declaration or a script names, by itself or through others. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return importsOf(file).flatMap((name) =>
    /^\.\.?\//.test(name)
      ? packagesOf(
          normalize(join(dirname(file), file.endsWith('.js') ? name : name.replace(/\.[jt]s$/, '.d.ts'))),
          seen,
        )
      : [name],
  );
}

function importsOf(file: string): string[] {
  const named = textOf(file).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\btypes=)['"]([\w@./:+-]+)['"]/g);
  return Array.from(named, (match) => match[1] ?? '');
}

// biome-ignore lint/suspicious/noExplicitAny: scripts of `dist` are there once it is built, and are not typed here
function importDist(face: string): Promise<any> {
  return import(new URL(`../../dist/${face}.js`, import.meta.url).href);
}
