// The score of a visit and why: exact fractions of whole numbers, one rounding, at the end, for display.
// Twin of app/domain/scoring.py; both are held to tests/vectors/scoring/.
import type { Answers, ItemAnswer, Row } from './answers.ts';
import { type Checklist, type Item, items, type RosterPart, type Section } from './checklist.ts';
import { CONTESTED, type Lookup, mayHold, UNKNOWN } from './conditions.ts';
import { fails, judge, type Outcome, ruleOf, type Trigger, triggerOf } from './earning.ts';
import {
  compare,
  type Fraction,
  fraction,
  fractionText,
  halfUp,
  over,
  plus,
  times,
  ZERO,
} from './fractions.ts';
import * as rosters from './rosters.ts';
import { NOTHING, type Seen } from './rosters.ts';
import { type Estimate, estimate } from './sampling.ts';
import type { Json } from './wire.ts';

export type { Fraction } from './fractions.ts';

export type State = 'answered' | 'unanswered' | 'not_applicable' | 'not_asked' | 'contested' | 'incomplete';

/** How one item scored; `earned` and `possible` are hundredths of points, null where it never scores. */
export interface Trace {
  readonly key: string;
  readonly rule: string | null;
  readonly state: State;
  readonly earned: Fraction | null;
  readonly possible: number | null;
  readonly why: string;
  readonly fails: boolean;
  /** A cell that the score reads is contested. */
  readonly contested: boolean;
  /** Those of observed, total, rows, value, band that the rule used. */
  readonly inputs: Inputs;
  /** The cells it came from. */
  readonly paths: readonly string[];
}

export interface Inputs {
  readonly observed?: number;
  readonly total?: number;
  readonly rows?: number;
  readonly frame?: number;
  readonly size?: number;
  readonly value?: Json;
  readonly band?: number;
}

/** Sums over the applying items of a section; `weight` in hundredths. */
export interface SectionScore {
  readonly key: string;
  readonly weight: number | null;
  readonly earned: Fraction;
  readonly possible: number;
}

/** A tripped critical item; `bit` when it lowered the grade that the points gave. */
export interface Cap {
  readonly item: string;
  readonly trigger: Trigger;
  readonly gradeAtMost: string;
  readonly bit: boolean;
}

export interface Score {
  /** Share of what applied, 0 to 1, exact; null when nothing was possible. */
  readonly total: Fraction | null;
  readonly basisPoints: number | null;
  /** Hundredths on the checklist's scale. */
  readonly onScale: number | null;
  readonly grade: string | null;
  readonly gradeBeforeCaps: string | null;
  readonly caps: readonly Cap[];
  readonly sections: readonly SectionScore[];
  readonly items: readonly Trace[];
  readonly counts: Counts;
  readonly provisional: boolean;
}

/** How many asked and applying items are in each unfinished state. */
export interface Counts {
  readonly unanswered: number;
  readonly contested: number;
  readonly incomplete: number;
}

/** One item scored, with the critical it tripped. */
export interface Scored {
  readonly trace: Trace;
  readonly trigger: Trigger | null;
}

/** Scores the answers with a trace for every item (docs/checklists.md, Score 1 to 7). */
export function score(checklist: Checklist, answers: Answers): Score {
  const scored = new Map<string, Scored>();
  const lookup = lookupIn(scored);
  let counts = NO_COUNTS;
  for (const item of items(checklist)) {
    const each = scoreItem(item, answers.items.get(item.key)!, lookup);
    scored.set(item.key, each);
    counts = counted(counts, each.trace, 1);
  }
  const sections = checklist.sections.map((section) => scoreSection(section, scored));
  return summed(checklist, [...scored.values()], sections, counts);
}

export const NO_COUNTS: Counts = { unanswered: 0, contested: 0, incomplete: 0 };

/** Counts an item in (1) or out again (-1). */
export function counted(counts: Counts, trace: Trace, sign: 1 | -1): Counts {
  return {
    unanswered: counts.unanswered + (trace.state === 'unanswered' ? sign : 0),
    contested: counts.contested + (trace.contested ? sign : 0),
    incomplete: counts.incomplete + (trace.state === 'incomplete' ? sign : 0),
  };
}

/** Makes the score of scored items, in document order, and of the sums over them. */
export function summed(
  checklist: Checklist,
  scored: readonly Scored[],
  sections: readonly SectionScore[],
  counts: Counts,
): Score {
  const total = totalOf(sections);
  const scale = (checklist.scale ?? 100) * 100;
  return {
    total,
    basisPoints: total === null ? null : halfUp(times(total, fraction(10_000))),
    onScale: total === null ? null : halfUp(times(total, fraction(scale))),
    ...gradesOf(checklist, total, scored),
    sections,
    items: scored.map((each) => each.trace),
    counts,
    provisional: counts.contested > 0,
  };
}

