/** The title and the icon of the page's tab: how many connections are suspect or gave up, or that the process is gone. */
import { effect } from '@preact/signals';
import * as state from './state.ts';

const QUIET = 'holdfast inspector';

export function followBadge(): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const calm = icon?.href ?? '';
  // The stroke of the icon.
  const alarmed = calm.replace('%233fb950', '%23ff5f56');
  effect(() => {
    const title = titleOf();
    document.title = title ?? QUIET;
    if (icon !== null) icon.href = title === undefined ? calm : alarmed;
  });
}

function titleOf(): string | undefined {
  if (state.source.value !== 'live') return undefined;
  const link = state.link.value;
  if (link === 'lost' || link === 'refused') return '(!) process gone · holdfast';
  if (link === 'silent') return '(!) process silent · holdfast';
  const { suspect, 'gave-up': gaveUp } = state.shownCounts.value;
  if (suspect + gaveUp === 0) return undefined;
  const parts = [suspect > 0 && `${suspect} suspect`, gaveUp > 0 && `${gaveUp} gave up`].filter(Boolean);
  return `(${suspect + gaveUp}) ${parts.join(', ')} · holdfast`;
}
