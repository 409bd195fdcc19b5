// Bundles the simulation of real phones for Node: node scripts/build-histories.mjs OUT [CHANGES.json]
// CHANGES put a fault into the product's source while it is bundled: [{file, find, replace}], each found exactly once.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

const [out, changesFile] = process.argv.slice(2);
const changes = changesFile ? JSON.parse(readFileSync(changesFile, 'utf8')) : [];
const root = resolve(import.meta.dirname, '..');

/** No canvas in Node: a picture is taken as it is. */
const CANVAS = {
  file: 'src/state/downscale.ts',
  whole: `export class PhotoError extends Error {}
export const downscale = async (file) => ({ bytes: await file.arrayBuffer(), mime: 'image/jpeg' });
export const thumbnail = async () => null;
export const timeOf = async () => null;`,
};

/** A history is short: so that it has more to give back than goes in one push, little goes. */
const FEW = [
  { file: 'src/sync/protocol.ts', find: 'EVIDENCE_PIECES = 20', replace: 'EVIDENCE_PIECES = 2' },
  { file: 'src/sync/protocol.ts', find: 'EVIDENCE_CHARS = 300_000', replace: 'EVIDENCE_CHARS = 1_500' },
];

const changing = {
  name: 'changing',
  enforce: 'pre',
  transform(code, id) {
    if (id.endsWith(CANVAS.file)) return CANVAS.whole;
    let text = code;
    for (const { file, find, replace } of [...FEW, ...changes].filter((each) => id.endsWith(each.file))) {
      if (text.split(find).length !== 2) throw new Error(`${file}: “${find}” must stand there once`);
      text = text.replace(find, () => replace);
    }
    return text;
  },
};

await build({
  root,
  configFile: false,
  publicDir: false,
  logLevel: 'error',
  plugins: [changing, svelte()],
  resolve: {
    alias: [{ find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' }],
    conditions: ['browser'],
  },
  build: {
    outDir: resolve(out),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    lib: { entry: 'tests/simulation/histories/main.ts', formats: ['es'], fileName: 'histories' },
    rolldownOptions: {
      external: [/^node:/],
      // One file: a piece read from the disk takes time that no history knows of, and only the first time.
      output: { codeSplitting: false },
      checks: { pluginTimings: false },
    },
  },
});
