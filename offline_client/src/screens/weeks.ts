// The list of visits as a week is planned: today, the rest of this week, later, and what is over.
import { isoDay } from '../components/format.ts';
import type { VisitCard } from '../state/interface.ts';

export type WeekGroup = 'today' | 'week' | 'later' | 'past';
type Dated = Pick<VisitCard, 'plannedOn' | 'state'>;

/** Sunday of the week that begins on Monday and holds this day. */
export function sundayOf(today: string): string {
  const at = new Date(`${today}T12:00`);
  at.setDate(at.getDate() + ((7 - at.getDay()) % 7));
  return isoDay(at);
}

/** What is under way belongs to today whatever its day; a day that passed without a visit is over like a signed one. */
export function groupOf(card: Dated, today: string): WeekGroup {
  if (card.plannedOn === today || card.state === 'open' || card.state === 'closed') return 'today';
  if (card.plannedOn < today) return 'past';
  return card.plannedOn <= sundayOf(today) ? 'week' : 'later';
}

/** Groups that hold anything, in the order of the days; within `past` the latest first. */
export function weeks<T extends Dated>(
  list: readonly T[],
  today: string,
): readonly { readonly group: WeekGroup; readonly cards: readonly T[] }[] {
  const cardsOf = (group: WeekGroup) => list.filter((card) => groupOf(card, today) === group);
  return (['today', 'week', 'later', 'past'] as const)
    .map((group) => ({ group, cards: group === 'past' ? cardsOf(group).reverse() : cardsOf(group) }))
    .filter(({ cards }) => cards.length > 0);
}
