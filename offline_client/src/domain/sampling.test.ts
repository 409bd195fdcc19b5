// The sampling vectors, read by both runtimes: tests/domain/test_sampling.py is the other reader.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SamplePart } from './checklist.ts';
import { advisedSize, type Counted, draw, drawnRows, estimate, fullSize, standingOf } from './sampling.ts';
import { sha256 } from './sha256.ts';

const folder = new URL('../../../tests/vectors/sampling/', import.meta.url);
const LEAST: { readonly [name: string]: number } = { sizes: 7, draws: 7, estimates: 33 };

interface Case<Given, Expect> {
  readonly description: string;
  readonly given: Given;
  readonly expect: Expect;
}

function load<Given, Expect>(name: string): Case<Given, Expect>[] {
  const groups = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as {
    readonly cases: Case<Given, Expect>[];
  }[];
  return groups.flatMap((group) => group.cases);
}

type Sizes = Case<{ plan: SamplePart; frames: number[] }, { advised: number[]; full: number[] }>;
type Draws = Case<
  { seed: string; frame: number; size: number },
  { ordinals: number[]; rows: { [uuid: string]: number } }
>;
type Estimates = Case<
  { plan: SamplePart; counted: Counted; claim?: [number, number] },
  {
    estimate: { whole: boolean; low: number; high: number; too_small: boolean } | null;
    standing?: string | null;
  }
>;

test.each(load('sizes') as Sizes[])('sizes: $description', ({ given, expect: wanted }) => {
  expect(given.frames.map((frame) => advisedSize(given.plan, frame))).toEqual(wanted.advised);
  expect(given.frames.map((frame) => fullSize(given.plan, frame))).toEqual(wanted.full);
});

test.each(load('draws') as Draws[])('draws: $description', ({ given, expect: wanted }) => {
  expect(draw(given.seed, given.frame, given.size)).toEqual(wanted.ordinals);
  const rows = drawnRows(given);
  expect([...rows.values()]).toEqual([...wanted.ordinals].sort((a, b) => a - b));
  expect(Object.fromEntries([...rows].slice(0, 3))).toEqual(wanted.rows);
});

test.each(load('estimates') as Estimates[])('estimates: $description', ({ given, expect: wanted }) => {
  const found = estimate(given.plan, given.counted);
  if (found === null) return expect(wanted.estimate).toBeNull();
  const { whole, low, high, tooSmall } = found;
  expect({ whole, low, high, too_small: tooSmall }).toEqual(wanted.estimate);
  if (given.claim) expect(standingOf(given.plan, found, ...given.claim)).toBe(wanted.standing);
});

describe('no file and no case was lost', () => {
  const names = readdirSync(folder).map((name) => name.replace('.json', ''));
  test.each(names)('%s', (name) => expect(load(name)).toHaveLength(LEAST[name]!));
});

test('SHA-256 is the one of everybody, around every block boundary and beyond ASCII', () => {
  const texts = [...Array(140).keys()].map((length) => 'a'.repeat(length));
  for (const text of [...texts, 'Hồ sơ đã trả kết quả'.repeat(20), '💡'])
    expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
});
