// The score of a visit whose cells change one after the other, without scoring again what a change does not
// touch. Twin of app/domain/rescoring.py.
//
// What comes out equals `score(checklist, read(checklist, cells))`: sums are exact, so taking an item's old share
// out and putting its new one in leaves no trace. An item is read again when one of its cells is another object
// than before (a fold replaces the heads of a cell, and never changes them), and scored again when it was read
// again or when its conditions name one that was. What grows with the checklist is comparing and copying
// references, nothing else.
import {
  type Answers,
  byUnit,
  type Cells,
  contestedPaths,
  type Head,
  type ItemAnswer,
  itemOf,
  readItem,
} from './answers.ts';
import { type Checklist, type Item, items } from './checklist.ts';
import { itemsNamed } from './conditions.ts';
import { fraction, plus, times, ZERO } from './fractions.ts';
import {
  type Counts,
  counted,
  lookupIn,
  NO_COUNTS,
  type Score,
  type Scored,
  type SectionScore,
  scoreItem,
  summed,
} from './scoring.ts';

/** Answers and score of one visit with one checklist; another version of the checklist needs another. */
export class Rescorer {
  /** How many items were read and scored so far: what tests and benchmarks count instead of time. */
  readonly work = { read: 0, scored: 0 };
  readonly #checklist: Checklist;
  readonly #items: readonly Item[];
  readonly #place: ReadonlyMap<string, number>;
  /** For each item, by place, that of its section. */
  readonly #section: readonly number[];
  readonly #sections: SectionScore[];
  /** The items whose conditions name this one. */
  readonly #hanging = new Map<string, string[]>();
  readonly #seen = new Map<string, readonly Head[]>();
  readonly #own: ReadonlyMap<string, Map<string, readonly Head[]>>;
  readonly #answers = new Map<string, ItemAnswer>();
  readonly #contested = new Map<string, readonly string[]>();
  readonly #scored = new Map<string, Scored>();
  #counts: Counts = NO_COUNTS;

  constructor(checklist: Checklist) {
    this.#checklist = checklist;
    this.#items = items(checklist);
    this.#place = new Map(this.#items.map((item, place) => [item.key, place]));
    this.#section = checklist.sections.flatMap((section, place) => section.items.map(() => place));
    this.#sections = checklist.sections.map(({ key, weight = null }) => ({
      key,
      weight,
      earned: ZERO,
      possible: 0,
    }));
    this.#own = new Map(this.#items.map((item) => [item.key, new Map()]));
    for (const item of this.#items) {
      for (const key of sourcesOf(item))
        this.#hanging.set(key, [...(this.#hanging.get(key) ?? []), item.key]);
    }
    for (const item of this.#items) this.#read(item.key);
    for (const item of this.#items) this.#score(item.key);
  }

  /** Takes in the cells as they are now; gives what `read` and `score` would. */
  update(cells: Cells): { readonly answers: Answers; readonly score: Score } {
    const read = this.#moved(cells);
    for (const key of read) this.#read(key);
    for (const key of this.#touched(read)) this.#score(key);
    const contested = [...this.#contested.values()].flat().sort(byUnit);
    const scored = this.#items.map((item) => this.#scored.get(item.key)!);
    return {
      answers: { items: new Map(this.#answers), contested },
      score: summed(this.#checklist, scored, [...this.#sections], this.#counts),
    };
  }

  /** Gives each cell that is not as it was to its item; the keys of the items that lost or got one. */
  #moved(cells: Cells): ReadonlySet<string> {
    const moved = new Set<string>();
    const move = (path: string, heads: readonly Head[], stands: boolean) => {
      const key = itemOf(path, heads) ?? '';
      const own = this.#own.get(key);
      if (own === undefined) return;
      if (stands) own.set(path, heads);
      else own.delete(path);
      moved.add(key);
    };
    for (const [path, heads] of this.#seen) {
      if (cells.get(path) === heads) continue;
      this.#seen.delete(path);
      move(path, heads, false);
    }
    for (const [path, heads] of cells) {
      if (this.#seen.has(path)) continue;
      this.#seen.set(path, heads);
      move(path, heads, true);
    }
    return moved;
  }

  /** The items that were read and those that hang on them, in document order: conditions name earlier ones. */
  #touched(read: ReadonlySet<string>): readonly string[] {
    const touched = new Set(read);
    // A set that grows while it is walked is walked to its end.
    for (const key of touched) for (const each of this.#hanging.get(key) ?? []) touched.add(each);
    return [...touched].sort((a, b) => this.#place.get(a)! - this.#place.get(b)!);
  }

  #read(key: string): void {
    this.work.read += 1;
    const answer = readItem(this.#items[this.#place.get(key)!]!, this.#own.get(key)!);
    this.#answers.set(key, answer);
    const contested = contestedPaths(answer);
    if (contested.length > 0) this.#contested.set(key, contested);
    else this.#contested.delete(key);
  }

  #score(key: string): void {
    this.work.scored += 1;
    const place = this.#place.get(key)!;
    const before = this.#scored.get(key);
    const after = scoreItem(this.#items[place]!, this.#answers.get(key)!, lookupIn(this.#scored));
    this.#scored.set(key, after);
    if (before !== undefined) this.#count(this.#section[place]!, before, -1);
    this.#count(this.#section[place]!, after, 1);
  }

  #count(section: number, { trace }: Scored, sign: 1 | -1): void {
    this.#counts = counted(this.#counts, trace, sign);
    if (trace.possible === null) return;
    const sums = this.#sections[section]!;
    const earned = plus(sums.earned, times(trace.earned!, fraction(sign)));
    this.#sections[section] = { ...sums, earned, possible: sums.possible + sign * trace.possible };
  }
}

/** The other items on which the score of this one hangs: those that its conditions name. */
export function sourcesOf(item: Item): ReadonlySet<string> {
  const fields = item.answer.type === 'roster' ? item.answer.fields : [];
  const conditions = [item.when, item.fails_when, ...fields.map((field) => field.when)];
  const named = new Set(conditions.flatMap(itemsNamed));
  named.delete(item.key);
  return named;
}
