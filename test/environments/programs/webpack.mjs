/** Builds for browsers and for Node with webpack's defaults. */
import { resolve } from 'node:path';
import webpack from 'webpack';

const path = resolve('out/webpack');
const common = { mode: 'production', performance: false, optimization: { minimize: false } };
const entry = { page: './page.mjs', clock: './clock.mjs' };
const page = { ...common, entry, output: { path, filename: '[name].js' } };
const node = {
  ...common,
  target: 'node20',
  entry: './node.mjs',
  experiments: { outputModule: true },
  output: { path, filename: 'node.mjs', module: true },
};

webpack([page, node], (error, stats) => {
  console.log(error ?? stats.toString({ all: false, errors: true, warnings: true }));
  process.exitCode = error || stats.hasErrors() ? 1 : 0;
});