/** Names the fields of a roster row that are asked, in document order, given what has been answered. */
export function askedFields(item: Item, row: Row, score: Score): readonly string[] {
  if (item.answer.type !== 'roster') return [];
  return rosters.asked(item.answer, row, lookupOf(score));
}

/** How one row of a roster counts, given what has been answered. */
export function rowCountsAs(roster: RosterPart, row: Row, score: Score): ReturnType<typeof rosters.countsAs> {
  return rosters.countsAs(roster, row, lookupOf(score));
}

/** What the sample of an item says of its frame; null if it is no sample or nothing was counted. */
export function estimateOf(item: Item, trace: Trace | undefined): Estimate | null {
  const plan = item.answer.type === 'roster' ? item.answer.sample : undefined;
  const { observed, total, frame, size } = trace?.inputs ?? {};
  if (plan === undefined || observed === undefined || total === undefined) return null;
  if (frame === undefined || size === undefined) return null;
  return estimate(plan, { observed, total, frame, size, complete: trace?.state === 'answered' });
}

/** Answers for the items of a score by what their traces say. */
export function lookupOf(score: Score): Lookup {
  return lookupIn(new Map(score.items.map((trace) => [trace.key, { trace }])));
}

/** Answers for items by what their traces say; those that are not scored yet are unknown. */
export function lookupIn(scored: ReadonlyMap<string, Pick<Scored, 'trace'>>): Lookup {
  return (comparison) => {
    const trace = scored.get(comparison.item ?? '')?.trace;
    if (trace === undefined || trace.state === 'not_asked' || trace.state === 'not_applicable')
      return UNKNOWN;
    if (trace.state === 'contested') return CONTESTED;
    if (trace.why === 'unanswered') return UNKNOWN;
    const { value, observed, total } = trace.inputs;
    return { state: 'known', value, observed, total };
  };
}

// ---------------------------------------------------------------------------- one item

/** Scores one item; `lookup` answers for those before it. Also says which critical it tripped. */
export function scoreItem(item: Item, answer: ItemAnswer, lookup: Lookup): Scored {
  const silent = {
    key: item.key,
    rule: ruleOf(item),
    earned: null,
    possible: null,
    fails: false,
    contested: false,
  };
  if (!mayHold(item.when, lookup)) {
    return silently({ ...silent, state: 'not_asked', why: 'not_asked', inputs: {}, paths: [] });
  }
  const rows = item.answer.type === 'roster' ? rosters.countedRows(item.answer, answer) : [];
  const contested = isContested(answer, rows);
  const outside = { ...silent, contested, state: 'not_applicable' } as const;
  if (answer.na.candidates.length > 0 && answer.na.candidates.every((each) => each.value !== null)) {
    return silently({ ...outside, why: 'not_applicable', inputs: {}, paths: [answer.na.path] });
  }
  const outcomes = allSeen(item, answer, lookup).map((seen) => judge(item, seen));
  const paths = pathsOf(answer, rows);
  const applying = outcomes.filter((outcome) => outcome.applies);
  if (applying.length === 0) {
    return silently({ ...outside, why: 'zero_total', inputs: inputsOf(outcomes[0]!), paths });
  }
  // The first of equals: candidates are ordered by op.
  const outcome = applying.reduce((lowest, each) =>
    compare(each.earned, lowest.earned) < 0 ? each : lowest,
  );
  const failing = fails(item, outcome, lookup);
  const trace: Trace = {
    ...silent,
    state: contested ? 'contested' : stateOf(item, answer, outcome, lookup),
    earned: item.points === undefined ? null : outcome.earned,
    possible: item.points ?? null,
    why: outcome.why,
    fails: failing,
    contested,
    inputs: inputsOf(outcome),
    paths,
  };
  return { trace, trigger: triggerOf(item, outcome, failing) };
}

/** One that does not apply trips nothing. */
function silently(trace: Trace): Scored {
  return { trace, trigger: null };
}

function stateOf(item: Item, answer: ItemAnswer, outcome: Outcome, lookup: Lookup): State {
  if (item.answer.type === 'roster' && rosters.isIncomplete(item.answer, answer, lookup)) return 'incomplete';
  return outcome.seen.answered ? 'answered' : 'unanswered';
}

/** Whether a cell that the score reads is contested: not notes, claims or labels. */
function isContested(answer: ItemAnswer, rows: readonly Row[]): boolean {
  if (answer.value.contested || answer.na.contested || answer.sample.contested) return true;
  return rows.some((row) => row.deletionContested || [...row.fields.values()].some((cell) => cell.contested));
}

/** Lists what may be the case: one for a settled answer, one per candidate (by op) for a contested one. */
function allSeen(item: Item, answer: ItemAnswer, lookup: Lookup): readonly Seen[] {
  if (item.answer.type === 'roster') return rosters.seenOf(item.answer, answer, lookup);
  const values = answer.value.candidates.map((candidate) => candidate.value);
  return (values.length > 0 ? values : [null]).map((value) => valueSeen(item, value));
}

