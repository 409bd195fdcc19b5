// What failing items become: findings with their counts, in Vietnamese, each traceable to cells.
// Twin of app/domain/findings.py; both are held to tests/vectors/findings/.
import { answerText, hundredthsText, percentText, ratioText } from './answer_text.ts';
import { type Answers, type ItemAnswer, isTable } from './answers.ts';
import { type Checklist, type FindingTemplate, type Item, items, type Severity } from './checklist.ts';
import type { Lookup } from './conditions.ts';
import * as rosters from './rosters.ts';
import { estimateOf, lookupOf, type Score, type Trace } from './scoring.ts';
import type { Json } from './wire.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const NOTHING_TO_COUNT = '—';
const NOT_CLAIMED = 'không báo cáo';
const NO_LABEL = '(chưa đặt tên)';

/** A breach worth recording, as computed; what a person edits is kept apart. */
export interface Finding {
  readonly itemKey: string;
  readonly severity: Severity;
  readonly text: string;
  readonly remedy: string;
  readonly dueWorkingDays: number | null;
  /** Those of observed, total, missing, rows, value (hundredths) that the item has. */
  readonly counts: { readonly [name: string]: number };
  /** Labels of the rows that miss, in row order. */
  readonly exceptions: readonly string[];
  readonly paths: readonly string[];
}

/** Derives one finding from each failing item that has a `finding`, in document order. */
export function deriveFindings(checklist: Checklist, answers: Answers, score: Score): readonly Finding[] {
  const traces = new Map(score.items.map((trace) => [trace.key, trace]));
  const lookup = lookupOf(score);
  return items(checklist).flatMap((item) => {
    const trace = traces.get(item.key)!;
    if (!trace.fails || item.finding === undefined) return [];
    return [finding(item, item.finding, answers.items.get(item.key)!, trace, lookup)];
  });
}

function finding(
  item: Item,
  template: FindingTemplate,
  answer: ItemAnswer,
  trace: Trace,
  lookup: Lookup,
): Finding {
  const exceptions = exceptionsOf(item, answer, lookup);
  const fill = (text: string) =>
    text.replace(
      PLACEHOLDER,
      (written, name) => placeholder(name, item, answer, trace, exceptions) ?? written,
    );
  return {
    itemKey: item.key,
    severity: template.severity,
    text: fill(template.text.vi),
    remedy: template.remedy === undefined ? '' : fill(template.remedy.vi),
    dueWorkingDays: template.due_working_days ?? null,
    counts: countsOf(trace),
    exceptions,
    paths: trace.paths,
  };
}

function exceptionsOf(item: Item, answer: ItemAnswer, lookup: Lookup): readonly string[] {
  if (item.answer.type !== 'roster') return [];
  const rows = rosters.missingRows(item.answer, answer, lookup);
  return rows.map((row) => (row.label.value ? String(row.label.value) : NO_LABEL));
}

function countsOf(trace: Trace): { [name: string]: number } {
  const { observed, total, rows, value } = trace.inputs;
  const counts: { [name: string]: number } = {};
  for (const [name, count] of Object.entries({ observed, total, rows, value })) {
    if (typeof count === 'number') counts[name] = count;
  }
  if (observed !== undefined && total !== undefined) counts.missing = total - observed;
  return counts;
}

/** The text for a placeholder; null for a name that is not known, which stays as it is written. */
function placeholder(
  name: string,
  item: Item,
  answer: ItemAnswer,
  trace: Trace,
  exceptions: readonly string[],
): string | null {
  const { observed = 0, total = 0 } = trace.inputs;
  switch (name) {
    case 'observed':
      return hundredthsText(observed * 100);
    case 'total':
      return hundredthsText(total * 100);
    case 'missing':
      return hundredthsText((total - observed) * 100);
    case 'percent':
      return total > 0 ? percentText(observed, total) : NOTHING_TO_COUNT;
    case 'claimed':
      return claimText(item, answer.claimed.value);
    case 'value':
      return valueText(item, answer, trace);
    case 'exceptions':
      return exceptions.join(', ');
    case 'frame':
      return hundredthsText((trace.inputs.frame ?? 0) * 100);
    case 'interval':
      return intervalText(item, trace);
    default:
      return null;
  }
}

function claimText(item: Item, claimed: Json): string {
  if (claimed === null) return NOT_CLAIMED;
  if (isTable(claimed) && 'total' in claimed)
    return ratioText(Number(claimed.observed), Number(claimed.total));
  if (item.answer.type === 'number') return hundredthsText(Number(claimed));
  return answerText(item.answer, claimed);
}

/** Writes what a sample says of its frame: `từ 70,31% đến 94,7%`. */
function intervalText(item: Item, trace: Trace): string {
  const found = estimateOf(item, trace);
  if (found === null) return NOTHING_TO_COUNT;
  if (found.whole) return `${percentText(found.observed, found.total)} (đã xem toàn bộ)`;
  return `từ ${hundredthsText(found.low)}% đến ${hundredthsText(found.high)}%`;
}

/** Writes what was found, without a number's unit: the author's sentence has it. */
function valueText(item: Item, answer: ItemAnswer, trace: Trace): string {
  const { rows, value } = trace.inputs;
  if (rows !== undefined) return hundredthsText(rows * 100);
  if (item.answer.type === 'number') return hundredthsText(typeof value === 'number' ? value : 0);
  if (item.answer.type !== 'document') return answerText(item.answer, value ?? null);
  // Its details are only in the cell.
  const shown = answer.value.candidates.find((each) => rosters.plain(each.value) === value);
  return answerText(item.answer, shown?.value ?? null);
}

/** Writes the finding as JSON; identical in both runtimes. */
export function findingToJson(finding: Finding): Json {
  return {
    item_key: finding.itemKey,
    severity: finding.severity,
    text: finding.text,
    remedy: finding.remedy,
    due_working_days: finding.dueWorkingDays,
    counts: { ...finding.counts },
    exceptions: finding.exceptions,
    paths: finding.paths,
  };
}
