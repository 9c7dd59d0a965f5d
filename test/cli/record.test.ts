/** `holdfast record`, and what `holdfast replay` makes of it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRecording } from '../../src/inspect/recording.ts';
import { tcpPeer } from '../support/tcp-peer.ts';
import { closedPort } from '../transport/peers.ts';
import { FakeIo } from './fake-io.ts';

const fresh = () => join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'incident.json');
const read = (file: string) => parseRecording(readFileSync(file, 'utf8'));

/** A peer that answers heartbeats until `freeze`. */
async function server(): Promise<{ url: string; freeze(): void }> {
  let frozen = false;
  const url = await tcpPeer((socket) => socket.on('data', () => frozen || socket.write('PONG\n')));
  const freeze = () => {
    frozen = true;
  };
  return { url, freeze };
}

test('holdfast record: writes the recording at its end, and says where', async () => {
  const { url } = await server();
  const file = fresh();
  const io = new FakeIo();
  const code = io.run('record', file, url);
  await io.line(({ to }) => to === 'alive');
  expect(existsSync(file)).toBe(false);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  const { connections } = read(file);
  expect(connections.map(({ row }) => row.id)).toEqual([url]);
  expect(connections.at(-1)?.history.map(({ to }) => to)).toContain('alive');
  expect(io.lines.find(({ event }) => event === 'recorded')).toMatchObject({
    file,
    connections: 1,
    bytes: readFileSync(file).length,
  });
  // Nothing of the atomic replacement is left.
  expect(readdirSync(join(file, '..'))).toEqual(['incident.json']);
});

test('holdfast record: writes within a second after a connection was condemned, and goes on', async () => {
  const { url, freeze } = await server();
  const file = fresh();
  const policy = join(file, '..', 'fast.json');
  const heartbeat = { interval: '50ms', suspectAfter: { min: '50ms', max: '50ms' }, condemnAfter: '200ms' };
  writeFileSync(policy, JSON.stringify({ heartbeat }));
  const io = new FakeIo();
  const code = io.run('record', file, url, '--config', policy);
  await io.line(({ to }) => to === 'alive');
  freeze();
  const { time } = await io.line(({ to, reason }) => to === 'closed' && reason === 'heartbeat-timeout');
  const recorded = await io.line(({ event }) => event === 'recorded');
  expect(Number(recorded.time) - Number(time)).toBeLessThan(5000);
  const { connections } = read(file);
  expect(connections[0]?.transitions.map(({ to }) => to)).toContain('connection.suspect.silent');
  io.quit$.next('SIGTERM');
  expect(await code).toBe(0);
  expect(io.lines.filter(({ event }) => event === 'recorded').length).toBeGreaterThan(1);
});

test('holdfast record: targets are those of the file, and --for ends it', async () => {
  const { url } = await server();
  const file = fresh();
  const targets = join(file, '..', 'targets.json');
  writeFileSync(targets, JSON.stringify([{ id: 'feed', url, labels: { dc: 'eu' } }]));
  const io = new FakeIo();
  expect(await io.run('record', file, '--targets', targets, '--for', '300ms')).toBe(0);
  expect(io.lines.find(({ to }) => to === 'alive')).toMatchObject({ labels: { dc: 'eu' } });
  expect(read(file).connections.map(({ row }) => row)).toMatchObject([{ id: 'feed', labels: { dc: 'eu' } }]);
});

test('holdfast record: exit code 1 when every connection gave up, with the recording of it', async () => {
  const file = fresh();
  const policy = join(file, '..', 'once.json');
  writeFileSync(policy, '{"reconnect":{"maxAttempts":0}}');
  const io = new FakeIo();
  const code = io.run('record', file, `tcp://127.0.0.1:${await closedPort()}`, '--config', policy);
  expect(await code).toBe(1);
  expect(read(file).connections[0]?.row).toMatchObject({ status: 'gave-up', reason: 'refused' });
});

test('holdfast record: a recording is replaced; another file, a folder and a URL in the place of FILE are refused', async () => {
  const { url } = await server();
  const file = fresh();
  const once = new FakeIo();
  expect(await once.run('record', file, url, '--for', '100ms')).toBe(0);
  const again = new FakeIo();
  expect(await again.run('record', file, url, '--for', '100ms')).toBe(0);
  const notes = join(file, '..', 'notes.txt');
  writeFileSync(notes, 'what I must not lose');
  const refused = async (given: string) => {
    const io = new FakeIo();
    expect(await io.run('record', given, url)).toBe(2);
    expect(io.lines).toEqual([]);
    return io.err;
  };
  expect(await refused(notes)).toMatch(/file: ".*notes.txt" is not valid; expected a new file, or one that/);
  expect(readFileSync(notes, 'utf8')).toBe('what I must not lose');
  expect(await refused(join(file, '..'))).toContain('expected the path of a file');
  expect(await refused(join(file, 'no', 'such', 'folder'))).toContain('expected a path that can be written');
  expect(await refused('tcp://u:secret@127.0.0.1:7000')).toMatch(
    /expected the path of the recording, before/,
  );
  expect(await refused('tcp://u:secret@127.0.0.1:7000')).not.toContain('secret');
});

test('holdfast record: a file that cannot be written any more is a warning, and exit code 1', async () => {
  const { url } = await server();
  const file = fresh();
  const io = new FakeIo();
  const code = io.run('record', file, url);
  await io.line(({ to }) => to === 'alive');
  mkdirSync(file);
  io.quit$.next('SIGINT');
  expect(await code).toBe(1);
  expect(io.lines.find(({ event }) => event === 'record-failed')).toMatchObject({ level: 40, file });
});
