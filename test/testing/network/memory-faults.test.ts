import { describe, expect, test } from 'vitest';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { connected, world } from './memory-world.ts';

const kilobyte = 'x'.repeat(1024);

/** Writes kilobytes until the kernel takes no more, at most 100; how many it took. */
function fill(peer: MemoryPeer, advance: (ms: number) => void): number {
  for (let n = 0; n < 100; n += 1) peer.write(kilobyte);
  advance(100);
  return 100 - peer.unwritten;
}

describe('a refusing host', () => {
  test('refuses dials, keeps its links, and can be ended', () => {
    const { clock, news, host, client, connect } = connected();
    host.refuse();
    connect('second');
    client.write('still here');
    clock.advance(5);
    expect(news()).toEqual(['11 server still here', '12 second close refused']);
    host.refuse(false);
    connect('third');
    clock.advance(5);
    expect(news()).toEqual(['17 third open']);
  });
});

describe('a black hole', () => {
  test('leaves dials unanswered, keeps its links, and answers when it ends', () => {
    const { clock, news, host, client, connect, network } = connected();
    host.blackhole();
    connect('second');
    client.write('still here');
    clock.advance(60_000);
    expect([news(), network.audit().dialing]).toEqual([['11 server still here'], 1]);
    host.blackhole(false);
    clock.advance(5);
    expect(news()).toEqual(['60011 second open']);
  });

  test('does not speed up a dial in flight when it ends', () => {
    const { clock, news, host, serve, connect } = world({ latencyMs: 5 });
    serve();
    connect();
    clock.advance(2);
    host.blackhole(false);
    clock.advance(100);
    expect(news()).toEqual(['10 client open']);
  });

  test('keeps nothing of a dial that was destroyed', () => {
    const { clock, news, host, dial, network } = world();
    host.blackhole();
    const socket = dial();
    clock.advance(1000);
    socket.destroy();
    clock.advance(1000);
    expect([news(), network.audit().dialing, clock.pending]).toEqual([['1000 client closed'], 0, 0]);
  });
});

describe('a host that is down', () => {
  test('resets its links on both ends, and refuses dials until up()', () => {
    const { clock, news, host, connect } = connected();
    host.down();
    connect('second');
    clock.advance(5);
    expect(news()).toEqual(['10 server close reset', '11 client close reset', '12 second close refused']);
    host.up();
    connect('third');
    clock.advance(5);
    expect(news()).toEqual(['17 third open']);
  });

  test('refuses a dial in flight', () => {
    const { clock, news, host, serve, connect } = world({ latencyMs: 5 });
    serve();
    connect();
    clock.advance(2);
    host.down();
    clock.advance(100);
    expect(news()).toEqual(['10 client close refused']);
  });
});

describe('a frozen host', () => {
  test('accepts dials and bytes, and answers nothing until it thaws', () => {
    const { clock, news, host, network, note } = world();
    network.serve('server', (peer) => {
      note('server accepted');
      peer.onData = (chunk) => peer.write(chunk);
    });
    host.freeze();
    const client = network.connect('server');
    client.onData = () => note('client answered');
    client.write('anybody?');
    clock.advance(1000);
    expect([news(), client.unwritten]).toEqual([[], 0]);
    host.thaw();
    clock.advance(10);
    expect(news()).toEqual(['1000 server accepted', '1001 client answered']);
  });

  test('sends no data and no end of stream', () => {
    const { clock, news, host, peer } = connected();
    host.freeze();
    peer.write('stuck');
    peer.end();
    clock.advance(100);
    expect([news(), peer.unwritten]).toEqual([[], 1]);
    host.thaw();
    clock.advance(10);
    expect(news()).toEqual(['111 client stuck', '111 client end']);
  });

  test('accepts windowBytes, then writes make no progress', () => {
    const { clock, host, client } = connected();
    host.windowBytes = 10 * 1024;
    host.freeze();
    expect(fill(client, clock.advance.bind(clock))).toBe(10);
    host.thaw();
    clock.advance(100);
    expect(client.unwritten).toBe(0);
  });

  test('accepts 4 MiB by default', () => {
    const { clock, host, client } = connected();
    host.freeze();
    for (let n = 0; n < 70; n += 1) client.write(new Uint8Array(65_536));
    clock.advance(100);
    expect(client.unwritten).toBe(70 - 64);
  });

  test('does not freeze other hosts', () => {
    const { clock, news, network, client } = connected();
    network.host('other').freeze();
    client.write('hi');
    clock.advance(5);
    expect(news()).toEqual(['11 server hi']);
  });
});

describe('a slow reader', () => {
  test('blocks the writer, and unblocks it as it reads', () => {
    const { clock, client, peer } = connected({ windowBytes: 5 * 1024 });
    peer.pause();
    expect(fill(client, clock.advance.bind(clock))).toBe(5);
    peer.resume();
    clock.advance(200);
    expect(client.unwritten).toBe(0);
  });

  test('gets the end of stream after the data', () => {
    const { clock, news, client, peer } = connected();
    peer.pause();
    client.write('data');
    client.end();
    clock.advance(10);
    expect(news()).toEqual([]);
    peer.resume();
    clock.advance(10);
    expect(news()).toEqual(['20 server data', '20 server end']);
  });

  test('gets nothing more after pause() inside a callback', () => {
    const { clock, news, client, peer, note } = connected();
    peer.onData = () => {
      note('server one');
      peer.pause();
    };
    client.write('a');
    client.write('b');
    clock.advance(10);
    expect(news()).toEqual(['11 server one']);
  });

  test('gets a reset at once, and loses unread data', () => {
    const { clock, news, client, peer } = connected();
    peer.pause();
    client.write('lost');
    client.reset();
    clock.advance(10);
    expect(news()).toEqual(['10 client close', '11 server close reset']);
  });
});

