/** Two proxies with a session between them, over a relay that does to their sockets what it is told. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { seeded } from '../../../src/base/seeded.ts';
import { type Fate, unkindRelay } from '../../support/unkind-relay.ts';
import { loopback, proxying, type Upstream } from './proxying.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-proxy-'));

/** Options for a policy that dials again after so many milliseconds. */
export function policyOf(delay: number): readonly string[] {
  const file = join(folder, `${delay}.json`);
  writeFileSync(file, JSON.stringify({ reconnect: { backoff: { type: 'fixed', delay, jitter: 'none' } } }));
  return ['--config', file];
}

export const quickly = policyOf(20);
export const kind = () => undefined;

interface Ends {
  readonly scheme?: 'ws' | 'tcp';
  readonly near?: readonly string[];
  readonly far?: readonly string[];
}

/** `near` takes clients, `far` dials the upstream. */
export async function tunnel(
  upstream: Upstream,
  fateOf: (socket: number) => Fate | undefined,
  { scheme = 'ws', near: nearOptions = quickly, far: farOptions = [] }: Ends = {},
) {
  const [listening, dialling] =
    scheme === 'ws' ? ['--session', '--session'] : ['--session=listen', '--session=upstream'];
  const far = await proxying(`${scheme}://127.0.0.1:0`, upstream.url, listening, ...farOptions);
  const relay = await unkindRelay(far.port, fateOf);
  onTestFinished(() => relay.close());
  const near = await proxying(loopback, `${scheme}://127.0.0.1:${relay.port}`, dialling, ...nearOptions);
  return { far, near, relay };
}

/** Sends that many bytes, as fast as they are taken; resolves with their hash. */
export async function flood(socket: Socket, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const random = seeded(bytes);
  for (let sent = 0; sent < bytes; ) {
    const chunk = Buffer.alloc(Math.min(50_000, bytes - sent), `${random()}`);
    hash.update(chunk);
    sent += chunk.length;
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.end();
  return hash.digest('hex');
}

/** The hash of all that a socket sends. */
export async function hashOf(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) hash.update(chunk);
  return hash.digest('hex');
}
