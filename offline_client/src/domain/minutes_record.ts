// What the minutes record, put together from the frozen answers: as app/findings/papers.py does on the server.
import type { Answers } from './answers.ts';
import { type Checklist, items } from './checklist.ts';
import { drawLines, foundText } from './found_text.ts';
import { type MinutesRecord, type Signed, scoreText } from './minutes.ts';
import type { Cells } from './operations.ts';
import type { Score } from './scoring.ts';
import { earnedText } from './trace_text.ts';

/** Who met whom: what is not in the visit's log. */
export interface Meeting {
  readonly hostName: string;
  readonly campaignTitle: string;
  readonly unitName: string;
  readonly delegationName: string;
  /** Duty and name of those who are in the delegation. */
  readonly members: readonly (readonly [string, string])[];
}

/** What was frozen, and who signed it. */
export interface Signing {
  readonly digest: string;
  readonly signedDigest: string;
  readonly chk: string;
  readonly unit: Signed | null;
  readonly lead: Signed | null;
  readonly objections: readonly { readonly item: string; readonly text: string }[];
  readonly lacking: MinutesRecord['lacking'];
  readonly start: MinutesRecord['start'];
  readonly selfCheck: boolean;
}

export function recordOf(
  meeting: Meeting,
  checklist: Checklist,
  cells: Cells,
  answers: Answers,
  score: Score,
  signing: Signing,
): MinutesRecord {
  const traces = new Map(score.items.map((trace) => [trace.key, trace]));
  const told = (field: string): string => {
    const value = cells.get(`visit/${field}`)?.[0]?.value;
    return typeof value === 'string' ? value : '';
  };
  const sections = checklist.sections.map((section) => ({
    title: section.title.vi,
    rows: section.items.map((item) => {
      const trace = traces.get(item.key)!;
      const found = foundText(item, trace, answers.items.get(item.key)!);
      return { text: item.text.vi, found, points: earnedText(trace), fails: trace.fails };
    }),
  }));
  return {
    ...meeting,
    place: told('place'),
    startedAt: told('started_at'),
    endedAt: told('ended_at'),
    attendees: told('unit_attendees'),
    sections,
    score: scoreText(score.onScale, checklist.scale ?? 100, labelOf(checklist, score.grade)),
    caps: capTexts(checklist, score),
    lacking: signing.lacking,
    draws: items(checklist).flatMap((item) => drawLines(item, answers.items.get(item.key)!)),
    recommendations: told('unit_recommendations'),
    remarks: told('remarks'),
    objections: objectionsOf(checklist, signing.objections),
    unit: signing.unit,
    lead: signing.lead,
    digest: signing.digest,
    signedDigest: signing.signedDigest,
    chk: signing.chk,
    start: signing.start,
    selfCheck: signing.selfCheck,
  };
}

/** Why the grade is lower than the points say, one sentence for each cap that bit. */
export function capTexts(checklist: Checklist, score: Score): readonly string[] {
  const texts = new Map(items(checklist).map((item) => [item.key, item.text.vi]));
  const before = labelOf(checklist, score.gradeBeforeCaps);
  return score.caps
    .filter((cap) => cap.bit)
    .map(
      (cap) =>
        `Theo điểm đạt loại ${before}; hạ xuống tối đa loại ${labelOf(checklist, cap.gradeAtMost)} ` +
        `vì nội dung bắt buộc không đạt: ${texts.get(cap.item) ?? cap.item}.`,
    );
}

function labelOf(checklist: Checklist, grade: string | null): string {
  return checklist.grades?.find((each) => each.key === grade)?.label.vi ?? '';
}

/** By item, several to one item joined. */
function objectionsOf(
  checklist: Checklist,
  objections: Signing['objections'],
): readonly (readonly [string, string])[] {
  const texts = new Map(items(checklist).map((item) => [item.key, item.text.vi]));
  const joined = new Map<string, string>();
  for (const { item, text } of objections) {
    const before = joined.get(item);
    joined.set(item, before === undefined ? text : `${before} ${text}`);
  }
  return [...joined].map(([item, text]) => [texts.get(item) ?? item, text] as const);
}
