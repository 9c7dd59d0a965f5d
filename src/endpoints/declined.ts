/** URLs that no transport dials, and why. A part of Node's supervisor: pages have none of these. */

/** The expected form in place of what is not dialled; undefined for any other URL. */
function declines(url: string): string | undefined {
  if (/\/\/\[[^\]]+%/.test(url)) return 'an address without a zone, or a name for which `lookup` finds one';
  return /^fd:/i.test(url) ? 'an address: a descriptor cannot be dialled again; see `accept`' : undefined;
}

export const declined = { declines };
