import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/base/errors.ts';
import { slice } from '../../src/messages/slices.ts';
import { type Outgoing, sizeOf, Writer } from '../../src/messages/writer.ts';
import type { Socket } from '../../src/ports/transport.ts';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';

const KiB = 1024;

/** A socket that remembers what it was given, a host with a queue, and a log of what came of it. */
class Desk {
  /** What the socket was given: the size, and `+` if the same message goes on. */
  readonly given: string[] = [];
  readonly chunks: { chunk: unknown; more: boolean }[] = [];
  readonly log: string[] = [];
  readonly queue: Outgoing[] = [];
  readonly writer: Writer;
  now = 0;
  flowing = true;
  /** The socket reports each write before `write` returns. */
  prompt = false;
  /** Called while a message is taken from the queue. */
  taken = () => {};

  constructor() {
    const socket: Socket<unknown> = {
      write: (chunk, more) => this.#take(chunk, more),
      end() {},
      destroy() {},
      pause() {},
      resume() {},
    };
    const desk = this;
    this.writer = new Writer(
      socket,
      {
        get flowing() {
          return desk.flowing;
        },
        nextMessage: () => {
          const message = this.flowing ? this.queue.shift() : undefined;
          if (message !== undefined) this.taken();
          return message;
        },
        handedOver: (heartbeat) => heartbeat > 0 && this.log.push(`heartbeat ${heartbeat} handed over`),
        departed: () => {},
        receipt: { outcome: 'written', incarnation: 1, confirmed: Promise.resolve('written-unconfirmed') },
      },
      slice,
    );
  }

  #take(chunk: unknown, more: boolean): void {
    this.chunks.push({ chunk, more });
    this.given.push(`${sizeOf(chunk)}${more ? '+' : ''}`);
    if (this.prompt) this.report();
  }

  message(name: string, chunk: unknown): void {
    this.queue.push({
      chunk,
      bytes: sizeOf(chunk),
      silence: 0,
      resolve: ({ outcome }) => this.log.push(`${name} ${outcome}`),
      reject: (error) =>
        this.log.push(`${name} ${error instanceof DeliveryError ? error.outcome : error.message}`),
    });
  }

  /** Queues messages of these sizes, named by their place, and pumps. */
  send(...sizes: number[]): this {
    for (const [at, size] of sizes.entries()) this.message(String(at), new Uint8Array(size));
    this.writer.pump(this.now);
    return this;
  }

  urgent(size: number, heartbeat = 0): this {
    this.writer.urgent(new Uint8Array(size), heartbeat, this.now);
    return this;
  }

  /** The socket reports this many writes. */
  report(writes = 1): this {
    for (let left = writes; left > 0; left--) this.writer.written(this.now);
    return this;
  }

  reportAll(): this {
    while (this.writer.inFlight > 0) this.report();
    return this;
  }
}

