// The TypeScript half of domain.py: bundles the domain as the build does, folds and scores, prints milliseconds.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const client = new URL('../../offline_client/', import.meta.url).pathname;
const { build } = await import(pathToFileURL(createRequire(join(client, 'package.json')).resolve('vite')).href);
const folder = mkdtempSync(join(tmpdir(), 'cvbench'));
const names = ['operations', 'answers', 'scoring'];
await build({
  root: client,
  configFile: false,
  logLevel: 'error',
  build: {
    ssr: true,
    outDir: folder,
    rolldownOptions: {
      input: Object.fromEntries(names.map((name) => [name, join(client, 'src/domain', `${name}.ts`)])),
      output: { entryFileNames: '[name].mjs' },
    },
  },
});
const [{ fold }, { read }, { score }] = await Promise.all(
  names.map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)),
);
rmSync(folder, { recursive: true });

const { checklist, entries: given } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const entries = given.map(({ received_at, ...entry }) => ({ ...entry, receivedAt: received_at }));

function rounds(work) {
  work();
  return Array.from({ length: Number(process.argv[3]) }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
}

const cells = fold(entries);
const all = () => score(checklist, read(checklist, fold(entries)));
const { basisPoints } = all();
process.stdout.write(
  JSON.stringify({
    fold: rounds(() => fold(entries)),
    score: rounds(() => score(checklist, read(checklist, cells))),
    all: rounds(all),
    basisPoints,
  }),
);
