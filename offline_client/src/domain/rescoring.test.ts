// Scoring cell by cell: no more work in a long checklist than in a short one. That it equals scoring the whole is
// shown on random checklists by tests/differential (twin.mjs), and here on every vector after every other.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Head, read } from './answers.ts';
import type { Checklist, Item } from './checklist.ts';
import { Rescorer, sourcesOf } from './rescoring.ts';
import { score } from './scoring.ts';
import type { Json } from './wire.ts';

const text = { vi: 'Chữ' };

/** Sections of ten; the second item of each hangs on its first, and the third on the second. */
function long(count: number): Checklist {
  const item = (number: number): Item => ({
    key: `i${number}`,
    text,
    answer: { type: 'yes_no' },
    points: 500,
    ...(number % 10 === 1 ? { when: { item: `i${number - 1}`, is: 'yes' } } : {}),
    ...(number % 10 === 2 ? { when: { not: { all: [{ item: `i${number - 1}`, is: 'no' }] } } } : {}),
  });
  const sections = Array.from({ length: count / 10 }, (_, place) => ({
    key: `s${place}`,
    title: text,
    items: Array.from({ length: 10 }, (_, number) => item(place * 10 + number)),
  }));
  return { slug: 'x', version: 1, title: text, effective_from: '2020-08-01', sections };
}

/** Each condition hangs the item on others; one of a field of its rows does too. */
const rows: Item = {
  key: 'rows',
  text,
  answer: {
    type: 'roster',
    row: { label: text },
    fields: [
      { key: 'sign', type: 'yes_no', text },
      {
        key: 'right',
        type: 'yes_no',
        text,
        when: {
          any: [
            { field: 'sign', is: 'yes' },
            { item: 'i3', is: 'yes' },
          ],
        },
      },
    ],
    ratio: { counts: { field: 'right', is: 'yes' } },
  },
  points: 500,
  score: 'proportional',
  zero_total: 'full',
  when: { item: 'i1', is: 'no' },
  fails_when: {
    all: [
      { item: 'i2', is: 'no' },
      { item: 'rows', at_most: 5000 },
    ],
  },
};

test('an item hangs on those that its own conditions and those of its fields name', () => {
  expect([...sourcesOf(rows)].sort()).toEqual(['i1', 'i2', 'i3']);
  expect([...sourcesOf(long(10).sections[0]!.items[0]!)]).toEqual([]);
});

test('several at once are scored in the order of the document, and what it does not have is passed over', () => {
  const checklist = long(10);
  const whole: Checklist = {
    ...checklist,
    sections: [{ key: 's', title: text, items: [...checklist.sections[0]!.items, rows] }],
  };
  const rescorer = new Rescorer(whole);
  const cells = new Map<string, readonly Head[]>();
  const told = () => {
    const answers = read(whole, cells);
    expect(rescorer.update(cells)).toStrictEqual({ answers, score: score(whole, answers) });
  };
  const set = (path: string, value: Json) => cells.set(path, [{ op: `${path}${value}`, value }]);
  for (const path of ['item/rows/row/a/right', 'item/rows/row/a/sign', 'item/i2', 'item/i1', 'item/i0'])
    set(path, 'yes');
  set('item/lost', 'yes');
  set('visit/place', 'Trụ sở');
  told();
  for (const path of ['item/i2', 'item/i1', 'item/rows/row/a/sign']) set(path, 'no');
  told();
  set('item/i3', 'yes');
  told();
  cells.set('item/i1', [
    { op: 'A', value: 'yes' },
    { op: 'B', value: 'no' },
  ]);
  told();
  cells.delete('item/i0');
  told();
});

test.each([30, 300])('one answer costs the items it touches, among %i', (count) => {
  const rescorer = new Rescorer(long(count));
  expect(rescorer.work).toEqual({ read: count, scored: count });
  const cells = new Map<string, readonly Head[]>();
  const touched = { 'item/i3': 1, 'item/i3/note': 1, 'item/i10': 3, 'item/i11': 2, 'item/i29': 1 };
  for (const [path, scored] of Object.entries(touched)) {
    const before = { ...rescorer.work };
    cells.set(path, [{ op: path, value: 'yes' }]);
    rescorer.update(cells);
    expect(rescorer.work).toEqual({ read: before.read + 1, scored: before.scored + scored });
  }
  const before = { ...rescorer.work };
  rescorer.update(new Map(cells));
  expect(rescorer.work).toEqual(before);
});

const folder = new URL('../../../tests/vectors/scoring/', import.meta.url);
const groups = readdirSync(folder).flatMap(
  (file) =>
    JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      description: string;
      checklist: Checklist;
      cases: { given: { cells: Record<string, Json> } }[];
    }[],
);

function heads(given: Record<string, Json>): [string, readonly Head[]][] {
  return Object.entries(given).map(([path, value]) => {
    const several = (value as { heads?: Head[] } | null)?.heads;
    return [path, several ?? [{ op: path, value }]];
  });
}

test('any walk over the cells of the vectors scores as the whole does', () => {
  fc.assert(
    fc.property(fc.constantFrom(...groups), fc.infiniteStream(fc.nat()), ({ checklist, cases }, chance) => {
      const rescorer = new Rescorer(checklist);
      const cells = new Map<string, readonly Head[]>();
      const written = cases.flatMap(({ given }) => heads(given.cells));
      for (let step = 0; step < 12; step += 1) {
        const [path, value] = written[chance.next().value! % written.length]!;
        if (chance.next().value! % 3 === 0) cells.delete(path);
        else cells.set(path, value);
        const answers = read(checklist, cells);
        expect(rescorer.update(cells)).toEqual({ answers, score: score(checklist, answers) });
      }
    }),
    { numRuns: 100 },
  );
});
