/** `--inspect`: runs the inspector from the start of a command to its end. */
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { defined } from '../base/defined.ts';
import { badConfig, ConfigError } from '../base/errors.ts';
import { TOKEN } from '../inspect/access.ts';
import type { LabelsOf } from '../inspect/labels.ts';
import type { InspectorOptions } from '../inspect/options.ts';
import { createInspector, type Inspector } from '../inspect/server.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import type { Output } from './output.ts';
import { messageOf } from './problems.ts';

type Asked = Pick<Settings, 'inspect' | 'inspectTokenEnv'>;
type AskedFor = Asked & Partial<Pick<Settings, 'inspectActions'>>;

/** Starts the inspector if `inspect` is given, and prints its URL. The inspector ends with its supervisor. Throws `ConfigError`. */
export async function inspection(
  supervisor: Supervisor,
  asked: AskedFor,
  env: Io['env'],
  output: Output,
  labels?: LabelsOf,
): Promise<void> {
  if (asked.inspect === undefined) return;
  try {
    const { url } = await served(asked, env, (options) =>
      createInspector(supervisor, {
        ...options,
        actions: asked.inspectActions === true,
        ...defined({ labels }),
      }),
    );
    output.tell({ event: 'inspector', url }, `inspector: ${url}`);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** Starts an inspector at the port and with the token of the options. Throws `ConfigError`, also for a port that is taken. */
export async function served(
  { inspect: port = 0, inspectTokenEnv: name }: Asked,
  env: Io['env'],
  start: (options: InspectorOptions) => Promise<Inspector>,
  option = '--inspect',
): Promise<Inspector> {
  const token = name === undefined ? undefined : (env[name] ?? '');
  try {
    return await start({ port, ...(token !== undefined && { token }) });
  } catch (error) {
    if (error instanceof ConfigError && name !== undefined) throw badToken(name);
    if (error instanceof ConfigError) throw error;
    const expected = `a free port (${messageOf(error)})`;
    throw new ConfigError([{ path: option, value: port, expected }]);
  }
}

/** The variable is named, and its value not shown. */
function badToken(name: string): ConfigError {
  return badConfig('--inspect-token-env', name, `a variable whose value has ${TOKEN}`);
}
