#!/usr/bin/env node
/** The executable. Handles SIGHUP before anything else is loaded, as its default ends the process. */

/** The options of files that a command reads again, by command. */
const reread: Readonly<Record<string, RegExp>> = {
  watch: /^--(config|targets)(=|$)/,
  record: /^--(config|targets)(=|$)/,
  serve: /^--(config|cert)(=|$)/,
  proxy: /^--(config|listen-cert)(=|$)/,
};

const args = process.argv.slice(2);
let hungUp = false;
const files = reread[args[0] ?? ''];
const isConfigured = files !== undefined && Boolean(process.env.HOLDFAST_CONFIG);
if (isConfigured || args.some((arg) => files?.test(arg))) {
  process.on('SIGHUP', () => {
    hungUp = true;
  });
}
const { run } = await import('./process.ts');
await run(args, () => hungUp);

export {};
