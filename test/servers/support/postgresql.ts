/** PostgreSQL with one user, `holdfast`, and passwords by SCRAM. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, freePort } from './folders.ts';
import { asUnprivileged, programPath } from './installed.ts';
import { Server } from './server.ts';

export const postgresPrograms = ['initdb', 'postgres'];

export interface PostgresOptions {
  /** The password of the user `holdfast`. Default `secret`. */
  readonly password?: string;
  /** More settings, such as `max_connections=20`. */
  readonly settings?: readonly string[];
}

/** The database is `postgres`. */
export async function postgresServer({
  password = 'secret',
  settings = [],
}: PostgresOptions = {}): Promise<Server> {
  const port = await freePort();
  const folder = dataFolder();
  const data = join(folder, 'data');
  createCluster(folder, data, password);
  const all = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', ...settings];
  const server = new Server(port, {
    command: 'postgres',
    args: ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])],
    ready: /database system is ready to accept connections/,
    // A fast shutdown: SIGTERM would wait for the clients to leave.
    stopSignal: 'SIGINT',
  });
  return await server.start();
}

function createCluster(folder: string, data: string, password: string): void {
  const file = join(folder, 'password');
  writeFileSync(file, password);
  const options = [
    '-D',
    data,
    '-U',
    'holdfast',
    `--pwfile=${file}`,
    '-A',
    'scram-sha-256',
    '-N',
    '-E',
    'UTF8',
  ];
  const [command, args] = asUnprivileged(programPath('initdb'), [...options, '--no-locale']);
  execFileSync(command, args, { stdio: 'ignore' });
}
