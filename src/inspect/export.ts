/** Makes a recording of the process's own flight recorder. */
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { badConfig } from '../base/errors.ts';
import { packageName } from '../base/package-name.ts';
import { RECORDING_VERSION, type Recording } from './recording-format.ts';
import { rowOf } from './row.ts';
import { rowOfDetached } from './session-rows.ts';
import { connectionsOf, detachedOf, gatesOf, Time } from './supervisor-view.ts';

/**
 * A recording of every connection that is not over or whose session waits for the next one, or of `ids`, from the flight recorder. The inspector's page
 * opens it as a file of `JSON.stringify`.
 */
export function recordingOf(supervisor: Supervisor, ids?: readonly string[]): Recording {
  if (Object(supervisor).events$ === undefined)
    throw badConfig('supervisor', supervisor, 'a supervisor, as the first argument');
  const time = new Time(supervisor.clock);
  const wanted = [...connectionsOf(supervisor)].filter(({ id }) => ids === undefined || ids.includes(id));
  const detached = [...detachedOf(supervisor).values()].filter(
    ({ connection }) => ids === undefined || ids.includes(connection),
  );
  const rows = [
    ...wanted.map((connection) => ({ row: rowOf(connection, time), history: connection.history() })),
    ...detached.map((view) => ({ row: rowOfDetached(view, time), history: [] })),
  ];
  return {
    format: 'holdfast-recording',
    version: RECORDING_VERSION,
    at: time.now(),
    madeBy: packageName,
    gates: gatesOf(supervisor, time),
    connections: rows.map((each) => ({
      ...each,
      transitions: [],
      supervision: [],
      samples: [],
      suspicions: [],
      lifecycle: [],
    })),
  };
}
