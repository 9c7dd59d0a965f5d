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
  let at = 0;
  while (one[at] && one[at] === other[at]) at++;
  const rest = (text: string, from: number) => text.slice(at + from);
  if (!one[at] && !other[at]) return true;
  return (
    edits > 0 &&
    (isWithin(rest(one, 1), rest(other, 1), edits - 1) ||
      isWithin(rest(one, 1), rest(other, 0), edits - 1) ||
      isWithin(rest(one, 0), rest(other, 1), edits - 1))
  );
}
