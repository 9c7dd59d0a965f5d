/** The sign that a recording is being opened. */
import { progress } from '../model/opening.ts';

export function Opening() {
  const opening = progress.value;
  if (opening === undefined) return null;
  const percent = Math.round(opening.share * 100);
  return (
    <div class="opening" role="status">
      Opening {opening.name}
      <progress max={100} value={percent} aria-label={`opening ${opening.name}`} />
    </div>
  );
}
