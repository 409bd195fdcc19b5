// The score of a visit and why: exact fractions of whole numbers, one rounding, at the end, for display.
// Twin of app/domain/scoring.py.
import type { Answers } from './answers.ts';
import type { Checklist, Json } from './checklist.ts';

export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

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
  readonly inputs: { readonly [name: string]: Json };
  readonly paths: readonly string[];
}

export interface SectionScore {
  readonly key: string;
  readonly weight: number | null;
  readonly earned: Fraction;
  readonly possible: number;
}

export interface Cap {
  readonly item: string;
  readonly trigger: 'below' | 'when_fails';
  readonly gradeAtMost: string;
  readonly bit: boolean;
}

export interface Score {
  /** Share of what applied, 0 to 1, exact; null when nothing was possible. */
  readonly total: Fraction | null;
  readonly basisPoints: number | null;
  readonly onScale: number | null;
  readonly grade: string | null;
  readonly gradeBeforeCaps: string | null;
  readonly caps: readonly Cap[];
  readonly sections: readonly SectionScore[];
  readonly items: readonly Trace[];
  readonly counts: { readonly unanswered: number; readonly contested: number; readonly incomplete: number };
  readonly provisional: boolean;
}

export declare function score(checklist: Checklist, answers: Answers): Score;
export declare function scoreToJson(score: Score): Json;
