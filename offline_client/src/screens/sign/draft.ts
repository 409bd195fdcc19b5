// What is typed before a party signs, kept as a draft of the visit: a call that comes in between loses nothing, and
// what the unit says while the findings are read out stands in the form when it signs.
import type { Objection, OpenVisit } from '../../state/interface.ts';

export interface SignDraft {
  readonly name: string;
  readonly title: string;
  readonly objections: readonly Objection[];
  readonly refusal: string;
  readonly witness: string;
}

type Drafting = Pick<OpenVisit, 'draft' | 'draftOf'>;
const EMPTY: SignDraft = { name: '', title: '', objections: [], refusal: '', witness: '' };

export function signDraft(
  visit: Drafting,
  party: 'unit' | 'lead',
  empty: Partial<SignDraft> = {},
): SignDraft {
  try {
    return {
      ...EMPTY,
      ...empty,
      ...(JSON.parse(visit.draftOf(`sign/${party}`) ?? '{}') as Partial<SignDraft>),
    };
  } catch {
    return { ...EMPTY, ...empty };
  }
}

export function keepSignDraft(visit: Drafting, party: 'unit' | 'lead', draft: SignDraft): void {
  const { objections, ...texts } = draft;
  const empty = objections.length === 0 && Object.values(texts).every((text) => text === '');
  visit.draft(`sign/${party}`, empty ? '' : JSON.stringify(draft));
}

/** What the unit has said so far about an item. */
export function objectionTo(visit: Drafting, item: string): string {
  return signDraft(visit, 'unit').objections.find((each) => each.item === item)?.text ?? '';
}

/** Writes down what the unit says about an item; nothing takes it back. */
export function keepObjection(visit: Drafting, item: string, text: string): void {
  const draft = signDraft(visit, 'unit');
  const at = draft.objections.findIndex((each) => each.item === item);
  const objections = draft.objections.filter((_, index) => index !== at);
  if (text.trim() !== '') objections.splice(at < 0 ? objections.length : at, 0, { item, text });
  keepSignDraft(visit, 'unit', { ...draft, objections });
}