test('memory link: a paused reader gets a reset despite later segments', () => {
  const { clock, news, client, peer, link } = connected();
  client.pause();
  link.reset();
  peer.write('too late');
  clock.advance(10);
  expect(news()).toContain('11 client close reset');
});

describe('memory link', () => {
  test('can be reset at both ends', () => {
    const { clock, news, link } = connected();
    link.reset();
    clock.advance(10);
    expect(news().sort()).toEqual(['11 client close reset', '11 server close reset']);
  });

  test('can be cut: both ends stay open, and not even a reset passes', () => {
    const { clock, news, client, peer, link, network } = connected();
    client.write('under way');
    link.cut();
    peer.write('lost');
    client.reset();
    clock.advance(10_000);
    expect(news()).toEqual(['10 client close']);
    expect([network.audit().open.accept, network.links.length]).toEqual([1, 1]);
    link.heal();
    clock.advance(10);
    expect(news()).toEqual(['10010 server under way', '10010 server close reset']);
  });

  test('can be reset while cut', () => {
    const { clock, news, link } = connected();
    link.cut();
    link.reset();
    clock.advance(10);
    expect(news()).toHaveLength(2);
  });

  test('that lost the way to the server still carries the other', () => {
    const { clock, news, client, peer, link } = connected();
    link.lose('toServer');
    client.write('question');
    peer.write('news');
    clock.advance(10);
    expect(news()).toEqual(['11 client news']);
  });

  test('that lost the way to the client still carries the other', () => {
    const { clock, news, client, peer, link } = connected();
    link.lose('toClient');
    client.write('question');
    peer.write('news');
    clock.advance(10);
    expect(news()).toEqual(['11 server question']);
    link.heal();
    clock.advance(10);
    expect(news()).toEqual(['20 client news']);
  });

  test('fills its window when acknowledgements are lost', () => {
    const { clock, news, client, link } = connected({ windowBytes: 5 * 1024 });
    link.lose('toClient');
    expect(fill(client, clock.advance.bind(clock))).toBe(5);
    expect(news()).toHaveLength(5);
    link.heal();
    clock.advance(100);
    expect([client.unwritten, news().length]).toEqual([0, 95]);
  });

  test('has the latency of its host until it has its own', () => {
    const { clock, news, host, client, link } = connected();
    host.latencyMs = 50;
    expect(link.latencyMs).toBe(50);
    client.write('slow');
    clock.advance(100);
    link.latencyMs = 7;
    client.write('faster');
    clock.advance(100);
    expect(news()).toEqual(['60 server slow', '117 server faster']);
  });

  test('is listed at its host, under the number of its dial', () => {
    const { network, host, link } = connected();
    expect([link.id, link.host, host.links.length, network.host('other').links.length]).toEqual([
      1,
      'server',
      1,
      0,
    ]);
  });
});

describe('a stall of the process', () => {
  test('runs due timers first, then arrivals, then afterIo', () => {
    const { clock, news, note, client, peer } = connected();
    peer.onData = () => peer.write('answer');
    client.write('question');
    clock.advance(1);
    const timer = (name: string, ms: number): void => {
      clock.scheduler.schedule(() => {
        note(name);
        clock.afterIo(() => note(`${name} after io`));
      }, ms);
    };
    timer('early', 0);
    timer('late', 400);
    clock.stall(500);
    expect(news()).toEqual([
      '511 early',
      '511 late',
      '511 client answer',
      '511 early after io',
      '511 late after io',
    ]);
  });

  test('delivers all arrivals before afterIo, also when timers write meanwhile', () => {
    const { clock, news, note, client, peer } = connected();
    for (const word of ['a', 'b', 'c']) peer.write(word);
    clock.advance(0);
    clock.scheduler.schedule(() => {
      clock.afterIo(() => note('verdict'));
      clock.scheduler.schedule(() => peer.write('later'), 0);
    }, 0);
    clock.scheduler.schedule(() => client.write('another'), 300);
    clock.stall(500);
    expect(news()).toEqual(['510 client a', '510 client b', '510 client c', '510 verdict']);
  });

  test('inside an I/O callback delivers arrivals after the due timers', () => {
    const { clock, news, note, client, peer } = connected();
    client.onData = () => {
      client.onData = () => note('client arrival');
      clock.stall(500);
      note('client busy until now');
    };
    peer.write('first');
    clock.scheduler.schedule(() => peer.write('second'), 0.5);
    clock.scheduler.schedule(() => note('timer'), 100);
    clock.advance(1);
    expect(news()).toEqual(['511 client busy until now', '511 timer', '511 client arrival']);
  });
});
