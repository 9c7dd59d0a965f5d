/** Folders and ports for programs that tests start. */
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { unprivileged } from './installed.ts';

const folders: string[] = [];
/** Ports that were given to programs of this file, which may not listen yet. */
const taken = new Set<number>();

/** An empty folder that the unprivileged user of the programs owns; removed after the file. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  folders.push(folder);
  chmodSync(folder, 0o700);
  if (unprivileged !== undefined) chownSync(folder, unprivileged, unprivileged);
  return folder;
}

/**
 * A TCP port of loopback that is free now, below those that the kernel gives to outgoing connections: between a stop of
 * a server and its restart no dial takes it.
 */
export async function freePort(): Promise<number> {
  const port = 12_000 + Math.floor(Math.random() * 20_000);
  const isTaken = taken.has(port);
  taken.add(port);
  return !isTaken && (await isFree(port)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Runs after the programs were ended: vitest runs the hooks of a file in reverse order, and programs import this one. */
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
