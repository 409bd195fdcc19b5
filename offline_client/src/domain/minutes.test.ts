// The minutes as the server prints them too: tests/documents/test_minutes_vectors.py is the other reader of their
// vectors, tests/domain/test_conclusions_vectors.py of those that say what was found.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Cells, type Head, read } from './answers.ts';
import { type Checklist, items } from './checklist.ts';
import { drawLines, foundText } from './found_text.ts';
import { type MinutesRecord, minutes, type Paper, type Signed, scoreText, textsOf } from './minutes.ts';
import { score } from './scoring.ts';
import type { Start } from './starting.ts';
import type { Json } from './wire.ts';

const VECTORS = new URL('../../../tests/vectors/', import.meta.url);

interface Given {
  readonly [name: string]: string;
}
interface Printed {
  readonly description: string;
  readonly given: Given;
  readonly printed: { readonly body: readonly (readonly [string, ...unknown[]])[] };
}
const printed = JSON.parse(readFileSync(new URL('minutes/printed.json', VECTORS), 'utf8')) as Printed[];

function signed(given: unknown): Signed | null {
  if (!given) return null;
  const { witness_strokes = '', ...rest } = given as { witness_strokes?: string };
  const empty = { title: '', name: '', strokes: '', refused: '', witness: '' };
  return { ...empty, ...rest, witnessStrokes: witness_strokes };
}

/** The record of a vector, which is written in the names of the server. */
function recordOf(given: Given): MinutesRecord {
  const {
    sections,
    score: scored,
    unit,
    lead,
    start,
    ...rest
  } = given as never as {
    sections: { title: string; rows: [string, string, string, boolean][] }[];
    score: [number | null, number, string];
    unit: unknown;
    lead: unknown;
    start: (Omit<Start, 'notBefore'> & { not_before: number | null }) | null;
  };
  const named = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()),
      value,
    ]),
  );
  return {
    ...(named as never as MinutesRecord),
    sections: sections.map(({ title, rows }) => ({
      title,
      rows: rows.map(([text, found, points, fails]) => ({ text, found, points, fails })),
    })),
    score: scoreText(...scored),
    unit: signed(unit),
    start: start && { ...start, notBefore: start.not_before },
    lead: signed(lead),
  };
}

function written(paper: Paper): unknown {
  return {
    head: [paper.parentAgency, paper.agency, paper.numberLine, paper.title, paper.subject],
    body: paper.body.map((part) =>
      part.type === 'line'
        ? [part.style, part.text]
        : ['table', part.caption, part.header, part.rows, part.widths],
    ),
    signatures: paper.signatures.map((each) => [each.title, each.name, each.strokes, each.note]),
    provenance: paper.provenance,
  };
}

test.each(printed)('minutes: $description', ({ given, printed: wanted }) => {
  expect(written(minutes(recordOf(given)))).toEqual(wanted);
});

test('what a unit says of itself is no inspection, and one person signs it', () => {
  const record = {
    ...recordOf(printed[0]!.given),
    campaignTitle: 'Tự kiểm tra: Phiếu',
    lacking: [],
    selfCheck: true,
  };
  const paper = minutes(record);
  expect([paper.title, paper.signatures.length]).toEqual(['BIÊN BẢN TỰ KIỂM TRA', 1]);
  const texts = textsOf(paper);
  expect(texts).toContain(
    'Đây là kết quả đơn vị tự đánh giá, không phải kết quả kiểm tra của cơ quan có thẩm quyền.',
  );
  expect(texts.filter((text) => /đoàn kiểm tra|đại diện đơn vị/i.test(text))).toEqual([]);
});

test('every text is read in the order it is printed in', () => {
  const texts = textsOf(minutes(recordOf(printed[0]!.given)));
  expect(texts.slice(0, 7)).toContain('BIÊN BẢN');
  expect(texts).toContain('Bàn làm việc có biển để bàn');
  expect(texts.at(-1)).toBe('Lãnh đạo A');
});

interface Concluded {
  readonly description: string;
  readonly given: { readonly cells: { readonly [path: string]: Json } };
  readonly expect: {
    readonly explained?: { readonly [key: string]: readonly string[] };
    readonly draws?: readonly string[];
  };
}
const concluded = readdirSync(new URL('conclusions/', VECTORS)).flatMap((file) => {
  const groups = JSON.parse(readFileSync(new URL(`conclusions/${file}`, VECTORS), 'utf8')) as {
    checklist: Checklist;
    cases: Concluded[];
  }[];
  return groups.flatMap(({ checklist, cases }) => cases.map((each) => ({ ...each, file, checklist })));
});

function cellsOf(given: { readonly [path: string]: Json }): Cells {
  return new Map(
    Object.entries(given).map(([path, value]) => {
      const heads = (value as { heads?: Head[] } | null)?.heads;
      return [path, heads ?? [{ op: path, value }]];
    }),
  );
}

test.each(concluded)('found: $file: $description', ({ checklist, given, expect: wanted }) => {
  const answers = read(checklist, cellsOf(given.cells));
  const traces = new Map(score(checklist, answers).items.map((trace) => [trace.key, trace]));
  for (const item of items(checklist)) {
    const [found] = wanted.explained?.[item.key] ?? [];
    if (found !== undefined)
      expect(foundText(item, traces.get(item.key)!, answers.items.get(item.key)!)).toBe(found);
  }
  const draws = items(checklist).flatMap((item) => drawLines(item, answers.items.get(item.key)!));
  if (wanted.draws !== undefined) expect(draws).toEqual(wanted.draws);
});

test('no case was lost', () => {
  expect(printed.length).toBeGreaterThanOrEqual(4);
  expect(concluded.filter((each) => each.expect.explained !== undefined).length).toBeGreaterThanOrEqual(10);
  expect(concluded.some((each) => each.expect.draws !== undefined)).toBe(true);
});
