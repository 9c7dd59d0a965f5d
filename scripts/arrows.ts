/** The arrows between the rooms of `src`: the table, and the lint rules that hold it. `npm run arrows` writes the rules. */
import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the files of a room may import, beside each other. */
interface Arrows {
  /** Other rooms, or some files of them. */
  readonly rooms?: readonly string[];
  /** Rooms of which only types are imported. Lint does not tell types from values; `test/house.test.ts` does. */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

const ground = ['time', 'policy', 'base'];
const terms = ['ports', 'config', ...ground];
const parts = ['liveness', 'endpoints', 'messages', ...terms];
const product = ['actors', 'machines', 'protocols', 'sdk', 'transport', ...parts];
const node = ':NODE:';

/** The first path that fits a file is its row: a folder of `src` with the folders in it, or a pattern for files. */
export const arrows: Readonly<Record<string, Arrows>> = {
  policy: {},
  base: { types: ['policy'], packages: ['rxjs'] },
  time: { rooms: ['base'], packages: ['rxjs'] },
  ports: { rooms: ['policy'], types: ['time'] },
  config: { rooms: ['policy', 'base'] },
  machines: { types: ['policy'], packages: ['xstate'] },
  endpoints: { rooms: terms },
  messages: { rooms: terms, packages: ['rxjs'] },
  liveness: { rooms: ['endpoints', 'messages', ...terms], types: ['machines'] },
  'actors/incarnation': { rooms: ['machines', ...parts], packages: ['xstate'] },
  'actors/supervisor': { rooms: ['actors/incarnation', 'machines', ...parts], packages: ['rxjs', 'xstate'] },

  protocols: { rooms: ['ports', 'base'] },
  'protocols/mqtt': { rooms: ['protocols/*', 'ports', 'base'], types: ['policy'], packages: ['mqtt-packet'] },
  'protocols/socket-io': {
    rooms: ['protocols/*', 'ports', 'base'],
    packages: ['engine.io-parser', 'socket.io-parser'],
  },
  transport: { rooms: ['ports', ...ground], packages: [node, 'ws'] },
  sdk: {
    rooms: ['actors/supervisor', 'endpoints', 'protocols', 'base'],
    types: ['config', 'machines', 'policy', 'ports'],
  },
  testing: {
    rooms: ['ports', 'transport/url-checks.ts', ...ground],
    types: ['actors', 'adopt', 'config', 'machines'],
    packages: ['rxjs'],
  },
  adopt: { rooms: ['ports', ...ground], types: ['actors', 'endpoints'] },
  opentelemetry: { rooms: ['base'], types: ['actors'], packages: ['@opentelemetry/api'] },
  react: { rooms: ['endpoints'], types: ['actors', 'machines'], packages: ['react'] },
  requests: { rooms: ['time', 'base'], types: ['machines', 'messages'], packages: ['rxjs'] },
  sessions: {
    rooms: ['machines', 'messages', 'protocols', ...terms],
    types: ['actors', 'liveness', 'endpoints'],
    packages: ['rxjs', 'xstate'],
  },
  'sessions/redis': { rooms: ['sessions/*', ...ground], packages: [node] },
  storm: { rooms: ['policy'] },

  'inspect/reports': {
    rooms: ['inspect/*', ...ground],
    packages: [node, 'rxjs', 'valibot', 'ws'],
  },
  'inspect/page': {
    rooms: ['inspect/*', 'policy', 'time'],
    types: ['actors'],
    packages: ['@preact/signals', 'preact', 'preact/**', 'uplot', 'uplot/**'],
  },
  inspect: {
    rooms: ['inspect/reports', 'machines', 'sessions/chart.ts', ...ground],
    types: ['actors'],
    packages: [node, 'rxjs', 'valibot', 'ws', 'xstate'],
  },
  'presets/*browser*': { rooms: product },
  presets: { rooms: product, packages: ['pino'] },
  cli: {
    rooms: [...product, 'inspect', 'opentelemetry', 'presets', 'sessions', 'storm', 'testing'],
    packages: [node, ':PACKAGE:'],
  },
  'react-native.ts': { rooms: ['browser.ts', 'presets'] },
  '*browser.ts': { rooms: [...product, 'sessions', 'presets/*browser*'] },
  '*.ts': {
    rooms: [
      ...product,
      'adopt',
      'inspect',
      'opentelemetry',
      'presets',
      'react',
      'requests',
      'sessions',
      'testing',
    ],
  },
};

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The text of `biome.arrows.json`: a rule for each folder, as an import begins with the way out of the folder. */
export function arrowRules(): string {
  const overrides = Object.keys(arrows).toReversed().flatMap(overridesOf);
  return `${JSON.stringify({ overrides }, undefined, 2)}\n`;
}

/** Biome applies the last override that fits a file, so the first row comes last. */
function overridesOf(row: string): readonly object[] {
  const folders = foldersOf(row);
  if (folders.length === 0) throw new Error(`src/${row} has no files, but a row among the arrows`);
  return folders.map((folder) => overrideOf(folder, namesFiles(row) ? row : `${folder}/*`, row));
}

function overrideOf(folder: string, files: string, row: string): object {
  const { rooms = [], types = [], packages = [] } = arrows[row] ?? {};
  const inside = foldersOf(row).flatMap((each) => (each === '.' ? [] : `${each}/*`));
  const outside = [...rooms, ...types].map((room) => (namesFiles(room) ? room : `${room}/**`));
  const allowed = [...[...inside, ...outside].map((path) => wayTo(path, folder)), ...packages];
  const group = ['**', ...allowed.map((each) => `!${each}`)];
  const others = [...rooms, ...types, ...packages].join(', ') || 'none';
  const message = `Beside each other, files of src/${row} may import from: ${others} (scripts/arrows.ts).`;
  const noRestrictedImports = { level: 'error', options: { patterns: [{ group, message }] } };
  return { includes: [`src/${files}`], linter: { rules: { style: { noRestrictedImports } } } };
}

function wayTo(path: string, folder: string): string {
  const way = posix.relative(folder, path);
  return way.startsWith('.') ? way : `./${way}`;
}

/** The folders of a row, without those that have a row of their own. */
function foldersOf(row: string): readonly string[] {
  if (namesFiles(row)) return [posix.dirname(row)];
  const others = Object.keys(arrows).filter((other) => isIn(other, row) && other !== row);
  return foldersOfSource()
    .filter((folder) => isIn(folder, row))
    .filter((folder) => !others.some((other) => isIn(folder, other)));
}

/** The folders below `src` that hold files. */
export function foldersOfSource(): readonly string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(namesFiles);
  return [...new Set(files.map((file) => posix.dirname(file)))].toSorted();
}

function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

/** Files have a dot in their names, or are meant by a pattern; folders have neither. */
function namesFiles(path: string): boolean {
  return /[*.]/.test(path);
}
