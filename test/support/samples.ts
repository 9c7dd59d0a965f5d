/** The code samples of the README and the docs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Paths from the root of the repository. */
export const pages = ['README.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)].filter(
  (file) => file.endsWith('.md'),
);

export interface Sample {
  /** Its page, and its place among the samples of that language there, from 1. */
  readonly name: string;
  readonly source: string;
  /** A name for a file of its own, without an ending. */
  readonly stem: string;
}

/** All samples in a language, in the order of their pages. */
export function samplesIn(language: string): Sample[] {
  const block = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms');
  return pages.flatMap((page) =>
    Array.from(readFileSync(`${root}${page}`, 'utf8').matchAll(block), ([, source = ''], index) => {
      const name = `${page} ${index + 1}`;
      return { name, source, stem: name.replaceAll(/\W+/g, '-') };
    }),
  );
}
