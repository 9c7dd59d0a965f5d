/** Above the list: the last hour, the choice of groups, and the way to the next connection in trouble. */
import { jumpToTrouble } from '../model/actions.ts';
import { group, groupBy, groupKeys } from '../model/groups.ts';
import * as state from '../model/state.ts';
import { FleetBand } from './band.tsx';
import { IconButton } from './icons.tsx';

export function Toolbar() {
  const { suspect, waiting, 'gave-up': gaveUp } = state.shownCounts.value;
  return (
    <section class="toolbar" aria-label="overview">
      <FleetBand />
      <Groups />
      <IconButton
        icon="trouble"
        title="Next suspect"
        keys="N"
        disabled={suspect + waiting + gaveUp === 0}
        onClick={() => jumpToTrouble(1)}
      />
    </section>
  );
}

function Groups() {
  const keys = groupKeys.value;
  const chosen = groupBy.value ?? '';
  return (
    <select
      id="group"
      class="group-by"
      aria-label="group by"
      title="group by (G)"
      value={chosen}
      onChange={({ currentTarget }) => group(currentTarget.value || undefined)}
    >
      <option value="">no groups</option>
      {(chosen === '' || keys.includes(chosen) ? keys : [...keys, chosen]).map((key) => (
        <option key={key} value={key}>
          {key.replace('label:', '')}
        </option>
      ))}
    </select>
  );
}
