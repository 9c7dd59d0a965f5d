import { expect, test } from 'vitest';
import { Message } from '../../src/messages/message.ts';
import { Outbox } from '../../src/messages/outbox.ts';
import { framed } from '../../src/protocols/framed.ts';
import { takeBatch } from '../../src/sessions/batch.ts';
import { Framing } from '../../src/sessions/framing.ts';
import { Outgoing } from '../../src/sessions/outgoing.ts';

const limits = { messages: 1000, bytes: 1e6, overflow: 'reject', age: null } as const;

function waiting(count: number) {
  const framing = new Framing(framed());
  const outbox = new Outbox();
  for (let n = 0; n < count; n++) {
    const chunk = framing.encode(`message ${n}`);
    outbox.push(new Message(chunk, chunk.length), limits);
  }
  const out = new Outgoing();
  out.window = { messages: 1000, bytes: 1e6 };
  return { framing, outbox, out };
}

test.each([
  [0, 64],
  [60, 4],
  [64, 0],
  [900, 0],
])('behind %i messages that wait for the socket, a batch has %i of 100', (backlog, count) => {
  const { framing, outbox, out } = waiting(100);

  const batch = takeBatch(outbox, out, framing, backlog);

  expect([batch.length, outbox.length]).toEqual([count, 100 - count]);
});

test('a batch ends with the credit', () => {
  const { framing, outbox, out } = waiting(10);
  out.window = { messages: 3, bytes: 1e6 };

  expect(takeBatch(outbox, out, framing, 0)).toHaveLength(3);
});
