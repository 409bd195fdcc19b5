// What moving a visit to a newer version of its checklist would mean, for whoever has to decide it. Pure.
import type { Answers } from '../domain/answers.ts';
import { type Checklist, type Item, items } from '../domain/checklist.ts';
import { mapByKey } from '../domain/repinning.ts';

/** An item that is not carried over, and whether somebody has answered it already. */
export interface Uncarried {
  readonly item: Item;
  readonly answered: boolean;
}

export interface Move {
  readonly version: number;
  readonly kept: readonly Item[];
  /** Items of the newer version that begin empty: new ones, and those that ask for something else now. */
  readonly asked: readonly Item[];
  /** Items whose answers stay readable and count no more. */
  readonly dropped: readonly Uncarried[];
}

export function moveOf(old: Checklist, now: Checklist, answers: Answers): Move {
  const map = mapByKey(old, now);
  const taken = new Set(Object.values(map));
  const answered = (key: string) => {
    const item = answers.items.get(key);
    return item !== undefined && (item.value.value !== null || item.rows.length > 0);
  };
  return {
    version: now.version,
    kept: items(now).filter((item) => taken.has(item.key)),
    asked: items(now).filter((item) => !taken.has(item.key)),
    dropped: items(old)
      .filter((item) => !Object.hasOwn(map, item.key))
      .map((item) => ({ item, answered: answered(item.key) })),
  };
}
