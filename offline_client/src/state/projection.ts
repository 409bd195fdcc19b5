// A visit in memory: verified log + outbox, folded. New entries are folded in one by one; only when
// the server judged one of our own operations differently from what this phone expected (held, or
// other effective parents) is the fold built again. No Svelte here: visit.svelte.ts makes it reactive.
import type { HeldOperation } from '../domain/acceptance.ts';
import {
  type Cells,
  cellValue,
  type Entry,
  effectiveParents,
  entryOf,
  Fold,
  type Known,
  type Slot,
} from '../domain/operations.ts';
import { REPIN, type Repins } from '../domain/repinning.ts';
import { standingEntries, type VisitState, visitState } from '../domain/visits.ts';
import { canonical, type Operation } from '../domain/wire.ts';
import type { LogRow, OpRow } from '../store/rows.ts';
import { decoded, entryOfRow, type ShownEntry } from './history.ts';

const NO_SLOT: Slot = { writer: '', ws: 0 };

const sameParents = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((parent, index) => parent === b[index]);

export class Projection {
  readonly #actor: string;
  #logged: ShownEntry[] = [];
  readonly #inLog = new Set<string>();
  #waiting = new Map<string, Entry>();
  #operations = new Map<string, Operation>();
  /** The slots of the outbox: re-wrapping changes them. */
  #slots = new Map<string, Slot>();
  #known = new Map<string, Map<string, Known>>();
  #fold = new Fold();
  /** Accepted entries in the order they were folded in. */
  #folded: Entry[] = [];
  #cursor = 0;
  /** Derived, until the next change. */
  #entries: readonly ShownEntry[] | null = null;
  #state: VisitState | null = null;
  #writes = 0;

  constructor(actor: string) {
    this.#actor = actor;
  }

  /** How often `add` was called: a reading of the store begun before it is out of date. */
  get writes(): number {
    return this.#writes;
  }

  /** Number of the last entry folded in. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The log in order, then the outbox in order of minting. */
  get entries(): readonly ShownEntry[] {
    this.#entries ??= [...this.#logged, ...this.#waiting.values()];
    return this.#entries;
  }

  /** Held entries, as `adopt` and `dismiss` name them. */
  get held(): ReadonlyMap<string, HeldOperation> {
    const held = this.#logged.filter((entry) => entry.status === 'held');
    return new Map(
      held
        .map((entry) => this.repins.carried(entry))
        .map(({ op, actor: author, kind, path, value }) => [
          op,
          { author, path, value: cellValue(kind, value) },
        ]),
    );
  }

  get waiting(): readonly Entry[] {
    return [...this.#waiting.values()];
  }

  /** Heads by path, of everything accepted (the live set, also once signed). */
  get cells(): Cells {
    return this.#fold.cells;
  }

  get contested(): readonly string[] {
    return this.#fold.contested;
  }

  get repins(): Repins {
    return this.#fold.repins;
  }

  /** Starts again from nothing: the cached log was dropped. */
  reset(): void {
    this.#forget();
    this.#logged = [];
    this.#inLog.clear();
    this.#cursor = 0;
    this.#rebuild();
  }

  /** Takes in new log rows (in order, after `cursor`) and the outbox as it is now. */
  update(rows: readonly LogRow[], outbox: readonly OpRow[]): void {
    this.#forget();
    let rebuild = false;
    for (const row of rows) {
      if (row.n <= this.#cursor) continue;
      const entry = entryOfRow(row);
      const expected = this.#waiting.get(entry.op);
      if (expected) {
        this.#waiting.delete(entry.op);
        rebuild ||= entry.status !== 'acc' || !sameParents(entry.parents, expected.parents);
      }
      this.#logged.push(entry);
      this.#inLog.add(entry.op);
      this.#cursor = entry.n ?? this.#cursor;
      if (!rebuild) this.#apply(entry);
    }
    const ids = new Set(outbox.map((row) => row.op));
    for (const op of [...this.#waiting.keys()]) {
      if (ids.has(op)) continue;
      // Seen in an own-ops view or minted anew: its place is no longer the outbox.
      this.#waiting.delete(op);
      rebuild = true;
    }
    for (const row of outbox) this.#remember(row);
    if (rebuild || this.#parentsChanged()) this.#rebuild();
    for (const row of outbox) this.#wait(row.op);
  }

  /** Adds an operation just minted, before any store is read again. */
  add(row: OpRow): void {
    this.#writes += 1;
    this.#forget();
    this.#remember(row);
    this.#wait(row.op);
  }

  visitState(): VisitState {
    this.#state ??= visitState(this.entries);
    return this.#state;
  }

  /** The cells that count: the frozen ones once signed, else all. */
  standingCells(state: VisitState): Cells {
    if (state.state !== 'signed') return new Map(this.#fold.cells);
    return new Fold(standingEntries(this.entries, state)).cells;
  }

  #forget(): void {
    this.#entries = null;
    this.#state = null;
  }

  #remember(row: OpRow): void {
    this.#slots.set(row.op, row);
    if (this.#operations.has(row.op)) return;
    const operation = decoded(row.body);
    if (operation) this.#operations.set(row.op, operation);
  }

  #wait(op: string): void {
    const operation = this.#operations.get(op);
    // It may have reached the log before its own transaction was reported here.
    if (!operation || this.#waiting.has(op) || this.#inLog.has(op)) return;
    const entry = entryOf(operation, this.#actor, this.#parentsOf(operation), this.#slots.get(op) ?? NO_SLOT);
    this.#waiting.set(op, entry);
    this.#apply(entry);
  }

  #parentsOf(operation: Operation): readonly string[] {
    const known = this.#known.get(this.repins.carried(operation).path) ?? new Map<string, Known>();
    return effectiveParents(operation.op, operation.kind, operation.parents, known);
  }

  /** What arrived may have made parents known that were not; then the outbox folds differently. */
  #parentsChanged(): boolean {
    return this.waiting.some((entry) => {
      const operation = this.#operations.get(entry.op);
      return operation !== undefined && !sameParents(this.#parentsOf(operation), entry.parents);
    });
  }

  #apply(entry: Entry): void {
    if (entry.status !== 'acc') return;
    this.#fold.apply(entry);
    this.#folded.push(entry);
    const moved = entry.kind === REPIN;
    if (moved) this.#known = new Map();
    for (const each of moved ? this.#folded : [entry]) this.#learn(each);
  }

  #learn(entry: Entry): void {
    const { path, kind, value, op, parents } = this.repins.carried(entry);
    const known = this.#known.get(path) ?? new Map<string, Known>();
    this.#known.set(path, known);
    known.set(op, { value: canonical(cellValue(kind, value)), parents });
  }

  #rebuild(): void {
    const waiting = [...this.#waiting.keys()];
    this.#fold = new Fold();
    this.#folded = [];
    this.#known = new Map();
    this.#waiting = new Map();
    for (const entry of this.#logged) this.#apply(entry);
    for (const op of waiting) this.#wait(op);
  }
}
