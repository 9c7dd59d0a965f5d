/**
 * Takes the descriptions out of the charts that run, 0.8 kB of a page: only people read them. Node's presets, `machines`,
 * the inspector and the command line import the charts as they are.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Marks a chart without descriptions. */
const BARE = '?bare';

const charts = /\/src\/(machines\/(connection|supervision)|sessions\/chart)\.ts$/;
/** The modules that run a chart unless they are given another one, and what reports what runs. */
const runners =
  /\/src\/(actors\/incarnation\/actor|machines\/stepping|sessions\/link|inspect\/running-charts)\.ts$/;

export const bareCharts: Plugin = {
  name: 'bare charts',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, importer }) => {
      const file = join(resolveDir, path);
      return runners.test(importer) && charts.test(file) ? { path: file, suffix: BARE } : undefined;
    });
    onLoad({ filter: charts }, ({ path, suffix }) =>
      suffix === BARE
        ? { contents: withoutDescriptions(readFileSync(path, 'utf8')), loader: 'ts' }
        : undefined,
    );
  },
};

/** Lines stay where the source map expects them. */
function withoutDescriptions(chart: string): string {
  return chart.replaceAll(/\bdescription:\s+'[^']*',?/g, (found) => found.replaceAll(/[^\n]/g, ''));
}
