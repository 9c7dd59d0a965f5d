/** Sets parameters of a URL's query, in the place of those of the same name. React Native's `URLSearchParams` is incomplete. */
export function setParameters(url: URL, parameters: Readonly<Record<string, string>>): void {
  const isKept = (pair: string) => pair !== '' && !Object.hasOwn(parameters, pair.replace(/=.*/s, ''));
  const kept = url.search.slice(1).split('&').filter(isKept);
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  url.search = `?${[...kept, ...added].join('&')}`;
}
