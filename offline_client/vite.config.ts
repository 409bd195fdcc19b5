import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { pieces } from './scripts/pieces.ts';
import { precache } from './scripts/precache-plugin.ts';

// Served by the application under /field/ (app/web/field_client.py) with a strict CSP:
// nothing may be inlined, so assets never become data: URIs and no polyfill is injected.
export default defineConfig({
  base: '/field/',
  plugins: [svelte(), precache()],
  // The package's entry is its build for ES5, 2 kB more on the wire; everything here runs ES2022.
  resolve: {
    alias: [
      { find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' },
      { find: /^fast-png$/, replacement: fileURLToPath(new URL('src/documents/no_png.ts', import.meta.url)) },
    ],
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Only what draws web pages into a PDF asks for these, and nothing here does.
      external: ['html2canvas', 'dompurify', 'canvg'],
      input: { main: 'index.html', recovery: 'recovery.html', sw: 'src/sw.ts' },
      output: {
        // The worker keeps one name for ever; everything else is named by its content.
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        codeSplitting: { groups: pieces() },
      },
    },
  },
  server: { proxy: { '/api': process.env.CONGVU_SERVER ?? 'http://127.0.0.1:8000' } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
