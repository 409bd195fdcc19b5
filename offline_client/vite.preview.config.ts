import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The preview in the desk's editor (preview.html). Built after the app and beside it, from the same sources, so that
// no phone precaches it and the app's own files do not change for its sake.
export default defineConfig({
  base: '/field/',
  plugins: [svelte()],
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { preview: 'preview.html' },
      output: { codeSplitting: false },
    },
  },
});
