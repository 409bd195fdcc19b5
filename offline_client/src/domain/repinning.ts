// Moving a visit to a corrected checklist: where each cell goes (docs/sync.md 4, Re-pinning).
// Twin of app/domain/repinning.py; both are held to tests/vectors/operations/repinning.json. What was
// written with an older checklist is carried through the maps; what no map carries is retired: readable
// for ever, and no answer any more. It is a function of the operation and the set of accepted re-pins (I7).
import {
  type Answer,
  type Checklist,
  type Item,
  items,
  type RosterField,
  type SamplePart,
  type Typed,
} from './checklist.ts';
import type { Json } from './wire.ts';

export const REPIN = 'repin';
export const CHECKLIST = 'visit/checklist';
export const RETIRED = 'retired';
/** Their value holds the cell's value, and a reason. */
export const CARRIES = new Set(['resolve', 'adopt']);

/** The value of a `repin`. */
export interface Repin {
  readonly from: string;
  readonly chk: string;
  /** Old item key to new item key. */
  readonly map: { readonly [item: string]: string };
  readonly reason: string;
}

/** What an operation and an entry have in common. */
interface Written {
  readonly chk: string;
  readonly kind: string;
  readonly path: string;
  readonly value: Json;
}

/** The accepted re-pins of a visit, a chain from the checklist it began with to the one in force. */
export class Repins {
  readonly #steps: ReadonlyMap<string, Repin>;
  readonly #reached: ReadonlySet<string>;

  constructor(accepted: Iterable<Written> = []) {
    const steps = [...accepted]
      .filter((each) => each.kind === REPIN)
      .map((each) => each.value as unknown as Repin);
    this.#steps = new Map(steps.map((step) => [step.from, step]));
    this.#reached = new Set(steps.map((step) => step.chk));
  }

  /** Whether the visit used this checklist before or after a re-pin. */
  knows(chk: string): boolean {
    return this.#steps.has(chk) || this.#reached.has(chk);
  }

  /** The checklist in force; null if the visit was never re-pinned. */
  get last(): string | null {
    return [...this.#reached].sort().find((chk) => !this.#steps.has(chk)) ?? null;
  }

  /** The re-pins from a checklist on, at most each once. */
  *#way(from: string): Generator<Repin> {
    let chk = from;
    for (let left = this.#steps.size; left > 0; left -= 1) {
      const step = this.#steps.get(chk);
      if (step === undefined) return;
      yield step;
      chk = step.chk;
    }
  }

  /** An operation or entry as it stands under the checklist in force, with that checklist's name. */
  carried<W extends Written>(written: W): W {
    if (this.#steps.size === 0) return written; // nearly always, and asked for every entry
    let { chk, path, value } = written;
    for (const step of this.#way(written.chk)) {
      value = shownUnder(step, path, written.kind, value);
      path = moved(step, path);
      chk = step.chk;
    }
    return chk === written.chk ? written : { ...written, chk, path, value };
  }
}

/** Whether everything that may be written to the old item may be written to the new one. */
export function isCarriable(old: Item, now: Item): boolean {
  const kept =
    (!old.not_applicable || now.not_applicable === true) &&
    (!old.answer.claimed || now.answer.claimed === true);
  return kept && takes(old.answer, now.answer);
}

/** Whether a map names items of both, no new one twice, and each can take what the old one holds. */
export function isMap(old: Checklist, now: Checklist, map: Repin['map']): boolean {
  const before = new Map(items(old).map((item) => [item.key, item]));
  const after = new Map(items(now).map((item) => [item.key, item]));
  if (new Set(Object.values(map)).size !== Object.keys(map).length) return false;
  return Object.entries(map).every(([key, target]) => {
    const [one, other] = [before.get(key), after.get(target)];
    return one !== undefined && other !== undefined && isCarriable(one, other);
  });
}

/** The map that loses least without asking anybody: every item goes to the one of the same key that can hold it. */
export function mapByKey(old: Checklist, now: Checklist): Repin['map'] {
  const after = new Map(items(now).map((item) => [item.key, item]));
  const kept = items(old).filter((item) => {
    const target = after.get(item.key);
    return target !== undefined && isCarriable(item, target);
  });
  return Object.fromEntries(kept.map(({ key }) => [key, key]));
}

/** Where a re-pin moves a path (of a cell, or of the item a photo shows). */
function moved(step: Repin, path: string): string {
  const [area, key = '', ...inside] = path.split('/');
  if (area !== 'item') return path;
  const target = Object.hasOwn(step.map, key) ? step.map[key] : undefined;
  return target === undefined ? `${RETIRED}/${step.chk}/${path}` : ['item', target, ...inside].join('/');
}

/** A photo, note or comment follows its item: its own path stays. */
function shownUnder(step: Repin, path: string, kind: string, value: Json): Json {
  if (!/^(photo|note|comment)\//.test(path) || !isTable(value)) return value;
  if (CARRIES.has(kind)) return { ...value, value: shownUnder(step, path, 'set', value['value'] ?? null) };
  return typeof value['of'] === 'string' ? { ...value, of: moved(step, value['of']) } : value;
}

/** Whether every value that fits the old answer fits the new one. */
function takes(old: Answer | RosterField | Typed, now: Answer | RosterField | Typed): boolean {
  if ('choices' in old && 'choices' in now && old.type === now.type) {
    const keys = new Set(now.choices.map((each) => each.key));
    return old.choices.every((each) => keys.has(each.key));
  }
  if (old.type === 'number' && now.type === 'number') {
    const low = now.min === undefined || (old.min !== undefined && now.min <= old.min);
    const high = now.max === undefined || (old.max !== undefined && old.max <= now.max);
    return old.unit.vi === now.unit.vi && (old.whole === true || !now.whole) && low && high;
  }
  if (old.type === 'text' && now.type === 'text')
    return (old.max_length ?? TEXT_LENGTH) <= (now.max_length ?? TEXT_LENGTH);
  if (old.type === 'ratio' && now.type === 'ratio')
    return !old.period === !now.period && !old.source === !now.source;
  if (old.type === 'roster' && now.type === 'roster') {
    if (!drawsAlike(old.sample, now.sample)) return false;
    const fields = new Map(now.fields.map((field) => [field.key, field]));
    return old.fields.every((field) => {
      const other = fields.get(field.key);
      return other !== undefined && takes(field, other);
    });
  }
  return old.type === now.type;
}

/** Whether rows mean the same in both: added by hand, or drawn with the same things said of the frame. */
function drawsAlike(old: SamplePart | undefined, now: SamplePart | undefined): boolean {
  if (old === undefined || now === undefined) return old === now;
  return !old.period === !now.period && !old.source === !now.source;
}

const TEXT_LENGTH = 2_000;

function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
