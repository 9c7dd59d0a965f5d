/** mosquitto, without persistence. */
import { execFileSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder, freePort } from './folders.ts';
import { programPath, unprivileged } from './installed.ts';
import { Server } from './server.ts';

export interface MosquittoOptions {
  /** Without one every client is let in. */
  readonly login?: { readonly username: string; readonly password: string };
  /** More lines of its configuration, such as `max_keepalive 5`. */
  readonly config?: readonly string[];
}

export async function mosquitto({ login, config = [] }: MosquittoOptions = {}): Promise<Server> {
  const port = await freePort();
  const folder = dataFolder();
  const file = join(folder, 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', 'log_type all', ...config];
  lines.push(login === undefined ? 'allow_anonymous true' : `password_file ${passwords(folder, login)}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const server = new Server(port, {
    command: 'mosquitto',
    args: ['-c', file],
    ready: /mosquitto version \S+ running/,
  });
  return await server.start();
}

function passwords(folder: string, { username, password }: NonNullable<MosquittoOptions['login']>): string {
  const file = join(folder, 'passwords');
  execFileSync(programPath('mosquitto_passwd'), ['-c', '-b', file, username, password]);
  if (unprivileged !== undefined) chownSync(file, unprivileged, unprivileged);
  return file;
}
