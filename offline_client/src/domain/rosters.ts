// Counting the rows of a roster: which fields are asked, what is observed out of what total, which rows miss.
// Twin of app/domain/rosters.py.
//
// While rows are contested there is one count for every way they may be settled. Combinations are not
// enumerated: only the distinct sums that can be reached are kept, so twenty contested rows cost little more
// than one.
import type { ItemAnswer, Row } from './answers.ts';
import { isTable } from './answers.ts';
import type { Comparison, Counts, RosterPart } from './checklist.ts';
import { CONTESTED, type Lookup, mayHold, type Source, UNKNOWN } from './conditions.ts';
import { drawnRows, type SampleValue } from './sampling.ts';
import type { Json } from './wire.ts';

/** What was found for an item, one candidate of it: nothing (`answered` false), a value, or counts. */
export interface Seen {
  readonly answered: boolean;
  readonly value?: Json;
  readonly observed?: number;
  readonly total?: number;
  readonly rows?: number;
  /** Of a sample: out of how many the rows were drawn, and how many were drawn. */
  readonly frame?: number;
  readonly size?: number;
}

export const NOTHING: Seen = { answered: false };

/** What rows add up to; `blank` when one of them leaves the counted field unanswered. */
interface Count {
  readonly observed: number;
  readonly total: number;
  readonly rows: number;
  readonly blank: boolean;
}

const ABSENT: Count = { observed: 0, total: 0, rows: 0, blank: false };
const UNCOUNTED: Count = { ...ABSENT, rows: 1 };
const BLANK: Count = { ...UNCOUNTED, blank: true };
const MISS: Count = { ...UNCOUNTED, total: 1 };
const MATCH: Count = { ...MISS, observed: 1 };

/** Reduces a value to what conditions compare: a document is shown or not shown. */
export function plain(value: Json): Json {
  if (!isTable(value)) return value;
  return 'shown' in value ? 'not_shown' : 'shown';
}

/** Names the fields of the row that are asked, in document order; `lookup` answers for items. */
export function asked(roster: RosterPart, row: Row, lookup: Lookup): readonly string[] {
  const found: string[] = [];
  const source = (comparison: Comparison): Source => {
    if (comparison.field === undefined) return lookup(comparison);
    const cell = row.fields.get(comparison.field);
    if (cell === undefined || !found.includes(comparison.field)) return UNKNOWN;
    if (cell.contested) return CONTESTED;
    return cell.value === null ? UNKNOWN : { state: 'known', value: plain(cell.value) };
  };
  for (const field of roster.fields) if (mayHold(field.when, source)) found.push(field.key);
  return found;
}

/** Lists the rows that count: all, or of a sample those that were drawn. Others are kept and count for nothing. */
export function countedRows(roster: RosterPart, answer: ItemAnswer): readonly Row[] {
  if (roster.sample === undefined) return answer.rows;
  const drawn = draws(answer);
  return answer.rows.filter((row) => drawn.some((rows) => rows.has(row.uuid)));
}

/** The drawn rows, for each candidate of a sample; none while nothing was drawn. */
function draws(answer: ItemAnswer): readonly ReadonlyMap<string, number>[] {
  return samples(answer).map((sample) => drawnRows(sample));
}

function samples(answer: ItemAnswer): readonly SampleValue[] {
  const values = answer.sample.candidates.map((each) => each.value).filter((value) => value !== null);
  return values as unknown as SampleValue[];
}

/** Lists what the roster may amount to: one for settled rows, else one per reachable sum, the worst first. */
export function seenOf(roster: RosterPart, answer: ItemAnswer, lookup: Lookup): readonly Seen[] {
  if (roster.sample === undefined) return seenIn(roster, answer, answer.rows, lookup);
  const { candidates } = answer.sample;
  const values = candidates.length > 0 ? candidates.map((each) => each.value) : [null];
  const found = values.flatMap((value): readonly Seen[] => {
    if (value === null) return seenIn(roster, answer, [], lookup);
    const sample = value as unknown as SampleValue;
    const drawn = drawnRows(sample);
    const rows = answer.rows.filter((row) => drawn.has(row.uuid));
    const { frame, size } = sample;
    return seenIn(roster, answer, rows, lookup).map((each) => ({ ...each, frame, size }));
  });
  return [...found.filter((each) => each.answered), ...found.filter((each) => !each.answered)];
}

