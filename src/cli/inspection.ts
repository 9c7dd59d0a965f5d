/** `--inspect`: runs the inspector from the start of a command to its end. */
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError } from '../base/errors.ts';
import { createInspector } from '../inspect/server.ts';
import { messageOf } from './options.ts';
import type { Output } from './output.ts';

/** Starts the inspector if `port` is given, and prints its URL. The inspector ends with its supervisor. Throws `ConfigError`. */
export async function inspection(
  supervisor: Supervisor,
  port: number | undefined,
  output: Output,
): Promise<void> {
  if (port === undefined) return;
  try {
    const { url } = await createInspector(supervisor, { port });
    output.tell({ event: 'inspector', url }, `inspector: ${url}`);
  } catch (error) {
    await supervisor.stop();
    if (error instanceof ConfigError) throw error;
    const expected = `a free port (${messageOf(error)})`;
    throw new ConfigError([{ path: '--inspect', value: port, expected }]);
  }
}
