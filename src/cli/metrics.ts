/** `--metrics`: serves the metrics of a command from its start to its end. */
import type { Command } from 'commander';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError } from '../base/errors.ts';
import { MetricsServer } from './metrics/door.ts';
import type { Settings } from './options.ts';
import type { Output } from './output.ts';
import { messageOf } from './problems.ts';

export function addMetricsOption(command: Command): Command {
  return command.option(
    '--metrics [=port]',
    'serve metrics for Prometheus on loopback, at /metrics (default: a free port)',
  );
}

/**
 * Starts it if there is a port, prints its URL, and returns its end. Call it before the first `connect` or `listen`.
 * `ids`: each connection has series of its own. Throws `ConfigError`, with the supervisor stopped.
 */
export async function measuring(
  supervisor: Supervisor,
  { metrics: port }: Pick<Settings, 'metrics'>,
  output: Output,
  { ids }: { readonly ids: boolean },
): Promise<() => Promise<void>> {
  if (port === undefined) return async () => {};
  const { metricsOf } = await import('./metrics/meter.ts');
  const metrics = metricsOf(supervisor, { ids });
  try {
    const server = await MetricsServer.listen(port, () => metrics.text());
    output.tell({ event: 'metrics', url: server.url }, `metrics: ${server.url}`);
    return async () => {
      await server.end();
      await metrics.end();
    };
  } catch (error) {
    await supervisor.stop();
    await metrics.end();
    const expected = `a free port (${messageOf(error)})`;
    throw new ConfigError([{ path: '--metrics', value: port, expected }]);
  }
}
