// Vietnamese and English are complete: no text is missing, none is unused, placeholders are the same.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { en } from '../src/text/en.ts';
import { vi } from '../src/text/vi.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));
const source = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/[\\/](?:text|recovery)[\\/]|\.test\.ts$/.test(path))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const keys = Object.keys(vi) as (keyof typeof vi)[];

/** Keys put together at run time: t(`answer.${option}`) and tCode('hold', code, …). */
const prefixes = [
  ...[...source.matchAll(/\bt\(\s*`([\w.]+)\$\{/g)].map((match) => match[1] ?? ''),
  ...[...source.matchAll(/\btCode\(\s*(?:kind === 'visit' \? key : )?'(\w+)'/g)].map(
    (match) => `${match[1]}.`,
  ),
];

describe('texts', () => {
  it('uses every text', () => {
    const unused = keys.filter(
      (key) => !source.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it('has every text that is named in the source', () => {
    const named = [...source.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(200);
    expect(named.filter((key) => !(key in vi))).toEqual([]);
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
    expect(Object.keys(en)).toEqual(keys);
    expect(keys.filter((key) => holes(vi[key]).join() !== holes(en[key]).join())).toEqual([]);
    expect(keys.filter((key) => vi[key].trim() === '' || en[key].trim() === '')).toEqual([]);
  });
});