function valueSeen(item: Item, value: Json): Seen {
  if (value === null) return NOTHING;
  const { answer } = item;
  if (answer.type === 'ratio') {
    const { observed, total } = value as { observed: number; total: number };
    return { answered: true, observed, total };
  }
  if (answer.type === 'choices') {
    const keys = answer.choices
      .map((option) => option.key)
      .filter((key) => (value as readonly Json[]).includes(key));
    return { answered: true, value: keys };
  }
  return { answered: true, value: rosters.plain(value) };
}

function inputsOf(outcome: Outcome): Inputs {
  const { observed, total, rows, frame, size, value } = outcome.seen;
  return {
    ...(observed === undefined ? {} : { observed }),
    ...(total === undefined ? {} : { total }),
    ...(rows === undefined ? {} : { rows }),
    ...(frame === undefined ? {} : { frame }),
    ...(size === undefined ? {} : { size }),
    ...(value === undefined ? {} : { value }),
    ...(outcome.band === undefined ? {} : { band: outcome.band }),
  };
}

function pathsOf(answer: ItemAnswer, rows: readonly Row[]): readonly string[] {
  const cells = [answer.value, answer.sample];
  for (const row of rows) {
    const fields = [...row.fields.values()];
    cells.push(...(fields.some((cell) => cell.candidates.length > 0) ? fields : [row.label]));
  }
  const deletions = rows.filter((row) => row.deletionContested).map((row) => `${row.path}/deleted`);
  return [...cells.filter((cell) => cell.candidates.length > 0).map((cell) => cell.path), ...deletions];
}

// ---------------------------------------------------------------------------- sections, total, grade

function scoreSection(section: Section, scored: ReadonlyMap<string, Scored>): SectionScore {
  const applying = section.items
    .map((item) => scored.get(item.key)!.trace)
    .filter((trace) => trace.possible !== null);
  return {
    key: section.key,
    weight: section.weight ?? null,
    earned: applying.reduce((sum, trace) => plus(sum, trace.earned ?? ZERO), ZERO),
    possible: applying.reduce((sum, trace) => sum + (trace.possible ?? 0), 0),
  };
}

/** Divides what was earned by what was possible; a weighted section counts by weight or drops out (Score 3, 4). */
function totalOf(sections: readonly SectionScore[]): Fraction | null {
  const possible = sections.filter((section) => section.possible > 0);
  if (possible.length === 0) return null;
  const isWeighted = possible.some((section) => section.weight !== null);
  const worth = (section: SectionScore) => (isWeighted ? (section.weight ?? 0) : section.possible);
  const whole = possible.reduce((sum, section) => sum + worth(section), 0);
  if (whole === 0) return null;
  const earned = possible.reduce(
    (sum, section) => plus(sum, times(section.earned, fraction(worth(section), section.possible))),
    ZERO,
  );
  return over(earned, fraction(whole));
}

/** Grades by points, then after caps; a cap never raises the grade (Score 5). */
function gradesOf(
  checklist: Checklist,
  total: Fraction | null,
  scored: readonly Scored[],
): Pick<Score, 'grade' | 'gradeBeforeCaps' | 'caps'> {
  const grades = checklist.grades ?? [];
  const percent = total === null ? null : times(total, fraction(10_000));
  const before = grades.findIndex(
    (grade) => percent !== null && compare(percent, fraction(grade.at_least)) >= 0,
  );
  if (before < 0) return { grade: null, gradeBeforeCaps: null, caps: [] };
  const caps: Cap[] = [];
  let lowest = before;
  for (const [place, item] of items(checklist).entries()) {
    const trigger = scored[place]!.trigger;
    if (trigger === null) continue;
    const limit = grades.findIndex((grade) => grade.key === item.critical?.grade_at_most);
    if (limit < 0) continue;
    caps.push({ item: item.key, trigger, gradeAtMost: grades[limit]!.key, bit: limit > before });
    lowest = Math.max(lowest, limit);
  }
  return { grade: grades[lowest]!.key, gradeBeforeCaps: grades[before]!.key, caps };
}

// ---------------------------------------------------------------------------- as JSON

/** Writes the score as JSON, fractions as "n/d" or "n"; identical in both runtimes. */
export function scoreToJson(score: Score): Json {
  return {
    total: score.total === null ? null : fractionText(score.total),
    basis_points: score.basisPoints,
    on_scale: score.onScale,
    grade: score.grade,
    grade_before_caps: score.gradeBeforeCaps,
    caps: score.caps.map((cap) => ({
      item: cap.item,
      trigger: cap.trigger,
      grade_at_most: cap.gradeAtMost,
      bit: cap.bit,
    })),
    sections: score.sections.map((section) => ({ ...section, earned: fractionText(section.earned) })),
    items: score.items.map((trace) => ({
      ...trace,
      earned: trace.earned === null ? null : fractionText(trace.earned),
      inputs: { ...trace.inputs },
    })),
    counts: { ...score.counts },
    provisional: score.provisional,
  };
}
