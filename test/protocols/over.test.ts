import { expect, test } from 'vitest';
import { line } from '../../src/protocols/line.ts';
import { withDialogue, withMessages } from '../../src/protocols/over.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { bytes } from './decoding.ts';

test('over: the patience of a dialogue is read anew through withMessages and withDialogue', () => {
  let patience = 0;
  const busy = withDialogue(line(), () => ({
    get patience() {
      return patience;
    },
  }));
  const typed = withMessages(busy, { name: 'typed', encode: String, decode: Number });
  const again = dialogueOf(withDialogue(typed, () => ({})));
  patience = 30_000;
  expect(again.patience).toBe(30_000);
});

test('over: members of the dialogue beneath work without it, and are those before the change', () => {
  const shouting = dialogueOf(
    withDialogue(line(), ({ encode, ping }) => ({
      encode: (message) => encode(message.toUpperCase()),
      ping: (id) => ping?.(id) ?? bytes(),
    })),
  );
  expect(shouting.encode('text')).toEqual(bytes('TEXT\n'));
  expect(shouting.ping?.(1)).toEqual(bytes('PING\n'));
});
