/** Two clients with one id, which chase each other: the server drops one when the other connects, and MQTT 3.1.1 has no word for it. */
import type { Failure } from '../../policy/exits.ts';
import type { Session } from './session.ts';

/** Quick ends in a row that two clients with one id would make. */
const turns = 3;
const endOfStream = 'the server ended the connection without a DISCONNECT';

/**
 * The failure of an end of stream. `quick`: before the first PINGRESP. With the third quick one in a row `warn` is told,
 * and from there on the code is `CLIENT_ID_IN_USE`. An empty id is none that another client could use.
 */
export function endWithoutWord(session: Session, quick: boolean, warn: (detail: string) => void): Failure {
  if (quick) session.quickEnds++;
  const { quickEnds, clientId } = session;
  if (!quick || quickEnds < turns || clientId === '') return { reason: 'cut-off', detail: endOfStream };
  const suspicion = `another client may use the client id ${JSON.stringify(clientId)}`;
  const detail = `${endOfStream}, ${quickEnds} times in a row before a PINGRESP: ${suspicion}`;
  if (quickEnds === turns) warn(detail);
  return { reason: 'cut-off', code: 'CLIENT_ID_IN_USE', detail };
}
