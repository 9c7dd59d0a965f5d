/** The name that a misspelt one stands for: for suggestions in errors. Small, as browsers load it. */

/** Longest key that is compared, in characters: a key is text of others. */
const LONG = 60;

/** The known name that takes the fewest edits, at most a third of its letters; case counts for nothing. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  for (let edits = 0; edits < 6 && key.length <= LONG; edits++) {
    const found = known.find(
      (name) =>
        edits <= Math.max(1, name.length / 3) && isWithin(key.toLowerCase(), name.toLowerCase(), edits),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether `edits` insertions, deletions and replacements of a letter suffice. */
function isWithin(one: string, other: string, edits: number): boolean {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  if (at === one.length && at === other.length) return true;
  if (edits === 0) return false;
  const [skipOne, skipOther] = [one.slice(at + 1), other.slice(at + 1)];
  return (
    isWithin(skipOne, skipOther, edits - 1) ||
    isWithin(skipOne, other.slice(at), edits - 1) ||
    isWithin(one.slice(at), skipOther, edits - 1)
  );
}