describe('writer: slices', () => {
  test.each<[string, number, string[]]>([
    ['a small message is one write', 10, ['10']],
    ['an empty message is one write', 0, ['1']],
    ['a message of 64 KiB is one write', 64 * KiB, ['65536']],
    ['a short rest is no write of its own', 65 * KiB, ['66560']],
    ['a byte more is two', 65 * KiB + 1, ['65536+', '1025']],
    ['a multiple has no empty end', 192 * KiB, ['65536+', '65536+', '65536']],
    ['a rest comes last', 150 * KiB, ['65536+', '65536+', '22528']],
  ])('%s', (_title, size, expected) => {
    expect(new Desk().send(size).reportAll().given).toEqual(expected);
  });

  test('limits by cost: of messages of one byte at most 1,024 are under way', () => {
    const desk = new Desk().send(...new Array<number>(5000).fill(1));
    expect(desk.given).toHaveLength(1024);
    desk.reportAll();
    expect(desk.given).toHaveLength(5000);
  });

  test('a control frame is never cut', () => {
    const desk = new Desk();
    const chunk = new ControlFrame('ping', new Uint8Array(4));
    desk.message('it', chunk);
    desk.writer.pump(0);
    expect(desk.chunks.map((written) => written.chunk)).toEqual([chunk]);
  });

  test.each([
    ['letters', 'x'.repeat(200 * KiB)],
    ['surrogate pairs, odd by one', `x${'😀'.repeat(100 * KiB)}`],
  ])('a text of %s is cut between characters, and loses none', (_title, text) => {
    const desk = new Desk();
    desk.message('it', text);
    desk.writer.pump(0);
    desk.reportAll();
    const slices = desk.chunks.map(({ chunk }) => chunk as string);
    expect(slices.length).toBeGreaterThan(2);
    expect(slices.every((slice) => Buffer.from(slice).toString() === slice)).toBe(true);
    expect(slices.join('') === text).toBe(true);
  });

  test('are views of the message, not copies', () => {
    const desk = new Desk();
    const whole = new Uint8Array(100 * KiB);
    desk.message('it', whole);
    desk.writer.pump(0);
    expect(desk.chunks.map(({ chunk }) => (chunk as Uint8Array).buffer === whole.buffer)).toEqual([
      true,
      true,
    ]);
  });
});

describe('writer: the window', () => {
  test('is two slices wide', () => {
    const desk = new Desk().send(300 * KiB);
    expect([desk.given, desk.writer.inFlight]).toEqual([['65536+', '65536+'], 128 * KiB]);
  });

  test('opens by a slice when the socket reports one', () => {
    const desk = new Desk().send(300 * KiB).report();
    expect([desk.given.length, desk.writer.inFlight]).toEqual([3, 128 * KiB]);
  });

  test('leaves in the queue what it has no room for', () => {
    const desk = new Desk().send(100 * KiB, 100 * KiB, 100 * KiB);
    expect(desk.queue).toHaveLength(1);
  });

  test('holds back heartbeats too while it is full', () => {
    const desk = new Desk().send(128 * KiB).urgent(4, 1);
    expect(desk.given).toEqual(['65536+', '65536']);
    expect(desk.report().given.at(-1)).toBe('4');
  });
});

describe('writer: while nothing may flow', () => {
  test('a message under way stops between two slices, and goes on from there', () => {
    const desk = new Desk().send(300 * KiB, 5);
    desk.flowing = false;
    desk.report(2);
    expect([desk.given.length, desk.writer.inFlight, desk.writer.idle]).toEqual([2, 0, false]);
    desk.flowing = true;
    desk.writer.pump(0);
    expect(desk.reportAll().given).toEqual(['65536+', '65536+', '65536+', '65536+', '45056', '5']);
  });

  test('heartbeats go out, unless they would split a message', () => {
    const desk = new Desk();
    desk.flowing = false;
    expect(desk.urgent(4, 1).given).toEqual(['4']);
    desk.report();
    desk.flowing = true;
    desk.send(300 * KiB);
    desk.flowing = false;
    desk.urgent(4, 2).report(2);
    expect(desk.given).toEqual(['4', '65536+', '65536+']);
  });

  test('a message that stopped half way was never sent when the socket is gone', () => {
    const desk = new Desk().send(300 * KiB);
    desk.flowing = false;
    desk.report(2).writer.abandon();
    expect([desk.log, desk.writer.messages, desk.writer.messageBytes]).toEqual([['0 never-sent'], 0, 0]);
  });
});

test('writer: counts the messages whose senders wait, and their bytes', () => {
  const desk = new Desk().send(100 * KiB, 10, 200 * KiB);
  const counts = () => [desk.writer.messages, desk.writer.messageBytes];
  expect(counts()).toEqual([3, 300 * KiB + 10]);
  desk.report(2);
  expect(counts()).toEqual([2, 200 * KiB + 10]);
  desk.reportAll();
  expect(counts()).toEqual([0, 0]);
});

