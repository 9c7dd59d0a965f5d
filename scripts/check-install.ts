/**
 * `npm run check:install`: packs, installs the tarball in an empty folder, and uses it there, beside the optional parsers
 * of its protocols. Needs a registry. Fails on any warning of npm, on more packages than `MOST`, and on an entry that does
 * not load.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MOST = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const { name, exports, peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), `${name}-install-`));
const empty = join(folder, 'empty');

try {
  const packages = install();
  const peers = Object.entries(peerDependencies).map(([peer, range]) => `${peer}@${range}`);
  run('npm', ['install', '--no-audit', '--no-fund', ...peers], empty);
  run('npx', ['--no', name, '--version'], empty);
  run(process.execPath, ['--input-type=module', '--eval', use()], empty);
  process.stdout.write(`check:install: ${packages} packages, limit ${MOST}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** How many packages the tarball brings, itself included. */
function install(): number {
  run('npm', ['pack', '--pack-destination', folder], root);
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{ "private": true }');
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const said = run('npm', ['install', '--no-audit', '--no-fund', `../${name}-${version}.tgz`], empty);
  if (/\bwarn\b/i.test(said)) throw new Error(`npm install of the tarball: expected no warning\n${said}`);
  const lock = JSON.parse(readFileSync(join(empty, 'package-lock.json'), 'utf8'));
  const packages = Object.keys(lock.packages).filter((path) => path !== '');
  if (packages.length <= MOST) return packages.length;
  throw new Error(`${packages.length} packages, expected at most ${MOST}: ${packages.join(', ')}`);
}

/** Loads every entry, and asks an inspector for its page: a file that it finds beside its own. */
function use(): string {
  const entries = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return `
    const entries = ${JSON.stringify(entries)}.map((path) => path.replace('.', '${name}'));
    for (const entry of entries) await import(entry);
    const { createSupervisor, silentLogger } = await import('${name}');
    const { createInspector } = await import('${name}/inspect');
    const inspector = await createInspector(createSupervisor({ logger: silentLogger }), { port: 0 });
    const { status } = await fetch(inspector.url);
    if (status !== 200) throw new Error('the page of the inspector: status ' + status + ', expected 200');
    process.exit();`;
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout + stderr;
  throw new Error(`${command} ${args.join(' ')}: exit code ${status}, expected 0\n${stdout}${stderr}`);
}
