/** The name that a misspelt one stands for: for suggestions in errors. Small, as browsers load it. */

/** The known name that takes the fewest edits, at most a third of its letters and five; case counts for nothing. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  // A key is text of others: a long one is not compared.
  for (let edits = 0; edits < 6 && !key[60]; edits++)
    for (const name of known)
      if (edits <= name.length / 3 && isWithin(key.toLowerCase(), name.toLowerCase(), edits)) return name;
  return undefined;
}

/** Whether so many insertions, deletions and replacements of a letter suffice. */
function isWithin(one: string, other: string, edits: number): boolean {
  if (one === other) return true;
  const [rest, otherRest] = [one.slice(1), other.slice(1)];
  if (one[0] === other[0]) return isWithin(rest, otherRest, edits);
  return (
    edits > 0 &&
    (isWithin(rest, otherRest, edits - 1) ||
      isWithin(rest, other, edits - 1) ||
      isWithin(one, otherRest, edits - 1))
  );
}
