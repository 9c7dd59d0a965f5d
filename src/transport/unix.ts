/** Unix domain sockets. `unix:/path`, or `unix:///path`. */
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import type { Transport } from '../ports/transport.ts';
import { systemClock } from '../time/clock.ts';
import { accepting } from './adopting.ts';
import { heldBy } from './dialling.ts';
import { listenForStreams } from './listening.ts';
import { locked } from './path-lock.ts';
import { dialStream, streamOptions } from './stream.ts';
import { checkUndecorated } from './url-checks.ts';

/** Bytes that `sun_path` holds before its NUL. Node truncates longer paths without an error. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/**
 * Unix sockets. Characters that a URL reserves are percent-encoded in the path: `unix:/run/a%20b.sock`.
 *
 * Listening on a path that has a listener rejects with `EADDRINUSE`. A stale socket file (it refuses
 * connections: its process crashed) is removed; any other file is left alone, and listening rejects. Of several
 * processes that listen on one stale path at the same moment one succeeds; on systems other than Linux two may,
 * and the second one then gets the connections.
 */
export function unix(): Transport {
  return {
    name: 'unix',
    schemes: ['unix'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkUnixUrl,
    dial: ({ url }, sink, clock = systemClock) =>
      dialStream('connect', sink, () => heldBy(clock, connect({ ...streamOptions, path: pathOf(url) }))),
    ...accepting(),
    peerOf: () => ({ family: 'unix' }),
    listen: async (url, sink, clock = systemClock) => {
      const path = pathOf(url);
      const listen = () => listenForStreams(newServer(), url, { path }, sink);
      return locked(path, clock, async () => {
        try {
          return await listen();
        } catch (error) {
          if (!(await isStale(path))) throw error;
          await unlink(path);
          return await listen();
        }
      });
    },
  };
}

function newServer(): Server {
  return createServer({ ...streamOptions, pauseOnConnect: true });
}

function checkUnixUrl(url: URL): string | undefined {
  if (/^(@|\/?%00)/.test(url.pathname))
    return 'the path of a file, as an abstract name has neither an owner nor permissions';
  if (url.host !== '' || !url.pathname.startsWith('/')) return 'an absolute path, as in unix:/path';
  return checkPath(url) ?? checkUndecorated(url);
}

function checkPath(url: URL): string | undefined {
  let path: string;
  try {
    path = pathOf(url);
  } catch {
    return 'a path with valid percent-encoding';
  }
  if (path.endsWith('/') || path.includes('\0')) return 'the path of a file, as in unix:/path';
  return Buffer.byteLength(path) > longestPath ? `a path of at most ${longestPath} bytes` : undefined;
}

function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** Whether `path` is a socket without a listener. The file type is checked, as ordinary files refuse connections too. */
async function isStale(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => undefined);
  if (!file?.isSocket()) return false;
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return Object(error).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
