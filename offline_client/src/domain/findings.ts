// What failing items become: findings with their counts, in Vietnamese, each traceable to cells.
// Twin of app/domain/findings.py.
import type { Answers } from './answers.ts';
import type { Checklist, Json, Severity } from './checklist.ts';
import type { Score } from './scoring.ts';

export interface Finding {
  readonly itemKey: string;
  readonly severity: Severity;
  readonly text: string;
  readonly remedy: string;
  readonly dueWorkingDays: number | null;
  readonly counts: { readonly [name: string]: number };
  /** Labels of the rows that miss, in row order. */
  readonly exceptions: readonly string[];
  readonly paths: readonly string[];
}

export declare function deriveFindings(
  checklist: Checklist,
  answers: Answers,
  score: Score,
): readonly Finding[];
export declare function findingToJson(finding: Finding): Json;
