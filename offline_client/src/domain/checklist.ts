// The checklist document as the phone has it: the canonical JSON that was published, where points,
// percents and numbers are whole hundredths and a missing key means its default. Twin of
// app/domain/checklist.py, which is the schema; a published document needs no second judgement here.

export type { Json } from './wire.ts';

export interface Text {
  readonly vi: string;
  readonly en?: string;
}

export interface Criterion extends Text {
  readonly source?: string;
}

export type Threshold = number | string;

/** One comparison of an earlier item, or of a field of the same row, with a value. */
export interface Comparison {
  readonly item?: string;
  readonly field?: string;
  readonly is?: string;
  readonly is_not?: string;
  readonly in?: readonly string[];
  readonly at_least?: Threshold;
  readonly at_most?: Threshold;
}

export type Condition =
  | Comparison
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

export type Evidence = 'none' | 'optional' | 'required' | 'required_on_fail';

export interface Option {
  readonly key: string;
  readonly text: Text;
  readonly points?: number;
  readonly fail?: boolean;
}

// The typed part, shared by items and roster fields.
interface YesNoPart {
  readonly type: 'yes_no';
}
interface ChoicePart {
  readonly type: 'choice' | 'choices';
  readonly choices: readonly Option[];
}
interface NumberPart {
  readonly type: 'number';
  readonly unit: Text;
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}
interface TextPart {
  readonly type: 'text';
  readonly max_length?: number;
}
interface PlainPart {
  readonly type: 'date' | 'time' | 'document';
}
interface RatioPart {
  readonly type: 'ratio';
  readonly observed: Text;
  readonly total: Text;
  readonly period?: boolean;
  readonly source?: boolean;
}

interface FieldPart {
  readonly key: string;
  readonly text: Text;
  readonly when?: Condition;
  readonly evidence?: Evidence;
}

export type RosterField = FieldPart & (YesNoPart | ChoicePart | NumberPart | TextPart | PlainPart);

export interface Counts {
  readonly field: string;
  readonly is?: string;
  readonly not_after?: string;
}

/** Rows drawn by lot out of a numbered frame; confidence and margin in basis points. */
export interface SamplePart {
  readonly frame: Text;
  readonly confidence?: number;
  readonly margin?: number;
  readonly at_most?: number;
  readonly period?: boolean;
  readonly source?: boolean;
}

export interface RosterPart {
  readonly type: 'roster';
  readonly row: { readonly label: Text };
  readonly sample?: SamplePart;
  readonly fields: readonly RosterField[];
  readonly ratio?: { readonly counts: Counts };
}

export type Typed = YesNoPart | ChoicePart | NumberPart | TextPart | PlainPart | RatioPart | RosterPart;

export type Answer = Typed & { readonly claimed?: boolean; readonly inverted?: boolean };

export interface Band {
  readonly at_least?: number;
  readonly at_most?: number;
  readonly points: number;
}

export type Rule =
  | 'choice'
  | 'proportional'
  | 'document'
  | { readonly proportional: { readonly floor?: number } }
  | { readonly bands: readonly Band[] }
  | { readonly deduct: { readonly each: number } };

export interface Critical {
  readonly below?: number;
  readonly when_fails?: boolean;
  readonly grade_at_most: string;
}

export type Severity = 'minor' | 'major' | 'critical';

export interface FindingTemplate {
  readonly severity: Severity;
  readonly text: Text;
  readonly remedy?: Text;
  readonly due_working_days?: number;
}

export interface Item {
  readonly key: string;
  /** The library entry it is, if any; the phone only passes it on. */
  readonly code?: string;
  readonly text: Text;
  readonly criterion?: Criterion;
  readonly guidance?: Text;
  readonly when?: Condition;
  readonly answer: Answer;
  readonly evidence?: Evidence;
  readonly not_applicable?: boolean;
  readonly points?: number;
  readonly score?: Rule;
  readonly zero_total?: 'full' | 'none' | 'not_applicable';
  readonly pass_at?: number;
  readonly fails_when?: Condition;
  readonly critical?: Critical;
  readonly finding?: FindingTemplate;
}

export interface Section {
  readonly key: string;
  readonly title: Text;
  readonly guidance?: Text;
  readonly weight?: number;
  readonly items: readonly Item[];
}

export interface Grade {
  readonly key: string;
  readonly at_least: number;
  readonly label: Text;
}

export interface Checklist {
  readonly slug: string;
  readonly version: number;
  readonly title: Text;
  readonly authority?: Criterion;
  readonly effective_from: string;
  readonly mode?: 'inspection' | 'self_check' | 'self_assessment' | 'survey';
  readonly scale?: number;
  readonly grades?: readonly Grade[];
  readonly sections: readonly Section[];
}

/** All items in document order. */
export function items(checklist: Checklist): readonly Item[] {
  return checklist.sections.flatMap((section) => section.items);
}
