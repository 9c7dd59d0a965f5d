/** The table of `holdfast watch` on a real terminal: its size, its keys, and the shell around it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { answerPings, tcpPeer } from '../support/tcp-peer.ts';
import { closedPort } from '../transport/peers.ts';
import { dataFolder } from './support/folders.ts';
import { describeWith } from './support/installed.ts';
import { terminal } from './support/tmux.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const down = [13, 99, 140, 141, 200, 256, 299].map((n) => `feed-${n}`);

/** The command that watches 300 targets, of which 7 are down. */
async function watching(): Promise<string> {
  const folder = dataFolder();
  const [url, dead] = [await tcpPeer(answerPings), `tcp://127.0.0.1:${await closedPort()}`];
  const targets = Array.from({ length: 300 }, (_, n) => ({
    id: `feed-${n}`,
    url: down.includes(`feed-${n}`) ? dead : url,
    labels: { dc: n % 2 === 0 ? 'eu' : 'us' },
  }));
  const [list, config] = [join(folder, 'targets.json'), join(folder, 'config.json')];
  writeFileSync(list, JSON.stringify(targets));
  writeFileSync(config, JSON.stringify({ gate: { enabled: false } }));
  return `${process.execPath} ${main} watch --targets ${list} --config ${config}`;
}

const isUp = (text: string) => text.includes('293 alive');
const idsIn = (lines: readonly string[]) => lines.flatMap((line) => /^feed-\d+/.exec(line)?.[0] ?? []);

describeWith(['tmux'], 'holdfast watch on a terminal', () => {
  test.each([
    [80, 24],
    [160, 50],
  ])('%i x %i: those that are down come first, and everything fits', async (columns, rows) => {
    const screen = terminal(columns, rows);
    screen.type(await watching());
    const lines = await screen.shows(isUp);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines[0]).toMatch(/^holdfast watch {2}q quit/);
    expect(idsIn(lines).slice(0, 8).toSorted()).toEqual([...down, 'feed-0'].toSorted());
    expect(lines.join('\n').includes('dc=eu')).toBe(columns > 100);
  });

  test('keys select a row, open its exits, filter, and end the command', async () => {
    const screen = terminal(100, 30);
    screen.type(await watching());
    await screen.shows(isUp);
    screen.press('j', 'Enter');
    const open = await screen.shows((text) => text.includes('never usable'));
    expect(open.find((line) => line.includes('never usable'))).toMatch(/^ {2}\S+ ago: refused/);
    screen.press('Escape');
    await screen.shows((text) => !text.includes('never usable'));
    screen.press('/');
    screen.press('-l', 'FEED-29');
    screen.press('Enter');
    const found = await screen.shows((text) => text.includes('filter: FEED-29') && !text.includes('█'));
    expect(new Set(idsIn(found))).toEqual(
      new Set([29, ...Array.from({ length: 10 }, (_, n) => 290 + n)].map((n) => `feed-${n}`)),
    );
    screen.press('q');
    await screen.shows((text) => text.includes('293 of 300 connections without an outage'));
    screen.type('echo code $?; stty -a | grep -o "[-]*icanon"');
    await screen.shows((text) => /code 0\nicanon/.test(text));
  });

  test('Ctrl-Z stops it, and it has its keys again in the foreground', async () => {
    const screen = terminal(100, 30);
    screen.type(await watching());
    await screen.shows(isUp);
    screen.press('C-z');
    await screen.shows((text) => text.includes('Stopped'));
    screen.type('stty -a | grep -o "[-]*icanon"');
    await screen.shows((text) => /^icanon/m.test(text));
    screen.type('fg');
    await screen.shows(isUp);
    screen.press('/');
    await screen.shows((text) => text.includes('filter: █'));
    screen.press('C-c');
    await screen.shows((text) => text.includes('293 of 300 connections without an outage'));
  });

  test('in the background it draws, and leaves the keys to the shell', async () => {
    const screen = terminal(100, 30);
    screen.type(`${await watching()} &`);
    await screen.shows(isUp);
    screen.type('clear; jobs');
    await screen.shows((text) => /Running +\S+node/.test(text));
    screen.type('clear; kill %1; wait; echo code $?');
    await screen.shows((text) => /^code 0/m.test(text));
  });

  test('a terminal of 0 x 0 has a table of 80 columns, and a dumb one sentences', async () => {
    const screen = terminal(100, 30);
    const command = await watching();
    // The shell may echo the line twice, and the length of the line is that of the checkout's path.
    screen.type(`stty cols 0 rows 0; clear; ${command}`);
    const lines = await screen.shows(isUp);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    screen.press('q');
    await screen.shows((text) => text.includes('connections without an outage'));
    screen.type(`TERM=dumb ${command} --for 1s`);
    await screen.shows((text) => /^\d\d:\d\d:\d\d feed-\d+: /m.test(text));
  });
});
