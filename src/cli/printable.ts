/** Text for terminals, which interpret control characters. */

/** Escapes control and format characters but line ends: quoted values are foreign text. */
export function printable(text: string): string {
  return text.replaceAll(
    /(?!\n)[\p{Cc}\p{Cf}]/gu,
    (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
