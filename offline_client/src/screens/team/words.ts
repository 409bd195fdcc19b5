// The team in words: names in the order of the delegation, sections by their numbers, where somebody was last.
import { moment } from '../../components/format.ts';
import type { LastPlace, OpenVisit } from '../../state/interface.ts';
import { say, t } from '../../text/text.svelte.ts';

/** Names of people, me first as "Bạn"; one whose name this phone does not know is said to be unknown. */
export function namesText(visit: OpenVisit, people: readonly string[]): string {
  const mine = people.includes(visit.me.id) ? [t('author.me')] : [];
  const others = people.filter((id) => id !== visit.me.id);
  return [...mine, ...others.map((id) => visit.people.get(id) ?? t('author.unknown'))].join(', ');
}

/** "2. Niêm yết công khai". */
export function sectionText(visit: OpenVisit, key: string): string {
  const at = visit.checklist.sections.findIndex((section) => section.key === key);
  const section = visit.checklist.sections[at];
  return section ? `${at + 1}. ${say(section.title)}` : key;
}

/** "Gần nhất: 2. Niêm yết công khai, 10:31", by the author's own clock. */
export function lastText(visit: OpenVisit, last: LastPlace | null): string {
  if (!last) return t('team.nothing_yet');
  const at = last.wall ?? last.receivedAt;
  const where = t('team.last', { section: sectionText(visit, last.section), time: at ? moment(at) : '–' });
  return last.pending ? t('author.unsent', { author: where }) : where;
}
