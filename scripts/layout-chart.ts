/** `npm run layout`: writes the positions of the nodes of the connection's chart. Run it after each change of the chart. */
import { writeFileSync } from 'node:fs';
import { chartModel } from '../src/inspect/chart-model.ts';
import { layoutOf } from '../src/inspect/page/chart/layout.ts';
import { connectionMachine } from '../src/machines/connection.ts';

const file = new URL('../src/inspect/page/layout.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(layoutOf(chartModel(connectionMachine)))}\n`);
