// The score in words, whole, as JSON: what the vectors and the differential test hold both runtimes to.
import type { Answers } from './answers.ts';
import type { Checklist } from './checklist.ts';
import type { Score } from './scoring.ts';
import { sumsOf, sumsToJson } from './sums.ts';
import { earnedText, exactText, whyTexts } from './trace_text.ts';
import type { Json } from './wire.ts';

/** Why each item has its points, the points as shown and exact, and how they add up. */
export function explainedToJson(checklist: Checklist, answers: Answers, score: Score): Json {
  const points = score.items.map((trace) => [trace.key, [earnedText(trace), exactText(trace.earned)]]);
  return {
    why: Object.fromEntries(whyTexts(checklist, answers, score)),
    points: Object.fromEntries(points),
    sums: sumsToJson(sumsOf(checklist, score)),
  };
}
