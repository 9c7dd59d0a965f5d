import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { Results } from '../../../src/cli/simulate/results.ts';
import { strips } from '../../../src/cli/simulate/strips.ts';
import { setting, storm, ungated } from '../../storm/storms.ts';

const {
  upAt: _,
  attemptsPerSecond: __,
  connectedPerSecond: ___,
  ...figures
} = storm({ clients: 1 }, ungated);

/** Down for two seconds; `tried` and `through` second by second. */
function drawn(tried: number[], through: number[], capacity: number, colors = false): string[] {
  const peakPerSecond = Math.max(...tried);
  const results: Results = {
    setting: { ...setting, clients: 400, capacity, outageMs: 2000 },
    rows: [
      {
        figures: { ...figures, policy: 'mine', peakPerSecond, t99: 2.3 },
        course: { upAt: 2, attemptsPerSecond: tried, connectedPerSecond: through },
      },
    ],
  };
  return strips(results, 19, pc.createColors(colors)).split('\n').slice(3);
}

test('strips: a column is as high as the attempts of its second, with a line for each band', () => {
  expect(drawn([20, 0, 100, 50, 40, 1], [0, 0, 50, 50, 40, 1], 100)).toEqual([
    '   80 ┤    ██      ',
    '   60 ┤    ██      ',
    '   40 ┤    ██▄▄    ',
    '   20 ┤    ██████  ',
    '    0 ┤██  ██████▁▁',
    '      └────┬───────',
    '       server up',
  ]);
});

test('strips: accepted attempts are drawn before all attempts, and 90% count as all', () => {
  const { green, yellow, bgYellow } = pc.createColors(true);
  const tried = [40, 0, 160, 100, 100, 7];
  const lines = drawn(tried, [0, 0, 50, 95, 60, 7], 100, true).slice(1);
  // A line is 50, and each second has two columns.
  const line = (...cells: string[]) => cells.map((cell) => cell.repeat(2)).join('');
  expect(lines.slice(0, 4).map((text) => text.slice(text.indexOf('┤') + 1 + '\x1b[22m'.length))).toEqual([
    line(' ', ' ', yellow('▂'), ' ', ' ', ' '),
    line(' ', ' ', yellow('█'), ' ', ' ', ' '),
    line(' ', ' ', yellow('█'), green('█'), bgYellow(green('▂')), ' '),
    line(yellow('▆'), ' ', green('█'), green('█'), green('█'), green('▁')),
  ]);
});
