// The domain's modules in Node, bundled as the build does: for what runs beside the Python domain.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

/** The named modules of src/domain, in that order. */
export async function loadDomain(names) {
  const root = resolve(import.meta.dirname, '..');
  const folder = mkdtempSync(join(tmpdir(), 'congvu-domain-'));
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      build: {
        ssr: true,
        outDir: folder,
        rolldownOptions: {
          input: Object.fromEntries(names.map((name) => [name, join(root, 'src/domain', `${name}.ts`)])),
          output: { entryFileNames: '[name].mjs' },
        },
      },
    });
    return await Promise.all(names.map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
