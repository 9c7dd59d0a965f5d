/** User and password of a URL, decoded. */

/** Undefined when the URL has neither. */
export function userOf({
  username,
  password,
}: URL): { readonly username: string; readonly password: string } | undefined {
  if (username === '' && password === '') return undefined;
  return { username: decoded(username), password: decoded(password) };
}

/** A part of a URL that is not valid percent-encoding stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
