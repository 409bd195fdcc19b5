// The vectors of rows, read by both runtimes: tests/domain/test_roster_vectors.py is the other reader. How a row
// counts is told only here: the desk has no line for it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Answers, type Cells, type Head, type ItemAnswer, read } from './answers.ts';
import { type Checklist, type Item, items, type RosterPart } from './checklist.ts';
import { missingRows } from './rosters.ts';
import { askedFields, estimateOf, lookupOf, rowCountsAs, type Score, score } from './scoring.ts';
import type { Json } from './wire.ts';

interface Group {
  readonly checklist: Checklist;
  readonly cases: readonly {
    readonly description: string;
    readonly given: { readonly cells: Record<string, Json> };
    readonly expect: Record<string, Record<string, Json>>;
  }[];
}

const file = new URL('../../../tests/vectors/rosters/rows.json', import.meta.url);
const groups = JSON.parse(readFileSync(file, 'utf8')) as Group[];
const cases = groups.flatMap((group) => group.cases.map((each) => ({ ...each, checklist: group.checklist })));

function cells(given: Record<string, Json>): Cells {
  return new Map(
    Object.entries(given).map(([path, value]) => {
      const heads = (value as { heads?: Head[] } | null)?.heads;
      return [path, heads ?? [{ op: path, value }]];
    }),
  );
}

function scored(checklist: Checklist, given: Record<string, Json>): { answers: Answers; score: Score } {
  const answers = read(checklist, cells(given));
  return { answers, score: score(checklist, answers) };
}

const partOf = (item: Item) => item.answer as RosterPart;

const TELL: Record<string, (item: Item, answer: ItemAnswer, score: Score) => Json> = {
  asked: (item, { rows }, all) =>
    Object.fromEntries(rows.map((row) => [row.uuid, [...askedFields(item, row, all)]])),
  missing: (item, answer, all) => missingRows(partOf(item), answer, lookupOf(all)).map((row) => row.uuid),
  estimate: (item, _, all) => {
    const found = estimateOf(
      item,
      all.items.find((trace) => trace.key === item.key),
    );
    if (found === null) return null;
    const { whole, low, high, tooSmall } = found;
    return { whole, low, high, too_small: tooSmall };
  },
};

test.each(cases)('$description', ({ checklist, given, expect: wanted }) => {
  const { answers, score: all } = scored(checklist, given.cells);
  const found = Object.fromEntries(
    Object.entries(wanted).map(([name, keys]) => [
      name,
      Object.fromEntries(
        Object.keys(keys).map((key) => {
          const item = items(checklist).find((each) => each.key === key)!;
          return [key, TELL[name]!(item, answers.items.get(key)!, all)];
        }),
      ),
    ]),
  );
  expect(found).toEqual(wanted);
});

test('no case was lost', () => expect(cases.length).toBeGreaterThanOrEqual(11));

test('what is no list asks nothing of rows, and has no estimate', () => {
  const { checklist } = groups[0]!;
  const { answers, score: all } = scored(checklist, { 'item/o/row/r1/sign': 'yes' });
  expect(askedFields(items(checklist)[0]!, answers.items.get('o')!.rows[0]!, all)).toEqual([]);
  expect(estimateOf(items(checklist)[0]!, undefined)).toBeNull();
});

test.each([
  ['met', { right: 'yes' }],
  ['missed', { right: 'no' }],
  ['open', {}],
  ['open', { right: null }],
  [
    'open',
    {
      right: {
        heads: [
          { op: 'A', value: 'yes' },
          { op: 'B', value: 'no' },
        ],
      },
    },
  ],
  ['uncounted', { sign: 'no' }],
  ['uncounted', { sign: 'no', right: 'yes' }],
] as [string, Record<string, Json>][])('a row counts as %s: %o', (wanted, fields) => {
  const { checklist } = groups[0]!;
  const given = Object.entries({ sign: 'yes', ...fields }).map(([name, value]) => [
    `item/o/row/r1/${name}`,
    value,
  ]);
  const { answers, score: all } = scored(checklist, Object.fromEntries(given));
  const part = partOf(items(checklist)[1]!);
  expect(rowCountsAs(part, answers.items.get('o')!.rows[0]!, all)).toBe(wanted);
});
