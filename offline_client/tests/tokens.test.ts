// The themes: dark by the system and dark by choice are the same colours, and text can be read in all of them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const css = read('../../app/static/shared/tokens.css');
const sunlight = read('../src/styles/sunlight.css');

function declarations(text: string, selector: string): readonly string[] {
  const block = text.slice(text.indexOf(selector)).match(/\{([^{}]*)\}/)?.[1] ?? '';
  return block.split(';').flatMap((line) => line.trim() || []);
}

const colours = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.map((line) => line.split(/:\s*/) as [string, string]).filter(([, value]) => /^#/.test(value)),
  );

/** Relative luminance after WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Text on its grounds, by the names of the tokens. */
const PAIRS: readonly (readonly [string, readonly string[]])[] = [
  ...['--ink', '--ink-soft', '--ink-faint'].map(
    (ink) => [ink, ['--ground', '--surface', '--surface-sunk']] as const,
  ),
  ['--ink', ['--brand-soft', '--good-soft', '--warn-soft', '--bad-soft', '--info-soft']],
  ['--on-brand', ['--brand']],
  ['--surface', ['--good', '--bad']],
  ...['brand', 'good', 'warn', 'bad', 'info'].map(
    (tone) => [`--${tone}`, ['--surface', '--ground', `--${tone}-soft`]] as const,
  ),
];

it('has one dark theme', () => {
  const bySystem = declarations(css, ':root:not([data-theme="light"])');
  expect(bySystem.length).toBeGreaterThan(20);
  expect(declarations(css, ':root[data-theme="dark"]')).toEqual(bySystem);
});

it.each([
  ['light', declarations(css, ':root {'), 4.5],
  ['dark', declarations(css, ':root[data-theme="dark"]'), 4.5],
  ['sunlight', declarations(sunlight, ":root[data-theme='sunlight']"), 10],
] as const)('can be read: %s', (_name, lines, least) => {
  const token = colours(lines);
  const faint = PAIRS.flatMap(([ink, grounds]) =>
    grounds.map(
      (ground) => [`${ink} on ${ground}`, contrast(token.get(ink) ?? '', token.get(ground) ?? '')] as const,
    ),
  ).filter(([, found]) => !(found >= least));
  expect(faint).toEqual([]);
});

it('says every colour again for sunlight', () => {
  const names = (lines: readonly string[]) => [...colours(lines).keys()];
  const light = names(declarations(css, ':root {'));
  expect(names(declarations(sunlight, ":root[data-theme='sunlight']"))).toEqual(
    expect.arrayContaining(light),
  );
});
