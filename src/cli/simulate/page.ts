/** The picture with its figures as a self-contained HTML page. */
import type { Figures } from '../../storm/tally.ts';
import { ideal, integer, perClient, seconds } from './numbers.ts';
import type { Results } from './results.ts';
import { escaped, palette, svg } from './svg.ts';

const style = `${palette}
  body { margin: 0 auto; padding: 16px; max-width: 960px; background: var(--paper); color: var(--ink);
    font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
  svg { width: 100%; height: auto; }
  table { border-collapse: collapse; width: calc(100% - 48px); margin: 8px 24px;
    font-variant-numeric: tabular-nums; }
  th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: right; }
  th { color: var(--muted); font-weight: 400; }
  th:first-child, td:first-child { text-align: left; padding-left: 0; }
  tbody tr:first-child { font-weight: 600; }
  p { margin: 16px 24px; color: var(--muted); }`;

const columns: readonly (readonly [head: string, cell: (figures: Figures) => string])[] = [
  ['policy', ({ policy }) => policy],
  ['peak/s', ({ peakPerSecond }) => integer(peakPerSecond)],
  ['after server-up', ({ peakAfterUp }) => integer(peakAfterUp)],
  ['attempts', ({ attempts }) => integer(attempts)],
  ['wasted per client', ({ wastedPerClient }) => perClient(wastedPerClient)],
  ['t50', ({ t50 }) => seconds(t50)],
  ['t99', ({ t99 }) => seconds(t99)],
  ['t100', ({ t100 }) => seconds(t100)],
  ['lost', ({ lost }) => integer(lost)],
];

export function page(results: Results): string {
  const head = columns.map(([name]) => `<th>${name}</th>`).join('');
  const rows = results.rows.map(({ figures }) => {
    const cells = columns.map(([, cell]) => `<td>${escaped(cell(figures))}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>A reconnect storm: ${escaped(results.rows[0]?.figures.policy ?? '')}</title>
<style>${style}
</style>
</head>
<body>
${svg(results)}
<table>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p>t50, t99 and t100: the time until 50%, 99% and 100% of the clients were connected, counted from the moment the
server accepts again; it needs at least ${seconds(ideal(results.setting))} for all. Wasted: attempts that failed.
Lost: clients that gave up, or were not connected when the simulation ended.</p>
</body>
</html>
`;
}
