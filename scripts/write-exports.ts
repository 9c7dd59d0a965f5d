/**
 * `npm run exports`: writes `exports` of package.json, an entry for each face in `src`. A test compares them.
 * The conditions, in the order in which they are tried:
 *
 * - `react-native`: a copy of each entry that needs nothing of Node (`react-native.ts`), so that a program has one of a module;
 * - `browser`: the half of an entry that needs nothing of Node, where there is one;
 * - `module-sync`: Node from 20.19 on, for `import` and `require` alike, so that a process has one copy of a module;
 * - `require`: tools that load CommonJS, such as Jest;
 * - `default`: everything else, as modules.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Conditions = string | { readonly [condition: string]: Conditions };

const root = fileURLToPath(new URL('..', import.meta.url));

/** Names of the faces that an entry leads to: `index`, `websocket-browser`. */
function facesOf(): readonly string[] {
  return readdirSync(`${root}src`)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3));
}

/** Entries that need Node in each of their halves. */
const ofNode = ['inspect', 'session-redis', 'tcp'];

/** Entries below another one. */
const below: Readonly<Record<string, string>> = {
  index: '.',
  'inspect-page': './inspect/page',
  'session-redis': './session/redis',
};

export function exportsOf(): Readonly<Record<string, Conditions>> {
  const faces = facesOf();
  const entries = faces
    .filter((face) => face !== 'browser' && face !== 'react-native' && !face.endsWith('-browser'))
    .map((face) => [below[face] ?? `./${face}`, entryOf(face, faces)] as const);
  return {
    ...Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    './clock-worker': './dist/clock-worker.js',
    './command-line.schema.json': './schema/command-line.schema.json',
    './log-line.schema.json': './schema/log-line.schema.json',
    './policy.schema.json': './schema/policy.schema.json',
    './targets.schema.json': './schema/targets.schema.json',
    './package.json': './package.json',
  };
}

function entryOf(face: string, faces: readonly string[]): Conditions {
  const half = face === 'index' ? 'browser' : `${face}-browser`;
  const hasHalf = faces.includes(half);
  const mobile = face === 'index' ? 'react-native' : hasHalf ? half : face;
  return {
    ...(!ofNode.includes(face) && { 'react-native': inBoth(mobile, 'react-native/') }),
    ...(hasHalf && { browser: inBoth(half) }),
    'module-sync': script(face),
    ...inBoth(face),
  };
}

/** By `import` and by `require`. */
const inBoth = (face: string, folder = '') => ({ require: commonJs(face, folder), ...script(face, folder) });
const script = (face: string, folder = '') => ({
  types: `./dist/${face}.d.ts`,
  default: `./dist/${folder}${face}.js`,
});
const commonJs = (face: string, folder = '') => ({
  types: `./dist/cjs/${face}.d.ts`,
  default: `./dist/${folder}cjs/${face}.js`,
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  writeFileSync(`${root}package.json`, `${JSON.stringify({ ...manifest, exports: exportsOf() }, null, 2)}\n`);
}
