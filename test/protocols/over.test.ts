import { expect, test } from 'vitest';
import { line } from '../../src/protocols/line.ts';
import { withDialogue, withMessages } from '../../src/protocols/over.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { bytes } from './decoding.ts';

test('over: patience and awaitsAnswer of a dialogue are read anew through withMessages and withDialogue', () => {
  let patience = 0;
  let awaitsAnswer = false;
  const busy = withDialogue(line(), () => ({
    get patience() {
      return patience;
    },
    get awaitsAnswer() {
      return awaitsAnswer;
    },
  }));
  const typed = withMessages(busy, { name: 'typed', encode: String, decode: Number });
  const again = dialogueOf(withDialogue(typed, () => ({})));
  patience = 30_000;
  awaitsAnswer = true;
  expect([again.patience, again.awaitsAnswer]).toEqual([30_000, true]);
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
