// `npm run layers`: walks src/ and fails with one line per broken layer rule (scripts/layers.mjs).
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemsOf } from './layers.mjs';

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter(
    (entry) => entry.isFile() && /\.(ts|js|svelte)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name),
  )
  .map((entry) => relative(src, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
const problems = files.flatMap((path) => problemsOf(path, readFileSync(join(src, path), 'utf8')));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`layers: ${files.length} files kept`);
