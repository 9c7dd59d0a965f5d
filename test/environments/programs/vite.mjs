/** A page of one script, under the name that it has with the other bundlers. */
import { defineConfig } from 'vite';

// biome-ignore lint/style/noDefaultExport: vite asks for it
export default defineConfig({
  build: { rolldownOptions: { output: { entryFileNames: 'page.js' } } },
});
