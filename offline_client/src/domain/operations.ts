// The fold: from the entries of a visit's log (and the outbox) to the heads of its cells.
// Twin of app/domain/operations.py; both are held to tests/vectors/operations/. Nobody overwrites
// anybody: a head leaves its cell only when an accepted operation of the same cell names it as
// effective parent. That is a union of sets, so the order of entries does not matter (docs/sync.md 4).
import { CARRIES, CHECKLIST, REPIN, Repins } from './repinning.ts';
import { canonical, compareCodePoints, type Json, type Operation } from './wire.ts';

export const HEADS_LIMIT = 64;

const KEEPS_ALL_PARENTS = new Set([
  'resolve',
  'adopt',
  'dismiss',
  'detach',
  'close',
  'reopen',
  'amend',
  'assign',
]);

export type Status = 'acc' | 'held';

/** An operation as the log records it (in the outbox `n` and `receivedAt` are null); `parents` are the effective ones. */
export interface Entry {
  readonly op: string;
  readonly kind: string;
  readonly path: string;
  readonly value: Json;
  readonly actor: string;
  readonly parents: readonly string[];
  readonly n: number | null;
  /** The device's clock, as it wrote it: evidence only. */
  readonly wall: string;
  /** The server's clock, milliseconds since 1970 UTC. */
  readonly receivedAt: number | null;
  readonly status: Status;
  readonly why: string;
  /** Who numbered it, and its number among this writer's in the visit, from 1. */
  readonly writer: string;
  readonly ws: number;
  /** The checklist it was made with. */
  readonly chk: string;
}

/** The slot an operation is sent under. */
export type Slot = Pick<Entry, 'writer' | 'ws'>;

/** An accepted operation that nobody replaced; `value` null: it was cleared. */
export interface Head {
  readonly op: string;
  readonly value: Json;
  readonly actor: string;
  readonly kind: string;
  readonly n: number | null;
  readonly wall: string;
  readonly receivedAt: number | null;
  /** Given by `resolve` and `adopt`. */
  readonly reason: string | null;
  /** An adopted head keeps its author as `actor`. */
  readonly adoptedBy: string | null;
}

/** What is known of an accepted operation of a cell: its canonical value and its effective parents. */
export interface Known {
  readonly value: string;
  readonly parents: readonly string[];
}

/** Heads by path, sorted by op id. A path nobody wrote is absent. */
export type Cells = ReadonlyMap<string, readonly Head[]>;

/** Takes an operation that is still in the outbox for an accepted entry without a number. */
export function entryOf(operation: Operation, actor: string, parents: readonly string[], slot: Slot): Entry {
  const { op, kind, path, value, wall, chk } = operation;
  const { writer, ws } = slot;
  const waiting = { n: null, receivedAt: null, status: 'acc', why: '' } as const;
  return { op, kind, path, value, actor, parents, wall, writer, ws, chk, ...waiting };
}

/** What an operation's value puts into its cell: `resolve` and `adopt` carry it inside. */
export function cellValue(kind: string, value: Json): Json {
  if (CARRIES.has(kind)) return inside(value)['value'] ?? null;
  return kind === 'clear' || kind === 'detach' ? null : value;
}

const NOTHING: { readonly [key: string]: Json } = {};

/** The head an accepted entry becomes. */
export function headOf(entry: Entry): Head {
  const { op, kind, n, wall, receivedAt, actor } = entry;
  const carried = CARRIES.has(kind) ? inside(entry.value) : NOTHING;
  const adopted = kind === 'adopt';
  return {
    op,
    value: cellValue(kind, entry.value),
    actor: adopted ? String(carried['author']) : actor,
    kind,
    n,
    wall,
    receivedAt,
    reason: typeof carried['reason'] === 'string' ? carried['reason'] : null,
    adoptedBy: adopted ? actor : null,
  };
}

function inside(value: Json): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : NOTHING;
}

/**
 * The parents that `op` replaces; `known` holds the accepted operations of the same path. Most kinds keep the
 * head the author's edit began from (`parents[0]`), or all if all are known and equal (decision 3). A parent that
 * itself descends from `op` is dropped: two operations that name each other would both disappear (I8).
 */
