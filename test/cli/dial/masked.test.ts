import { expect, test } from 'vitest';
import { masked } from '../../../src/cli/dial/masked.ts';

test.each<[args: readonly string[], shown: readonly string[]]>([
  [
    ['watch', 'ws://u:secret@h/?t=secret'],
    ['watch', 'ws://***@h/?t=***'],
  ],
  [
    ['-H', 'Authorization: secret'],
    ['-H', 'Authorization: ***'],
  ],
  [
    ['--report', 'ws://127.0.0.1:9000/report?token=secret'],
    ['--report', 'ws://127.0.0.1:9000/report?token=***'],
  ],
  [['--report=ws://h/report?token=secret'], ['--report=ws://h/report?token=***']],
  [
    ['--header', 'X:secret:more'],
    ['--header', 'X: ***'],
  ],
  [['--header=X: secret'], ['--header=X: ***']],
  [['-HX: secret'], ['-HX: ***']],
  [
    ['-kH', 'X: secret', '--ca', 'ca.pem'],
    ['-kH', 'X: ***', '--ca', 'ca.pem'],
  ],
  [
    ['-H', 'secret'],
    ['-H', '***'],
  ],
])('the arguments %j are shown without secrets', (args, shown) => {
  expect(masked(args)).toEqual(shown);
});
