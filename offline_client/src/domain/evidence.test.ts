// The evidence vectors, read by both runtimes: tests/domain/test_evidence.py is the other reader.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Head, read } from './answers.ts';
import { type Checklist, items } from './checklist.ts';
import { lacking, veiled } from './evidence.ts';
import type { Cells } from './operations.ts';
import { lookupOf, score } from './scoring.ts';
import type { Json } from './wire.ts';

interface Case {
  readonly description: string;
  readonly given: { readonly cells: Record<string, Json> };
  readonly expect: readonly string[];
}

const file = new URL('../../../tests/vectors/evidence/photos.json', import.meta.url);
const groups = JSON.parse(readFileSync(file, 'utf8')) as { checklist: Checklist; cases: Case[] }[];
const cases = groups.flatMap((group) => group.cases.map((each) => ({ ...each, checklist: group.checklist })));

test.each(cases)('$description', ({ checklist, given, expect: wanted }) => {
  const cells = Object.entries(given.cells).map(([path, value]): [string, Head[]] => {
    const heads = (value as { heads?: Head[] } | null)?.heads;
    return [path, heads ?? [{ op: path, value }]];
  });
  const answers = read(checklist, new Map(cells));
  const scored = score(checklist, answers);
  const traces = new Map(scored.items.map((trace) => [trace.key, trace]));
  const found = items(checklist).flatMap((item) =>
    lacking(item, answers.items.get(item.key)!, traces.get(item.key)!, lookupOf(scored)),
  );
  expect(found).toEqual(wanted);
});

interface Veiled {
  readonly description: string;
  readonly cells: Record<string, Json>;
  readonly expect: readonly string[];
}
const few = new URL('../../../tests/vectors/evidence/veiled.json', import.meta.url);
const hidden = (JSON.parse(readFileSync(few, 'utf8')) as { cases: Veiled[] }[]).flatMap(({ cases }) => cases);

test.each(hidden)('$description', ({ cells, expect: wanted }) => {
  const heads = Object.entries(cells).map(([path, value]) => [path, [{ op: path, value }]] as const);
  expect([...veiled(new Map(heads) as unknown as Cells)].sort()).toEqual(wanted);
});

test('no case was lost', () => {
  expect(cases.length).toBeGreaterThanOrEqual(19);
  expect(hidden.length).toBeGreaterThanOrEqual(10);
});
