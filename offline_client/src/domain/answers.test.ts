// The answer vectors, read by both runtimes: tests/domain/test_answers_vectors.py is the other reader.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Answers, type Cells, checkClaim, checkSample, checkValue, type Head, read } from './answers.ts';
import { type Checklist, items } from './checklist.ts';
import type { Json } from './wire.ts';

interface Case {
  readonly description: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs per file
  readonly given: any;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs per file
  readonly expect: any;
}

const folder = new URL('../../../tests/vectors/answers/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const cases = files.flatMap((file) => {
  const groups = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    checklist: Checklist;
    cases: Case[];
  }[];
  return groups.flatMap((group) =>
    group.cases.map((each) => ({ ...each, file, checklist: group.checklist })),
  );
});

function cells(given: Record<string, Json | { heads: Head[] }>): Cells {
  return new Map(
    Object.entries(given).map(([path, value]) => {
      const heads = typeof value === 'object' && value !== null && 'heads' in value ? value.heads : undefined;
      return [path, (heads as Head[] | undefined) ?? [{ op: path, value: value as Json }]];
    }),
  );
}

/** What was read, in as far as the case speaks of it. */
function told(answers: Answers, wanted: Record<string, Record<string, unknown>>): Record<string, unknown> {
  const each = [...answers.items.values()];
  const all = each.flatMap((item) => [
    ...[item.value, item.na, item.note, item.claimed, item.observedAt, item.sample],
    ...item.rows.flatMap((row) => [row.label, row.position, ...row.fields.values()]),
  ]);
  const found: Record<string, Map<string, unknown>> = {
    rows: new Map(each.map((item) => [item.key, item.rows.map((row) => row.uuid)])),
    duplicates: new Map(each.map((item) => [item.key, item.duplicates])),
    photos: new Map(each.map((item) => [item.key, item.photos])),
    photographed: new Map(each.map((item) => [item.key, [...item.photographed].sort()])),
    cells: new Map(all.map((cell) => [cell.path, cell.candidates.map(({ op, value }) => [op, value])])),
  };
  return Object.fromEntries(
    Object.entries(wanted).map(([name, keys]) =>
      name === 'contested'
        ? [name, answers.contested]
        : [name, Object.fromEntries(Object.keys(keys).map((key) => [key, found[name]?.get(key)]))],
    ),
  );
}

const CHECKS = [
  ['claim', checkClaim],
  ['sample', checkSample],
  ['item', checkValue],
] as const;

test.each(cases)('$file: $description', ({ checklist, given, expect: wanted }) => {
  if (given.cells !== undefined) {
    expect(told(read(checklist, cells(given.cells)), wanted)).toEqual(wanted);
    return;
  }
  const [name, check] = CHECKS.find(([key]) => key in given)!;
  const item = items(checklist).find((each) => each.key === given[name])!;
  expect(given.values.map((value: Json) => check(item, value))).toEqual(wanted);
});

test('no file and no case was lost', () => {
  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(cases.length).toBeGreaterThanOrEqual(70);
});
