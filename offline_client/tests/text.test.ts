// Vietnamese and English are complete: no text is missing, none is unused, placeholders are the same, and a text comes
// with the piece of the app whose screens say it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { en } from '../src/text/en.ts';
import { extras } from '../src/text/vi/extras.ts';
import { first } from '../src/text/vi/first.ts';
import { form } from '../src/text/vi/form.ts';
import { rest } from '../src/text/vi/rest.ts';
import { rosters } from '../src/text/vi/rosters.ts';
import { vi } from '../src/text/vi.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));
const source = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/[\\/](?:text|recovery)[\\/]|\.test\.ts$/.test(path))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const keys = Object.keys(vi) as (keyof typeof vi)[];

/** Beginnings of keys put together at run time: t(`answer.${option}`) and tCode('hold', code, …). */
const prefixesIn = (text: string) => [
  ...[...text.matchAll(/\bt\(\s*`([\w.]+)\$\{/g)].map((match) => match[1] ?? ''),
  ...[...text.matchAll(/\btCode\(\s*(?:kind === 'visit' \? key : )?'(\w+)'/g)].map((match) => `${match[1]}.`),
];

/** The keys a source text may say. */
function saidIn(text: string): string[] {
  const prefixes = prefixesIn(text);
  return keys.filter((key) => text.includes(`'${key}'`) || prefixes.some((prefix) => key.startsWith(prefix)));
}

/** A file and all it needs before it runs; what it imports when it is wanted is not in it, nor are types. */
function neededBy(entry: string): string[] {
  const found = new Set([join(src, entry)]);
  for (const path of found)
    for (const [, from] of readFileSync(path, 'utf8').matchAll(
      /^\s*(?:import|export)\b(?! type\b)(?:[^;'"()]*?\bfrom)?\s*'(\.[^']+\.(?:ts|svelte))';/gm,
    ))
      found.add(join(dirname(path), from as string));
  return [...found];
}

describe('texts', () => {
  it('uses every text', () => {
    const said = new Set(saidIn(source));
    expect(keys.filter((key) => !said.has(key))).toEqual([]);
  });

  it('has every text that is named in the source', () => {
    const named = [...source.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(200);
    expect(named.filter((key) => !(key in vi))).toEqual([]);
  });

  it('brings every text with the screens that say it, and once', () => {
    const pieces = { first, form, rosters, extras, rest };
    const all = Object.values(pieces).flatMap((texts) => Object.keys(texts));
    expect(all.toSorted()).toEqual(keys.toSorted());
    const entries = [
      'main.ts',
      'screens/form.ts',
      'screens/section/rosters.ts',
      'screens/section/extras.ts',
      'screens/rest.ts',
    ];
    const late = entries.flatMap((entry) => {
      const paths = neededBy(entry);
      const here = Object.entries(pieces).filter(([name]) => paths.includes(join(src, `text/vi/${name}.ts`)));
      const known = new Set(
        [first, ...here.map(([, texts]) => texts)].flatMap((texts) => Object.keys(texts)),
      );
      const code = paths.filter((path) => !path.includes('/text/')).map((path) => readFileSync(path, 'utf8'));
      const said = saidIn(code.join('\n'));
      expect(said.length, entry).toBeGreaterThan(30);
      return said.filter((key) => !known.has(key)).map((key) => `${entry}: ${key}`);
    });
    expect(late).toEqual([]);
  });

  it('has no words in the screens themselves', () => {
    const drawn = readdirSync(src, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => /[\\/](?:screens|components)[\\/].*\.(?:ts|svelte)$|App\.svelte$/.test(path));
    const words = drawn.flatMap((path) =>
      readFileSync(path, 'utf8')
        .replaceAll(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '')
        .split('\n')
        .filter((line) =>
          /\p{L}[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđăơư]|[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđăơư]\p{L}/iu.test(
            line.replace('Tiếng Việt', ''),
          ),
        )
        .map((line) => `${path.slice(src.length)}: ${line.trim()}`),
    );
    expect(drawn.length).toBeGreaterThan(60);
    expect(words).toEqual([]);
  });

  it('says the same in both languages', () => {
    const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(en)).toEqual(keys.toSorted());
    expect(keys.filter((key) => holes(vi[key]).join() !== holes(en[key]).join())).toEqual([]);
    expect(keys.filter((key) => vi[key].trim() === '' || en[key].trim() === '')).toEqual([]);
  });
});
