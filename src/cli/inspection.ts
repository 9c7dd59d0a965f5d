/** `--inspect`: runs the inspector from the start of a command to its end. */
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { defined } from '../base/defined.ts';
import { badConfig, ConfigError } from '../base/errors.ts';
import { TOKEN } from '../inspect/access.ts';
import type { LabelsOf } from '../inspect/labels.ts';
import { createInspector } from '../inspect/server.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import type { Output } from './output.ts';
import { messageOf } from './problems.ts';

/** Starts the inspector if `port` is given, and prints its URL. The inspector ends with its supervisor. Throws `ConfigError`. */
export async function inspection(
  supervisor: Supervisor,
  { inspect: port, inspectTokenEnv: name }: Pick<Settings, 'inspect' | 'inspectTokenEnv'>,
  env: Io['env'],
  output: Output,
  labels?: LabelsOf,
): Promise<void> {
  if (port === undefined) return;
  const token = name === undefined ? undefined : (env[name] ?? '');
  try {
    const { url } = await createInspector(supervisor, { port, ...defined({ token, labels }) });
    output.tell({ event: 'inspector', url }, `inspector: ${url}`);
  } catch (error) {
    await supervisor.stop();
    if (error instanceof ConfigError && name !== undefined) throw badToken(name);
    if (error instanceof ConfigError) throw error;
    const expected = `a free port (${messageOf(error)})`;
    throw new ConfigError([{ path: '--inspect', value: port, expected }]);
  }
}

/** The variable is named, and its value not shown. */
function badToken(name: string): ConfigError {
  return badConfig('--inspect-token-env', name, `a variable whose value has ${TOKEN}`);
}
