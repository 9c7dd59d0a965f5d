/** `ready()` and then listening: what arrives in between is kept. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { HandshakeIo } from '../../src/ports/protocol.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';
import { expectNothingLeft, type World, world } from '../support/world.ts';

const url = 'memory://feed';

/** The server says two lines in the chunk that answers, and a third one later. */
function talkative(here: World) {
  here.network.serve('feed', (peer) => {
    let answered = false;
    peer.onData = () => {
      if (answered) return;
      answered = true;
      peer.write('WELCOME\nfirst\nsecond\n');
      here.clock.scheduler.schedule(() => peer.write('third\n'), 500);
    };
  });
}

const greeted = () =>
  withDialogue(line(), () => ({
    async handshake({ send, receive }: HandshakeIo) {
      send('HELLO');
      await receive();
    },
  }));

const subscribed = (feed: Connection<string>, heard: string[]) =>
  feed.messages$.subscribe((text) => heard.push(text));
async function looped(feed: Connection<string>, heard: string[]) {
  for await (const text of feed) heard.push(text);
}

describe('ready() and then', () => {
  test.each([
    ['messages$ after a handshake', greeted, subscribed, []],
    ['a loop after a handshake', greeted, looped, []],
    ['messages$ after a first byte', line, subscribed, ['WELCOME']],
    ['a loop after a first byte', line, looped, ['WELCOME']],
  ] as const)('%s: nothing that the same chunk brought is lost', async (_, protocol, listen, before) => {
    const here = world();
    talkative(here);
    const feed = here.supervisor.connect({ url, protocol: protocol() });
    const heard: string[] = [];
    const open = async () => {
      await feed.ready({ signal: AbortSignal.timeout(60_000) });
      return feed;
    };
    open().then((ready) => void listen(ready, heard));
    await here.clock.run(1000);
    expect(heard).toEqual([...before, 'first', 'second', 'third']);
    await expectNothingLeft(here);
  });

  test('several listeners of that turn: each gets all of it, and each message once', async () => {
    const here = world();
    talkative(here);
    const feed = here.supervisor.connect({ url, protocol: greeted() });
    const heard: string[][] = [[], [], []];
    subscribed(feed, heard[0] ?? []);
    feed.ready().then(() => {
      subscribed(feed, heard[1] ?? []);
      void looped(feed, heard[2] ?? []);
    });
    await here.clock.run(1000);
    expect(heard).toEqual(Array.from({ length: 3 }, () => ['first', 'second', 'third']));
    await expectNothingLeft(here);
  });

  test('a listener of a later turn: it hears what comes then', async () => {
    const here = world();
    talkative(here);
    const feed = here.supervisor.connect({ url, protocol: greeted() });
    const heard: string[] = [];
    feed.ready().then(() => here.clock.scheduler.schedule(() => subscribed(feed, heard), 100));
    await here.clock.run(1000);
    expect(heard).toEqual(['third']);
    await expectNothingLeft(here);
  });

  test('ready() of a connection that is alive, in a callback that runs before the rest of a chunk', async () => {
    const here = world();
    talkative(here);
    const feed = here.supervisor.connect({ url, protocol: greeted() });
    const heard: string[] = [];
    feed.state$.subscribe((state) => {
      if (state === 'alive') feed.ready().then(() => subscribed(feed, heard));
    });
    await here.clock.run(1000);
    expect(heard).toEqual(['first', 'second', 'third']);
    await expectNothingLeft(here);
  });

  test('onOpen that takes its time: what arrives meanwhile is kept', async () => {
    const here = world();
    talkative(here);
    const onOpen = () => new Promise<void>((resolve) => here.clock.scheduler.schedule(() => resolve(), 700));
    const feed = here.supervisor.connect({ url, protocol: greeted(), onOpen });
    const heard: string[] = [];
    feed.ready().then(() => subscribed(feed, heard));
    await here.clock.run(1000);
    expect(heard).toEqual(['first', 'second', 'third']);
    await expectNothingLeft(here);
  });

  test('a flood before that: 1000 messages are kept, and no more', async () => {
    const here = world();
    here.network.serve('feed', (peer) => {
      peer.onData = () => peer.write(`${'x\n'.repeat(3000)}`);
    });
    const feed = here.supervisor.connect({ url, protocol: line() });
    const heard: string[] = [];
    feed.ready().then(() => subscribed(feed, heard));
    await here.clock.run(40);
    expect(heard.length).toBe(1000);
    await expectNothingLeft(here);
  });

  test('no listener: the connection forgets what it kept, and nothing waits', async () => {
    const here = world();
    talkative(here);
    const feed = here.supervisor.connect({ url, protocol: greeted() });
    await Promise.all([feed.ready(), here.clock.run(1000)]);
    const heard: string[] = [];
    subscribed(feed, heard);
    await here.clock.run(100);
    expect(heard).toEqual([]);
    await expectNothingLeft(here);
    expect(here.clock.pending).toBe(0);
  });
});

test('ready() with onMessage: nothing is kept for a second listener, as none was lost', async () => {
  const here = world();
  talkative(here);
  const heard: string[][] = [[], []];
  const onMessage = (text: string) => void heard[0]?.push(text);
  const feed = here.supervisor.connect({ url, protocol: greeted(), onMessage });
  feed.ready().then(() => subscribed(feed, heard[1] ?? []));
  await here.clock.run(1000);
  expect(heard).toEqual([['first', 'second', 'third'], ['third']]);
  await expectNothingLeft(here);
});
