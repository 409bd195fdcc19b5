// Fills the service worker's list of files after bundling (no Workbox: 0.5 kB against 5.5 kB).
// The version is a hash over names, contents and the worker's own code, so the worker file
// changes exactly when something it serves changes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export function precache(): Plugin {
  let base = '/';
  let publicDir = '';
  return {
    name: 'congvu-precache',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      base = config.base;
      publicDir = config.publicDir;
    },
    generateBundle(_options, bundle) {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('sw.js is missing from the build');
      if (worker.imports.length > 0)
        throw new Error('sw.ts must not import what the page imports: a classic worker cannot load it');
      const hash = createHash('sha256').update(worker.code);
      const list: string[] = [];
      for (const [name, output] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (name === 'sw.js' || name.endsWith('.map')) continue;
        list.push(name === 'index.html' ? base : base + name);
        hash.update(name).update(output.type === 'chunk' ? output.code : output.source);
      }
      for (const file of filesBelow(publicDir)) {
        const name = relative(publicDir, file).replaceAll('\\', '/');
        list.push(base + name);
        hash.update(name).update(readFileSync(file));
      }
      worker.code = worker.code
        .replace(/(["'`])__PRECACHE__\1/, JSON.stringify(JSON.stringify(list)))
        .replaceAll('__VERSION__', hash.digest('hex').slice(0, 16));
    },
  };
}