describe('writer: urgent frames', () => {
  test('go before messages that are queued', () => {
    const desk = new Desk();
    desk.message('a', new Uint8Array(10));
    expect(desk.urgent(4, 1).given).toEqual(['4', '10']);
  });

  test('wait for the end of the message under way, and for no other', () => {
    const desk = new Desk().send(200 * KiB, 50).urgent(4, 1);
    expect(desk.reportAll().given).toEqual(['65536+', '65536+', '65536+', '8192', '4', '50']);
  });

  test('that come while a message is taken follow it, and go before the next, in their order', () => {
    const desk = new Desk();
    desk.taken = () => desk.urgent(2).urgent(3);
    expect(desk.send(100 * KiB, 50).reportAll().given).toEqual(['65536+', '36864', '2', '3', '50', '2', '3']);
    expect(desk.writer.idle).toBe(true);
  });

  test('keep their order', () => {
    const desk = new Desk()
      .send(200 * KiB)
      .urgent(1, 1)
      .urgent(2)
      .urgent(3, 2);
    expect(desk.reportAll().given.slice(-3)).toEqual(['1', '2', '3']);
    expect(desk.log).toEqual(['0 written', 'heartbeat 1 handed over', 'heartbeat 2 handed over']);
  });
});

describe('writer: what the socket reports', () => {
  test('resolves a message with its last slice, not before', () => {
    const desk = new Desk().send(100 * KiB).report();
    expect(desk.log).toEqual([]);
    expect(desk.report().log).toEqual(['0 written']);
  });

  test('resolves messages in their order', () => {
    expect(new Desk().send(1, 70 * KiB, 0, 1).report(5).log).toEqual([
      '0 written',
      '1 written',
      '2 written',
      '3 written',
    ]);
  });

  test('beyond what it was given is ignored', () => {
    const desk = new Desk().send(1).report(3);
    expect([desk.log, desk.writer.inFlight]).toEqual([['0 written'], 0]);
  });

  test('may come before the write returns', () => {
    const desk = new Desk();
    desk.prompt = true;
    desk.send(150 * KiB, 1, 2).urgent(4, 1);
    expect(desk.given).toEqual(['65536+', '65536+', '22528', '1', '2', '4']);
    expect(desk.log).toEqual(['0 written', '1 written', '2 written', 'heartbeat 1 handed over']);
    expect(desk.writer.idle).toBe(true);
  });
});

describe('writer: idle', () => {
  test('is a writer with nothing in any stage', () => {
    const desk = new Desk();
    const stages = [desk.writer.idle];
    stages.push(desk.send(100 * KiB).writer.idle, desk.report().writer.idle, desk.report().writer.idle);
    stages.push(desk.urgent(4).writer.idle, desk.report().writer.idle);
    expect(stages).toEqual([true, false, false, true, false, true]);
  });
});

describe('writer: progress', () => {
  test('is when an idle socket is given something, and when it reports', () => {
    const desk = new Desk();
    const progress = [5, 6, 7, 8].map((now, step) => {
      desk.now = now;
      if (step < 2) desk.urgent(4);
      else desk.report();
      return desk.writer.progressAt;
    });
    expect(progress).toEqual([5, 5, 7, 8]);
  });

  test('is no more than that: giving a busy socket more does not hide that it is stuck', () => {
    const desk = new Desk().send(1);
    desk.now = 9000;
    desk.send(1, 1).urgent(4);
    expect(desk.writer.progressAt).toBe(0);
  });

  test('starts anew after an idle hour', () => {
    const desk = new Desk().send(1).report();
    desk.now = 3_600_000;
    expect(desk.send(1).writer.progressAt).toBe(3_600_000);
  });

  test('is each slice of a large message', () => {
    const desk = new Desk().send(1000 * KiB);
    desk.now = 700;
    expect(desk.report().writer.progressAt).toBe(700);
  });
});