export function effectiveParents(
  op: string,
  kind: string,
  parents: readonly string[],
  known: ReadonlyMap<string, Known>,
): readonly string[] {
  const kept = parents.filter((parent) => !descends(parent, op, known));
  if (KEEPS_ALL_PARENTS.has(kind) || kept.length < 2) return kept;
  const values = new Set(kept.map((parent) => known.get(parent)?.value));
  return values.size === 1 && !values.has(undefined) ? kept : kept.slice(0, 1);
}

function descends(descendant: string, ancestor: string, known: ReadonlyMap<string, Known>): boolean {
  const waiting = [descendant];
  const seen = new Set(waiting);
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    for (const parent of known.get(step)?.parents ?? []) {
      if (parent === ancestor) return true;
      if (!seen.has(parent)) {
        seen.add(parent);
        waiting.push(parent);
      }
    }
  }
  return false;
}

/** Whether heads differ; a cleared head beside a value differs too (decision 3). */
export function isContested(heads: readonly Head[]): boolean {
  return heads.length > 1 && new Set(heads.map((head) => canonical(head.value))).size > 1;
}

/** Whether a cell holds part of the answers, and not the closing, a signature or the handling of a held op. */
export function isAnswer(path: string): boolean {
  return /^(item|photo|note|visit)\//.test(path) && path !== 'visit/closing' && path !== CHECKLIST;
}

/**
 * The cells of a growing set of entries; applying one more costs what its own cell costs. Only a re-pin costs the
 * whole set: it moves what was folded before.
 */
export class Fold {
  readonly #entries = new Map<string, Entry>();
  #repins = new Repins();
  readonly #replaced = new Map<string, Set<string>>();
  readonly #cells = new Map<string, readonly Head[]>();
  readonly #contested = new Set<string>();

  constructor(entries: Iterable<Entry> = []) {
    this.#add([...entries].filter((entry) => entry.status === 'acc'));
  }

  get repins(): Repins {
    return this.#repins;
  }

  /** The live map: it changes with the next `apply`. */
  get cells(): Cells {
    return this.#cells;
  }

  /** Paths of answers whose heads differ, sorted. */
  get contested(): readonly string[] {
    return [...this.#contested].sort(compareCodePoints);
  }

  /** Paths of answers with several equal heads, sorted. */
  get agreed(): readonly string[] {
    const several = [...this.#cells].filter(([path, heads]) => heads.length > 1 && isAnswer(path));
    return several
      .map(([path]) => path)
      .filter((path) => !this.#contested.has(path))
      .sort(compareCodePoints);
  }

  /** Folds one more entry in; a held one, or one that is already in, changes nothing. */
  apply(entry: Entry): void {
    if (entry.status === 'acc') this.#add([entry]);
  }

  #add(accepted: readonly Entry[]): void {
    for (const entry of accepted) this.#entries.set(entry.op, entry);
    let news = accepted;
    if (accepted.some((entry) => entry.kind === REPIN)) {
      news = [...this.#entries.values()];
      this.#repins = new Repins(news);
      this.#replaced.clear();
      this.#cells.clear();
      this.#contested.clear();
    }
    for (const entry of news) this.#fold(this.#repins.carried(entry));
  }

  #fold(entry: Entry): void {
    const before = this.#replaced.get(entry.path);
    const replaced = before ?? new Set<string>();
    if (!before) this.#replaced.set(entry.path, replaced);
    for (const parent of entry.parents) replaced.add(parent);
    const standing = (this.#cells.get(entry.path) ?? []).filter(
      (head) => head.op !== entry.op && !replaced.has(head.op),
    );
    if (!replaced.has(entry.op)) standing.push(headOf(entry));
    if (standing.length > 1) standing.sort((a, b) => compareCodePoints(a.op, b.op));
    this.#place(entry.path, standing);
  }

  #place(path: string, heads: readonly Head[]): void {
    if (heads.length > 0) this.#cells.set(path, heads);
    else this.#cells.delete(path); // its only operation is replaced by one that has not arrived yet
    // A cell of one head, as nearly every one is, needs no look at its path.
    if (isContested(heads) && isAnswer(path)) this.#contested.add(path);
    else this.#contested.delete(path);
  }
}

/** The heads of every cell. */
export function fold(entries: Iterable<Entry>): Cells {
  return new Fold(entries).cells;
}
