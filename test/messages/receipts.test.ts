import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Confirmation, type Receipt, Receipts } from '../../src/messages/receipts.ts';

/** An incarnation reduced to what receipts see of it: pings with increasing ids. */
class Incarnation {
  /** Pings that reading `confirmed` sent. */
  asked = 0;
  pings = 0;
  readonly receipts = new Receipts(
    () => {
      this.asked++;
      return ++this.pings;
    },
    false,
    1,
  );

  /** Sends a ping, which is written at once. */
  ping(): number {
    this.receipts.pinged(++this.pings);
    return this.pings;
  }
}

/** What is known now. */
async function now(receipt: Receipt): Promise<Confirmation | 'open'> {
  return Promise.race([receipt.confirmed, Promise.resolve('open' as const)]);
}

describe('receipts: a receipt', () => {
  test('is confirmed by the answer to a ping after it, and not to one before it', async () => {
    const incarnation = new Incarnation();
    const before = incarnation.ping();
    const receipt = incarnation.receipts.current;
    incarnation.receipts.answered(before);
    expect(await now(receipt)).toBe('open');
    incarnation.receipts.answered(incarnation.ping());
    expect(await now(receipt)).toBe('confirmed');
  });

  test('is that of all messages between two pings', () => {
    const incarnation = new Incarnation();
    const [first, second] = [incarnation.receipts.current, incarnation.receipts.current];
    incarnation.ping();
    expect(second).toBe(first);
    expect(incarnation.receipts.current).not.toBe(first);
  });

  test('shows its outcome and nothing else', () => {
    expect(JSON.stringify(new Incarnation().receipts.current)).toBe('{"outcome":"written"}');
  });

  test('is one promise, however often it is asked', () => {
    const receipt = new Incarnation().receipts.current;
    expect(receipt.confirmed).toBe(receipt.confirmed);
  });

  test('asked after its confirmation knows at once, also after the end', async () => {
    const incarnation = new Incarnation();
    const receipt = incarnation.receipts.current;
    incarnation.receipts.answered(incarnation.ping());
    incarnation.receipts.end();
    expect([await now(receipt), incarnation.asked]).toEqual(['confirmed', 0]);
  });

  test('first read after the end is unconfirmed, and sends no ping', async () => {
    const incarnation = new Incarnation();
    const receipt = incarnation.receipts.current;
    incarnation.receipts.end();
    expect([await now(receipt), incarnation.asked]).toEqual(['written-unconfirmed', 0]);
  });

  test('is confirmed also when the answer overtakes the report that its ping was written', async () => {
    const incarnation = new Incarnation();
    const receipt = incarnation.receipts.current;
    expect(await now(receipt)).toBe('open');
    incarnation.receipts.answered(1);
    expect(await now(receipt)).toBe('open');
    incarnation.receipts.pinged(1);
    expect(await now(receipt)).toBe('confirmed');
  });
});

describe('receipts: reading confirmed', () => {
  test('hastens a ping, one at a time', async () => {
    const incarnation = new Incarnation();
    const { receipts } = incarnation;
    const first = receipts.current;
    expect(await now(first)).toBe('open');
    receipts.pinged(1);
    const second = receipts.current;
    expect([await now(second), incarnation.asked]).toEqual(['open', 1]);
    receipts.answered(1);
    expect([await now(first), await now(second), incarnation.asked]).toEqual(['confirmed', 'open', 2]);
    receipts.pinged(2);
    receipts.answered(2);
    expect([await now(second), incarnation.asked]).toEqual(['confirmed', 2]);
  });

  test('waits for a ping that is under way already', async () => {
    const incarnation = new Incarnation();
    const receipt = incarnation.receipts.current;
    const id = incarnation.ping();
    expect(await now(receipt)).toBe('open');
    incarnation.receipts.answered(id);
    expect([await now(receipt), incarnation.asked]).toEqual(['confirmed', 0]);
  });

  test('is optional: without a reader no ping is sent', () => {
    const incarnation = new Incarnation();
    for (let n = 0; n < 5; n++) {
      expect(incarnation.receipts.current.outcome).toBe('written');
      incarnation.receipts.answered(incarnation.ping());
    }
    expect(incarnation.asked).toBe(0);
  });
});

test('receipts: any order of writes, pings, answers and questions confirms what an answered ping followed, and no more', async () => {
  const step = fc.constantFrom('write', 'ping', 'answer', 'ask', 'write', 'ping');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      let id = 0;
      let answered = 0;
      const receipts = new Receipts(() => 0, false, 1);
      const asked = new Set<Receipt | undefined>();
      const written: { receipt: Receipt; after: number }[] = [];
      for (const each of steps) {
        if (each === 'write') written.push({ receipt: receipts.current, after: id });
        if (each === 'ping') receipts.pinged(++id);
        if (each === 'answer' && answered < id) receipts.answered(++answered);
        if (each === 'ask') asked.add(written.at(-1)?.receipt);
        for (const { receipt, after } of written) {
          if (!asked.has(receipt)) continue;
          expect(await now(receipt)).toBe(after < answered ? 'confirmed' : 'open');
        }
      }
      receipts.end();
      for (const { receipt, after } of written) {
        expect(await receipt.confirmed).toBe(after < answered ? 'confirmed' : 'written-unconfirmed');
      }
    }),
  );
});