describe('writer: an abandoned writer', () => {
  test.each<[string, number[], reports: number, expected: string[]]>([
    ['says written of what the socket had whole', [1, 70 * KiB], 0, ['0 written', '1 written']],
    ['says never-sent of a message cut short', [300 * KiB], 1, ['0 never-sent']],
    ['tells both apart', [10, 300 * KiB], 0, ['0 written', '1 never-sent']],
    ['says nothing of what is still queued', [130 * KiB, 5], 0, ['0 never-sent']],
    ['says nothing twice', [1, 2], 2, ['0 written', '1 written']],
    ['says nothing of nothing', [], 0, []],
  ])('%s', (_title, sizes, reports, expected) => {
    const desk = new Desk().send(...sizes).report(reports);
    desk.writer.abandon();
    expect(desk.log).toEqual(expected);
  });

  test('is idle, forgets its urgent frames, and ignores late reports', () => {
    const desk = new Desk().send(300 * KiB).urgent(4, 1);
    desk.writer.abandon();
    const given = desk.given.length;
    desk.report(3);
    desk.writer.abandon();
    expect([desk.writer.idle, desk.writer.inFlight, desk.log]).toEqual([true, 0, ['0 never-sent']]);
    expect(desk.given).toHaveLength(given);
  });
});

test('writer: any messages and heartbeats arrive whole and in order, through a window that is never overfilled', () => {
  const size = fc.oneof(fc.nat(300), fc.nat(200 * KiB), fc.constantFrom(0, 64 * KiB, 128 * KiB));
  const command = fc.oneof(
    fc.record({ do: fc.constant('send' as const), size }),
    fc.record({ do: fc.constant('urgent' as const), size: fc.nat(125) }),
    fc.record({ do: fc.constant('report' as const), size: fc.nat(4) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40, size: 'max' }), (commands) => {
      const desk = new Desk();
      const [messages, urgents]: [number[], number[]] = [[], []];
      for (const { do: what, size } of commands) {
        if (what === 'send') {
          messages.push(size);
          desk.message(String(messages.length), new Uint8Array(size).fill(1));
          desk.writer.pump(0);
        } else if (what === 'urgent') {
          urgents.push(size);
          desk.writer.urgent(new Uint8Array(size).fill(2), urgents.length, 0);
        } else desk.report(size);
        expect(desk.writer.inFlight).toBeLessThan(192 * KiB);
      }
      desk.report(1000);
      expect(desk.writer.idle).toBe(true);
      expect(desk.log.filter((line) => line.endsWith('written'))).toEqual(
        messages.map((_, at) => `${at + 1} written`),
      );
      expect(desk.log.filter((line) => line.endsWith('over'))).toEqual(
        urgents.map((_, at) => `heartbeat ${at + 1} handed over`),
      );
      expect(frames(desk).sort(byNumber)).toEqual([...messages, ...urgents].sort(byNumber));
    }),
  );
});

function byNumber(a: number, b: number): number {
  return a - b;
}

/** The sizes of the frames that the socket was given; fails if one frame was put into another. */
function frames({ chunks }: Desk): number[] {
  const sizes: number[] = [];
  let begun = 0;
  let kind: number | undefined;
  for (const { chunk, more } of chunks) {
    const bytes = chunk as Uint8Array;
    if (begun > 0) expect(bytes[0]).toBe(kind);
    kind = bytes[0];
    begun += bytes.length;
    if (more) continue;
    sizes.push(begun);
    begun = 0;
  }
  return sizes;
}

test.each<[string, unknown, number]>([
  ['bytes', new Uint8Array(7), 7],
  ['a view of bytes', new Uint8Array(100).subarray(3, 10), 7],
  ['a text', 'héllo', 5],
  ['a text of surrogate pairs', '😀', 2],
  ['nothing', '', 1],
  ['a control frame', new ControlFrame('pong', new Uint8Array(100)), 100],
])('writer: the size of %s', (_title, chunk, expected) => {
  expect(sizeOf(chunk)).toBe(expected);
});
