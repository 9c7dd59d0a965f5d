/** Two pages of one script each, under the names that they have with the other bundlers, in a folder of the site. */
import { defineConfig } from 'vite';

// biome-ignore lint/style/noDefaultExport: vite asks for it
export default defineConfig({
  base: './',
  build: {
    rolldownOptions: {
      input: { page: 'page.mjs', clock: 'clock.mjs' },
      output: { entryFileNames: '[name].js' },
    },
  },
});
