/** URLs that no transport dials, and why. A part of Node's supervisor: pages say less. */

/** The expected form in place of what is not dialled; undefined for any other URL. */
function declines(url: string): string | undefined {
  const port = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:(\d+)(?=$|[/?#])/i.exec(url)?.[1];
  if (Number(port) > 65_535) return 'a port from 1 to 65535';
  if (/\/\/\[[^\]]+%/.test(url)) return 'an address without a zone, or a name for which `lookup` finds one';
  return /^fd:/i.test(url) ? 'an address: a descriptor cannot be dialled again; see `accept`' : undefined;
}

export const declined = { declines };
