import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unix } from '../../src/transport/unix.ts';
import { listening, Reception, scratchPath } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

/** Leaves a socket file behind, as a process does that is killed. */
function crashedListener(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
}

function dial(path: string): RecordingSink {
  const sink = new RecordingSink();
  unix().dial({ url: new URL(`unix:${path}`) }, sink);
  return sink;
}

describe('dialling a unix socket', () => {
  it('fails as refused when the path does not exist', async () => {
    const sink = dial(scratchPath());
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'refused', code: 'ENOENT' }]);
  });

  it('fails as refused at a stale socket file', async () => {
    const path = scratchPath();
    crashedListener(path);
    const sink = dial(path);
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'refused', code: 'ECONNREFUSED' }]);
  });

  it('decodes the percent-encoded path', async () => {
    const path = scratchPath();
    const bound = await listening(unix(), new URL(`unix://${path}%20%25`), new Reception());
    expect(existsSync(`${path} %`)).toBe(true);
    await bound.close();
    expect(existsSync(`${path} %`)).toBe(false);
  });
});

describe('listening on a unix socket', () => {
  it('replaces a stale socket file', async () => {
    const path = scratchPath();
    crashedListener(path);
    expect(existsSync(path)).toBe(true);
    const reception = new Reception();
    await listening(unix(), new URL(`unix:${path}`), reception);
    const sink = dial(path);
    await sink.saw('opened');
    await reception.next();
  });

  it('rejects with EADDRINUSE at a socket file with a listener', async () => {
    const path = scratchPath();
    const reception = new Reception();
    await listening(unix(), new URL(`unix:${path}`), reception);
    const second = listening(unix(), new URL(`unix:${path}`), new Reception());
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const sink = dial(path);
    await sink.saw('opened');
    expect(existsSync(path)).toBe(true);
  });

  it('rejects at an ordinary file, and keeps the file', async () => {
    const path = scratchPath();
    writeFileSync(path, 'precious');
    const attempt = listening(unix(), new URL(`unix:${path}`), new Reception());
    await expect(attempt).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('rejects a path in a directory that does not exist', async () => {
    const attempt = listening(unix(), new URL(`unix:${scratchPath()}/s.sock`), new Reception());
    await expect(attempt).rejects.toThrow();
  });
});

describe('checking a unix URL', () => {
  it.each([
    ['unix:relative', 'an absolute path'],
    ['unix://host/path', 'an absolute path'],
    ['unix:', 'an absolute path'],
    ['unix:/', 'the path of a file'],
    ['unix:/run/', 'the path of a file'],
    ['unix:/run/a%00b', 'the path of a file'],
    ['unix:/run/%zz', 'valid percent-encoding'],
    ['unix:/run/s?x', 'no query'],
    [`unix:/${'a'.repeat(108)}`, 'bytes'],
    [`unix:/${'%C3%A9'.repeat(54)}`, 'bytes'],
  ])('%s: expected %s', (url, expected) => {
    expect(unix().check(new URL(url), 'dial')).toContain(expected);
  });

  it.each(['unix:/run/s.sock', 'unix:///run/s.sock', 'unix:/a%20b', `unix:/${'a'.repeat(102)}`])(
    'takes %s',
    (url) => {
      expect(unix().check(new URL(url), 'accept')).toBeUndefined();
    },
  );
});
