// What the log says of the team: who answers for a section, whether it is done, what they told each other.
// Twin of app/domain/teamwork.py; both are held to tests/vectors/teamwork/. None of it is an answer: it is
// in no digest, on no minutes, and forbids nobody anything.
import { type Entry, Fold, type Head } from './operations.ts';
import { REPIN } from './repinning.ts';
import { compareCodePoints, type Json } from './wire.ts';

const COMMENTS = 'comment/';
const RECORDS = /^(photo|note)\//;

/** A comment that nobody took back; `of` is the path of its item or row. */
export interface Comment {
  readonly path: string;
  readonly of: string;
  readonly text: string;
  readonly head: Head;
}

/** The newest standing mark of a section, and how many changes of its answers stand after it in the log. */
export interface DoneMark {
  readonly head: Head;
  readonly since: number;
}

type Table = { readonly [key: string]: Json };

const isTable = (value: Json | undefined): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Who answers for a section, sorted: everybody any head names, for two assignments do not contradict each other. */
export function assignees(heads: readonly Head[]): readonly string[] {
  return [...new Set(heads.flatMap((head) => head.value as readonly string[]))].sort(compareCodePoints);
}

/** The comments of a visit in log order, those of the outbox last. `entries` in that order. */
export function comments(entries: readonly Entry[]): readonly Comment[] {
  const relevant = entries.filter((each) => each.path.startsWith(COMMENTS) || each.kind === REPIN);
  const place = placesOf(relevant);
  return [...new Fold(relevant).cells]
    .filter(([path]) => path.startsWith(COMMENTS))
    .flatMap(([path, heads]) =>
      heads.flatMap((head) => {
        const { value } = head;
        return isTable(value) ? [{ path, of: String(value['of']), text: String(value['text']), head }] : [];
      }),
    )
    .sort((a, b) => place(a.head) - place(b.head));
}

/** The sections that are done, by key; `sections` names the items of each. `entries` in log order, outbox last. */
export function doneMarks(
  entries: readonly Entry[],
  sections: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, DoneMark> {
  const accepted = entries.filter((each) => each.status === 'acc');
  const fold = new Fold(accepted.filter((each) => each.path.startsWith('done/') || each.kind === REPIN));
  if (fold.cells.size === 0) return new Map(); // nearly always while people answer, and asked for after every tap
  const place = placesOf(accepted);
  const sectionOf = new Map(
    [...sections].flatMap(([key, items]) => items.map((item) => [item, key] as const)),
  );
  const last = new Map<string, Head>();
  for (const key of sections.keys()) {
    const standing = (fold.cells.get(`done/${key}`) ?? []).filter((head) => head.value === true);
    const head = standing.sort((a, b) => place(b) - place(a))[0];
    if (head) last.set(key, head);
  }
  const since = new Map<string, number>();
  for (const [entry, item] of writtenItems(accepted.map((each) => fold.repins.carried(each)))) {
    const key = sectionOf.get(item) ?? '';
    const mark = last.get(key);
    if (mark && place(entry) > place(mark)) since.set(key, (since.get(key) ?? 0) + 1);
  }
  return new Map([...last].map(([key, head]) => [key, { head, since: since.get(key) ?? 0 }]));
}

/**
 * Which item each entry writes something of: its own cells, its rows, photos and notes; comments are no answers.
 * `entries` as they stand under the checklist in force, in log order: a photo says of what it is when it is attached.
 */
export function* writtenItems(entries: Iterable<Entry>): Generator<readonly [Entry, string]> {
  const of = new Map<string, string>();
  for (const entry of entries) {
    const { path, value } = entry;
    let about = path;
    if (RECORDS.test(path)) {
      const inner = isTable(value) && Object.hasOwn(value, 'value') ? value['value'] : value;
      if (isTable(inner) && typeof inner['of'] === 'string') of.set(path, inner['of']);
      about = of.get(path.replace(/\/caption$/, '')) ?? path;
    }
    const [area, item] = about.split('/');
    if (area === 'item' && item) yield [entry, item];
  }
}

function placesOf(entries: readonly Entry[]): (of: { readonly op: string }) => number {
  const places = new Map(entries.map((each, at) => [each.op, at]));
  return ({ op }) => places.get(op) ?? -1;
}
