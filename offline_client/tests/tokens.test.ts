// Dark by the system and dark by choice are the same colours.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const css = readFileSync(
  fileURLToPath(new URL('../../app/static/shared/tokens.css', import.meta.url)),
  'utf8',
);

function declarations(selector: string): readonly string[] {
  const block = css.slice(css.indexOf(selector)).match(/\{([^{}]*)\}/)?.[1] ?? '';
  return block.split(';').flatMap((line) => line.trim() || []);
}

it('has one dark theme', () => {
  const bySystem = declarations(':root:not([data-theme="light"])');
  expect(bySystem.length).toBeGreaterThan(20);
  expect(declarations(':root[data-theme="dark"]')).toEqual(bySystem);
});
