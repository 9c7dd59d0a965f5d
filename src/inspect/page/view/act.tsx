/** Buttons that act on the selected connection, and the question before one does. */
import { ACTIONS, type Action } from '../../wire-actions.ts';
import { confirm, mayAct, propose } from '../model/acting.ts';
import * as state from '../model/state.ts';
import { Modal } from './modal.tsx';

export function ActionButtons() {
  if (!mayAct.value) return null;
  return (
    <fieldset class="acts" aria-label="actions">
      {ACTIONS.map((action) => (
        <button key={action} type="button" class={`act act-${action}`} onClick={() => propose(action)}>
          {action}
        </button>
      ))}
    </fieldset>
  );
}

const consequences: Readonly<Record<Action, string>> = {
  probe: 'Sends a heartbeat now, and tells how long the answer takes. The connection stays.',
  reconnect: 'Ends this incarnation, and dials a new one. Messages that wait stay in the outbox.',
  close:
    'Sends what waits, says goodbye, and ends the connection for good: the supervisor does not dial it again.',
};

export function Confirm() {
  const proposal = state.proposed.value;
  if (proposal === undefined) return null;
  const { action, id, incarnation } = proposal;
  const cancel = () => (state.proposed.value = undefined);
  return (
    <Modal name="confirmation" title={`${action} ${id}?`} onClose={cancel}>
      <p class="confirm-text">
        {consequences[action]} Incarnation #{incarnation}.
      </p>
      <div class="confirm-buttons">
        <button type="button" class="button" onClick={cancel}>
          cancel
        </button>
        <button type="button" class={`button act-${action}`} data-confirm={action} onClick={confirm}>
          {action}
        </button>
      </div>
    </Modal>
  );
}
