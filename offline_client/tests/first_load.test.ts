// What travels is small: a cheap phone on a thin line; weighed on the files as built (`npm run build`).
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

/** Bytes after gzip -9; peers' forms of the same size need 292,000 and 1,225,000 (docs/performance.md). */
const FIRST_SCREEN = 105_000;
const FORM = 160_000;
const FORM_WITH_ROSTERS = 172_000;

const built = (name: string) => readFileSync(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)));
const scripts = readdirSync(fileURLToPath(new URL('../dist/assets', import.meta.url)))
  .filter((name) => /^(?:first|form)-.*\.js$/.test(name))
  .map((name) => built(`assets/${name}`).toString());

/** What the page itself names. */
const first = [
  ...built('index.html')
    .toString()
    .matchAll(/(?:src|href)="\/field\/(assets\/[^"]+\.(?:js|css))"/g),
].map(([, name]) => name as string);

/** What the browser fetches for `import('…/name')`: the bundler lists it beside the call. */
function fetchedFor(name: string): string[] {
  const call = new RegExp(
    `import\\(.\\./${name}-[\\w-]{8}\\.js.\\).{0,80}?__vite__mapDeps\\(\\[([\\d,]+)\\]\\)`,
  );
  const lists = scripts.flatMap((script) => {
    const numbers = call.exec(script)?.[1]?.split(',') ?? [];
    const names = JSON.parse(/\bm\.f=(\[[^\]]*\])/.exec(script)?.[1] ?? '[]') as string[];
    return numbers.map((number) => names[Number(number)] as string);
  });
  expect(lists.length, `nothing imports ${name}`).toBeGreaterThan(0);
  return lists;
}

function weigh(names: readonly string[], limit: number): void {
  const files = [...new Set(names)].map(
    (name) => [name, gzipSync(built(name), { level: 9 }).length] as const,
  );
  const sum = files.reduce((total, [, size]) => total + size, 0);
  expect(sum, files.map(([name, size]) => `${size} ${name}`).join('\n')).toBeLessThanOrEqual(limit);
}

// After signing in the list looks for boxes of surprise visits, and an open visit brings what it is folded by.
const form = () => [...first, ...['form', 'packs', 'visit.svelte'].flatMap(fetchedFor)];

it('sends no more than 105,000 bytes of code and styles before the first screen', () => {
  expect(first.length).toBeGreaterThan(2);
  weigh(first, FIRST_SCREEN);
});

it('sends no more than 160,000 bytes of them until the form of a visit can be filled', () => {
  weigh(form(), FORM);
});

it('sends no more than 172,000 bytes of them until a section with rosters can be', () => {
  weigh([...form(), ...fetchedFor('rosters')], FORM_WITH_ROSTERS);
});
