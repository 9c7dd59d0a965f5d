/** Tables of cli-table3 without lines. */

export function frameless(gap: number) {
  const edges = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'] as const;
  const more = ['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const;
  const none = Object.fromEntries([...edges, ...more].map((name) => [name, '']));
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [] };
  return { chars: { ...none, middle: ' '.repeat(gap) }, style };
}
