/**
 * The size of a page: the same small client (connect, heartbeat, reconnect, send, receive) on holdfast and on other
 * libraries, and what each part of a supervisor adds. Bundled by esbuild, minified and compressed as size-limit does it
 * for the rows of package.json. `npm run bench:size`; with `-- --write` the tables of the documentation get what was
 * measured. Fails where one of them is off by more than `TOLERANCE`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { demandPeers, versionOf } from './clients/peers.ts';
import { printTable } from './support/report.ts';

/** Kilobytes by which a table may be off. */
const TOLERANCE = 0.25;
const root = fileURLToPath(new URL('..', import.meta.url));
const writes = process.argv.includes('--write');

const others = ['partysocket', 'phoenix', 'centrifuge', 'graphql-ws', 'socket.io-client'];
/** The client in each file: those of others beside their install. */
const clients: Readonly<Record<string, string>> = {
  ...Object.fromEntries(others.map((name) => [name, `bench/peers/clients/${name}.js`])),
  holdfast: 'bench/size/one-socket.js',
  'holdfast and its protocol `phoenix`': 'bench/size/phoenix.js',
  'holdfast and its protocol `graphqlWs`': 'bench/size/graphql-ws.js',
  'holdfast and its protocol `socketIo`': 'bench/size/socket.io.js',
  'holdfast, all parts and the class': 'bench/size/everything.js',
};
const parts = [
  'routes',
  'gates',
  'handshakes',
  'readers',
  'receipts',
  'policies',
  'rests',
  'hedging',
  'idleCuts',
  'probes',
  'streams',
  'timeLimits',
];

/** A row of a table: the first cell, and kilobytes. */
type Row = readonly [label: string, size: number];

demandPeers();
const sizes: readonly Row[] = await Promise.all(
  Object.entries(clients).map(async ([name, file]): Promise<Row> => {
    return [name, await sizeOf({ entryPoints: [root + file] })];
  }),
);
const least = await sizeOf(importing('websocketText'));
const additions: readonly Row[] = await Promise.all(
  parts.map(async (part): Promise<Row> => {
    return [`\`${part}\``, (await sizeOf(importing(`websocketText, ${part}`))) - least];
  }),
);

printTable([['client', 'min+gzip'], ...sizes.map(([name, size]) => [versioned(name), kilobytes(size)])]);
printTable([['\npart', 'adds'], ...additions.map(([part, size]) => [part, kilobytes(size)])]);
hold('docs/comparison.md', sizes);
hold('docs/embedding.md', additions);

function importing(names: string): BuildOptions {
  const contents = `import { createSupervisor, ${names} } from 'holdfast'; console.log(createSupervisor, ${names});`;
  return { stdin: { contents, resolveDir: root } };
}

async function sizeOf(input: BuildOptions): Promise<number> {
  const { outputFiles } = await build({
    ...input,
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000;
}

function kilobytes(size: number): string {
  return `${size.toFixed(1)} kB`;
}

function versioned(name: string): string {
  return others.includes(name) ? `${name} ${versionOf(name)}` : name;
}

/** Writes the last cell of each row into the page, or compares it with what the page says. */
function hold(page: string, rows: readonly Row[]): void {
  let text = readFileSync(root + page, 'utf8');
  for (const [label, size] of rows) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${label} `) && line.endsWith('kB |'));
    const said = row?.split('|').at(-2) ?? '';
    if (row === undefined) fail(`${page} has no row for ${label} that ends with a size, such as 2.4 kB`);
    else if (writes)
      text = text.replace(row, () => `${row.slice(0, -said.length - 1)}${cell(size, said.length)}|`);
    else if (Math.abs(Number.parseFloat(said) - size) > TOLERANCE)
      fail(
        `${page}: ${label} is said to be ${said.trim()}, and is ${kilobytes(size)}: \`npm run bench:size -- --write\``,
      );
  }
  if (writes) writeFileSync(root + page, text);
}

/** As wide as the cell before. */
function cell(size: number, width: number): string {
  return ` ${kilobytes(size)} `.padStart(width);
}

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
