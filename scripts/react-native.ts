/**
 * Bundles the entries for React Native, into a folder of their own and as CommonJS below it: a program that Metro bundles has one
 * copy of each module, whether it asks for it by `import` or by `require`. They are the sources of the other scripts, with two
 * names of the platform replaced: `URL`, as that of React Native is incomplete (`src/base/spare-url.ts`), and `setImmediate`, which
 * there comes before input that waits, and by which `src/time/clock.ts` knows Node.
 */
import { build } from 'esbuild';
import { bareCharts } from './bare-charts.ts';
import { commonJs } from './common-js.ts';

const FOLDER = 'dist/react-native';

/** A module of Node that an entry reached would fail this, as the platform is none that has them. */
export async function bundleForReactNative(
  root: string,
  scripts: readonly string[],
  external: readonly string[],
): Promise<void> {
  const entries = [...new Set(scripts)];
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((script) => script.replace(`./${FOLDER}/`, 'src/').replace(/js$/, 'ts')),
    outbase: 'src',
    outdir: FOLDER,
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    external: [...external],
    inject: ['src/base/spare-url.ts'],
    define: { setImmediate: 'undefined' },
    plugins: [bareCharts],
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const modules = entries.map((script) => script.replace('./', ''));
  await commonJs(root, metafile, modules, FOLDER);
}
