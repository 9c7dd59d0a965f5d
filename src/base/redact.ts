/** Text without secrets, and text of others in a form that logs, terminals and recordings can show. Linear in its length. */
import { urlOf } from './url.ts';

/**
 * The text with the secrets of its URLs replaced by `***`: user, password, and the values of queries. A parameter without
 * a value may be a token itself, and is replaced. Paths are not.
 */
export function redactUrl(url: string): string {
  const text = url.replace(/[\t\r\n]/g, '');
  // Blanks in a password make one URL of several words, which is invalid.
  return redactWords(urlOf(text) ? text : text.replace(/^(\s*[^\s:]*:[\\/]{0,2}).*@.*/s, '$1***'));
}

/** UTF-16 units that are looked at. */
const WINDOW = 16_384;
/** UTF-16 units that a shown text may have: 2 KiB of UTF-8, where a unit takes three bytes at most. */
const MOST = 680;
/** UTF-16 units that are left of a longer one: redacting its end again may add some. */
const CUT = 640;

/**
 * The text of a peer, platform or codec: URLs redacted, one line without control or format characters, at most 2 KiB of
 * UTF-8. Its own result is returned unchanged.
 */
export function foreignText(text: string): string {
  // The text that the window cuts off may be the end of a password: the `@` hides its beginning, too.
  const seen = text.length > WINDOW ? `${text.slice(0, WINDOW)}@ …` : text;
  const plain = seen.replace(/(?!\s)[\p{Cc}\p{Cf}\p{Cs}]/gu, '').replace(/\s+/g, ' ');
  const shown = redactWords(plain.trim());
  return shown.length > MOST ? foreignText(`${shown.slice(0, CUT)} …`) : shown;
}

function redactWords(text: string): string {
  return text.replace(/\S+/g, redactWord);
}

/**
 * Some schemes permit less than two slashes. A password in an invalid URL may have any character: nothing of it is shown. What
 * is left of a valid URL may be an invalid one, and is looked at again.
 */
function redactWord(word: string): string {
  const valid = urlOf(word.slice(word.search(/[\w:]/)));
  const user = valid ? /(^[^:]*:[\\/]*|:[\\/]+)[^\\/?#]+(?=@)/g : /^([^:]*:[\\/]{0,2}).*@.*/;
  const shown = word
    .replace(user, '$1***')
    .replace(/[?#].+/, (tail) => tail.replace(/([?&#])([^?&#=]*)([^&#]*)/g, redactParameter));
  return shown === word ? word : redactWord(shown);
}

/** A parameter with nothing but `=` behind its name may be a token in base64; a fragment is a place on a page. */
function redactParameter(_: string, mark: string, key: string, value: string): string {
  const name = /[^\w.%*[\]-]/.test(key) ? '' : key;
  if (/[^=]/.test(value)) return `${mark}${name}=***`;
  return mark + (mark === '#' && name ? name : key && '***');
}
