// Who wrote what and where last, from cells and entries. Pure; team.svelte.ts makes it reactive.
import { type Checklist, items } from '../domain/checklist.ts';
import type { Cells, Entry } from '../domain/operations.ts';
import type { Repins } from '../domain/repinning.ts';
import { writtenItems } from '../domain/teamwork.ts';
import type { LastPlace } from './interface.ts';
import { dateOf } from './wall.ts';

/** What counts as an answer of an item: its value, a cell of a row, that it does not apply. */
const isAnswerOf = (third: string | undefined) => third === undefined || third === 'row' || third === 'na';

/** The items in which an answer of each person stands, in document order. */
export function itemsByAuthor(cells: Cells, checklist: Checklist): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const [path, heads] of cells) {
    const [area, key, third] = path.split('/');
    if (area !== 'item' || !key || !isAnswerOf(third)) continue;
    for (const { value, actor } of heads)
      if (value !== null) found.set(actor, (found.get(actor) ?? new Set()).add(key));
  }
  const order = items(checklist).map((item) => item.key);
  return new Map([...found].map(([actor, keys]) => [actor, order.filter((key) => keys.has(key))]));
}

/** Where each person last wrote something of an item; what the lead only decided about others' answers is no place. */
export function placesByAuthor(
  entries: readonly Entry[],
  repins: Pick<Repins, 'carried'>,
  checklist: Checklist,
): ReadonlyMap<string, LastPlace> {
  const sectionOf = new Map(
    checklist.sections.flatMap(({ key, items: its }) => its.map((item) => [item.key, key])),
  );
  const accepted = entries.filter((each) => each.status === 'acc').map((each) => repins.carried(each));
  const found = new Map<string, LastPlace>();
  for (const [{ actor, kind, wall, receivedAt, n }, item] of writtenItems(accepted)) {
    const section = sectionOf.get(item);
    if (section === undefined || kind === 'resolve' || kind === 'adopt') continue;
    found.set(actor, {
      section,
      item,
      wall: dateOf(wall),
      receivedAt: receivedAt === null ? null : new Date(receivedAt),
      pending: n === null,
    });
  }
  return found;
}

/** Gives each section that nobody has to whoever has least to ask so far, first come first served. */
export function shareOut(
  sections: readonly { readonly key: string; readonly items: number; readonly people: readonly string[] }[],
  people: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const load = new Map(people.map((person) => [person, 0]));
  for (const { items: n, people: theirs } of sections)
    for (const person of theirs) load.set(person, (load.get(person) ?? 0) + n);
  const given = new Map<string, readonly string[]>();
  for (const { key, items: n, people: theirs } of sections) {
    const least = people.toSorted((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0];
    if (theirs.length > 0 || least === undefined) continue;
    given.set(key, [least]);
    load.set(least, (load.get(least) ?? 0) + n);
  }
  return given;
}
