/** Help on keys and on the filter. */
import { helpOpen } from '../model/actions.ts';
import { SHORTCUTS } from '../model/keys.ts';
import { FIELDS } from '../model/query.ts';
import { Modal } from './modal.tsx';

export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Modal name="help" title="Keys" onClose={() => (helpOpen.value = false)}>
      <div class="help">
        <dl>
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h2>Filter</h2>
        <p>
          All words must match. A word matches text of id, endpoint or reason; <code>state:suspect</code>,{' '}
          <code>rtt&gt;200</code> and <code>age&lt;60</code> match a field, and <code>-state:alive</code>{' '}
          negates. Fields: {FIELDS.join(', ')}. Round trips are in milliseconds, ages in seconds.
        </p>
      </div>
    </Modal>
  );
}
