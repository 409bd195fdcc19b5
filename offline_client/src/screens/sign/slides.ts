// What is read out before signing, one thing at a time.
import type { Finding } from '../../domain/findings.ts';
import type { OpenVisit } from '../../state/interface.ts';

export type Slide =
  | { readonly kind: 'result' }
  | { readonly kind: 'finding'; readonly number: number; readonly finding: Finding }
  | { readonly kind: 'claims' }
  | { readonly kind: 'draws' }
  | {
      readonly kind: 'told';
      readonly path: 'visit/unit_recommendations' | 'visit/remarks';
      readonly text: string;
    }
  | { readonly kind: 'end' };

/** The result first, then each finding, then what else was written down; the end asks the unit to sign. */
export function slidesOf(visit: Pick<OpenVisit, 'findings' | 'answers' | 'cells'>): readonly Slide[] {
  const answers = [...visit.answers.items.values()];
  const slides: Slide[] = [{ kind: 'result' }];
  visit.findings.forEach((finding, at) => {
    slides.push({ kind: 'finding', number: at + 1, finding });
  });
  if (answers.some((each) => each.claimed.value !== null)) slides.push({ kind: 'claims' });
  if (answers.some((each) => each.sample.value !== null)) slides.push({ kind: 'draws' });
  for (const path of ['visit/unit_recommendations', 'visit/remarks'] as const) {
    const text = visit.cells.get(path)?.[0]?.value;
    if (typeof text === 'string' && text.trim() !== '') slides.push({ kind: 'told', path, text });
  }
  return [...slides, { kind: 'end' }];
}
