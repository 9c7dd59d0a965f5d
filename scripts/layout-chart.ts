/** Writes where the parts of both charts are drawn: `npm run layout`, after each change of a chart. */
import { writeFileSync } from 'node:fs';
import { chartNames } from '../src/inspect/chart-names.ts';
import { modelOf } from '../src/inspect/charts.ts';
import { layoutOf } from '../src/inspect/page/chart/layout.ts';

const file = new URL('../src/inspect/page/layout.json', import.meta.url);
const layouts = Object.fromEntries(chartNames.map((name) => [name, layoutOf(modelOf(name))]));
writeFileSync(file, `${JSON.stringify(layouts)}\n`);
