// What travels before the first screen is small: a cheap phone on a thin line; weighed on the files as built.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

/** Bytes after gzip -9; peers' forms of the same size need 292,000 and 1,225,000 (docs/performance.md). */
const LIMIT = 120_000;

const built = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));

it('sends no more than 120,000 bytes of code and styles before the first screen', () => {
  const page = readFileSync(built('index.html'), 'utf8'); // `npm run build` writes it
  const files = [...page.matchAll(/(?:src|href)="\/field\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, name]) => {
    return [name, gzipSync(readFileSync(built(name as string)), { level: 9 }).length] as const;
  });
  expect(files.length).toBeGreaterThan(3);
  const sum = files.reduce((total, [, size]) => total + size, 0);
  expect(sum, files.map(([name, size]) => `${size} ${name}`).join('\n')).toBeLessThanOrEqual(LIMIT);
});