function seenIn(
  roster: RosterPart,
  answer: ItemAnswer,
  rows: readonly Row[],
  lookup: Lookup,
): readonly Seen[] {
  let settled = ABSENT;
  const contested: (readonly Count[])[] = [];
  for (const row of rows) {
    const choices = [...options(roster, row, lookup), ...(row.deletionContested ? [ABSENT] : [])];
    if (choices.length > 1) contested.push(choices);
    else settled = add(settled, choices[0]!);
  }
  let sums: readonly Count[] = [settled];
  for (const choices of contested) {
    sums = distinct(sums.flatMap((before) => choices.map((option) => add(before, option))));
  }
  const ordered = [...sums].sort(
    (a, b) =>
      a.observed - a.total - (b.observed - b.total) ||
      b.total - a.total ||
      b.rows - a.rows ||
      Number(a.blank) - Number(b.blank),
  );
  const ratio = roster.ratio !== undefined;
  const counted = ordered.filter((sum) => sum.rows > 0).map((sum) => ofRows(sum, ratio));
  if (counted.length < ordered.length) {
    const none = answer.value.candidates.map((candidate) => ofNone(candidate.value, ratio));
    counted.push(...(none.length > 0 ? none : [NOTHING]));
  }
  return [...counted.filter((each) => each.answered), ...counted.filter((each) => !each.answered)];
}

/** Whether some row certainly leaves the counted field unanswered, or a drawn row is not there at all. */
export function isIncomplete(roster: RosterPart, answer: ItemAnswer, lookup: Lookup): boolean {
  const rows = countedRows(roster, answer);
  const there = new Set(rows.map((row) => row.uuid));
  if (draws(answer).some((drawn) => [...drawn.keys()].some((uuid) => !there.has(uuid)))) return true;
  return rows.some((row) => options(roster, row, lookup).every((option) => option.blank));
}

/** How one row counts, for its line on a screen; `open` while that is not known. The desk has no such line. */
export function countsAs(
  roster: RosterPart,
  row: Row,
  lookup: Lookup,
): 'met' | 'missed' | 'open' | 'uncounted' {
  const ways = options(roster, row, lookup);
  const [only] = ways;
  if (ways.length !== 1 || only === undefined || only.blank) return 'open';
  if (only.total === 0) return 'uncounted';
  return only.observed > 0 ? 'met' : 'missed';
}

/** Lists the rows that are, or while contested may be, counted but not observed; all if nothing is counted. */
export function missingRows(roster: RosterPart, answer: ItemAnswer, lookup: Lookup): readonly Row[] {
  const rows = countedRows(roster, answer);
  if (roster.ratio === undefined) return rows;
  return rows.filter((row) => options(roster, row, lookup).includes(MISS));
}

function ofRows(count: Count, ratio: boolean): Seen {
  if (ratio && count.blank && count.total === 0) return NOTHING; // rows that say nothing are no count of zero
  if (!ratio) return { answered: true, rows: count.rows };
  return { answered: true, observed: count.observed, total: count.total, rows: count.rows };
}

function ofNone(value: Json, ratio: boolean): Seen {
  if (value !== 'none') return NOTHING;
  return ratio ? { answered: true, observed: 0, total: 0, rows: 0 } : { answered: true, rows: 0 };
}

/** What the row may count as, by the candidates of the counted fields. */
function options(roster: RosterPart, row: Row, lookup: Lookup): readonly Count[] {
  if (roster.ratio === undefined) return [UNCOUNTED];
  const { counts } = roster.ratio;
  const names = counts.not_after === undefined ? [counts.field] : [counts.field, counts.not_after];
  const open = asked(roster, row, lookup);
  if (!names.every((name) => open.includes(name))) return [UNCOUNTED];
  const [first, second] = names.map((name) => candidates(row, name));
  const pairs =
    second === undefined ? first!.map((a) => [a]) : first!.flatMap((a) => second.map((b) => [a, b]));
  return distinct(pairs.map((values) => count(counts, values)));
}

function candidates(row: Row, name: string): readonly Json[] {
  const values = row.fields.get(name)!.candidates.map((each) => each.value);
  return values.length > 0 ? values : [null];
}

function count(counts: Counts, values: readonly Json[]): Count {
  if (values.includes(null)) return BLANK;
  if (counts.not_after !== undefined) return String(values[0]) <= String(values[1]) ? MATCH : MISS;
  const value = plain(values[0]!);
  const matches = Array.isArray(value) ? value.includes(counts.is!) : value === counts.is;
  return matches ? MATCH : MISS;
}

function add(a: Count, b: Count): Count {
  return {
    observed: a.observed + b.observed,
    total: a.total + b.total,
    rows: a.rows + b.rows,
    blank: a.blank || b.blank,
  };
}

/** Keeps one sum for each that matters: of how many rows, only whether any, and then the most. */
function distinct(counts: readonly Count[]): readonly Count[] {
  if (counts.length < 2) return counts; // nearly always: nothing to compare
  const found = new Map<string, Count>();
  for (const each of counts) {
    const key = `${each.observed}/${each.total}/${each.blank}/${each.rows > 0}`;
    const known = found.get(key);
    if (known === undefined || known.rows < each.rows) found.set(key, each);
  }
  return [...found.values()];
}
