// How far a visit is, from the traces of its score: one reading for list, overview, section and summary.
import type { Item, Section } from '../domain/checklist.ts';
import { lacking } from '../domain/evidence.ts';
import { lookupOf, type Score, type Trace } from '../domain/scoring.ts';
import type { OpenVisit } from '../state/interface.ts';

export interface Progress {
  readonly answered: number;
  /** Items that are asked at all. */
  readonly total: number;
  readonly failing: number;
}

export function tracesOf(score: Score): ReadonlyMap<string, Trace> {
  return new Map(score.items.map((trace) => [trace.key, trace]));
}

export const isAsked = (trace: Trace | undefined): boolean => trace?.state !== 'not_asked';

/** Whether somebody still has to answer: incomplete rosters count, contested cells do not. */
export const isOpen = (trace: Trace | undefined): boolean =>
  trace?.state === 'unanswered' || trace?.state === 'incomplete';

export function progressOf(traces: ReadonlyMap<string, Trace>, items: readonly Item[]): Progress {
  let [answered, total, failing] = [0, 0, 0];
  for (const item of items) {
    const trace = traces.get(item.key);
    if (!isAsked(trace)) continue;
    total += 1;
    if (!isOpen(trace)) answered += 1;
    if (trace?.fails) failing += 1;
  }
  return { answered, total, failing };
}

/** Items that still need an answer, in document order, each with its section. */
export function openItems(visit: OpenVisit): readonly { readonly section: Section; readonly item: Item }[] {
  const traces = tracesOf(visit.score);
  return visit.checklist.sections.flatMap((section) =>
    section.items.filter((item) => isOpen(traces.get(item.key))).map((item) => ({ section, item })),
  );
}

/** The item and rows whose evidence rules ask for a photo that is not there, as paths. */
export function evidenceLacking(visit: OpenVisit, item: Item, trace: Trace | undefined): readonly string[] {
  const answer = visit.answers.items.get(item.key);
  return trace && answer ? lacking(item, answer, trace, lookupOf(visit.score)) : [];
}
