// The score and finding vectors, read by both runtimes: tests/domain/test_scoring_vectors.py is the other
// reader. `trace` is the whole result; what was worked out by hand (`expect`) is held against it there.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Cells, type Head, read } from './answers.ts';
import type { Checklist } from './checklist.ts';
import { explainedToJson } from './explained.ts';
import { deriveFindings, findingToJson } from './findings.ts';
import { score, scoreToJson } from './scoring.ts';
import type { Json } from './wire.ts';

interface Case {
  readonly description: string;
  readonly given: { readonly cells: Record<string, Json> };
  readonly trace: Json;
}

function load(topic: string) {
  const folder = new URL(`../../../tests/vectors/${topic}/`, import.meta.url);
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
  return { files, cases };
}

function cells(given: Record<string, Json>): Cells {
  return new Map(
    Object.entries(given).map(([path, value]) => {
      const heads = (value as { heads?: Head[] } | null)?.heads;
      return [path, heads ?? [{ op: path, value }]];
    }),
  );
}

const scoring = load('scoring');
const findings = load('findings');
const explained = load('explained');

test.each(scoring.cases)('scoring/$file: $description', ({ checklist, given, trace }) => {
  expect(scoreToJson(score(checklist, read(checklist, cells(given.cells))))).toStrictEqual(trace);
});

test.each(findings.cases)('findings/$file: $description', ({ checklist, given, trace }) => {
  const answers = read(checklist, cells(given.cells));
  expect(deriveFindings(checklist, answers, score(checklist, answers)).map(findingToJson)).toStrictEqual(
    trace,
  );
});

test.each(explained.cases)('explained/$file: $description', ({ checklist, given, trace }) => {
  const answers = read(checklist, cells(given.cells));
  expect(explainedToJson(checklist, answers, score(checklist, answers))).toEqual(trace);
});

describe('no file and no case was lost', () => {
  test.each([
    ['scoring', scoring, 16, 411],
    ['findings', findings, 4, 16],
    ['explained', explained, 2, 14],
  ])('%s', (_, { files, cases }, leastFiles, leastCases) => {
    expect(files.length).toBeGreaterThanOrEqual(leastFiles);
    expect(cases.length).toBeGreaterThanOrEqual(leastCases);
  });
});
