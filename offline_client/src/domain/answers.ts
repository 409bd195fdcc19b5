// The answers of a visit: cells (path -> standing heads) grouped per item and row, and judged against the
// checklist. Twin of app/domain/answers.py.
import type { Checklist, Item, Json, RosterField, Typed } from './checklist.ts';

/** What the fold leaves standing in a cell, as far as answers are concerned. */
export interface Head {
  readonly op: string;
  readonly value: Json;
}

export type Cells = ReadonlyMap<string, readonly Head[]>;

/** One distinct value standing in a cell (null: unanswered), with the lowest op that says so. */
export interface Candidate {
  readonly op: string;
  readonly value: Json;
}

/** A cell as it is read: no candidates if never written, several if contested, ordered by op. */
export interface Cell {
  readonly path: string;
  readonly candidates: readonly Candidate[];
  readonly contested: boolean;
  /** The value, or while contested the one of the lowest op. */
  readonly value: Json;
}

export interface Row {
  readonly uuid: string;
  readonly path: string;
  readonly label: Cell;
  readonly order: string;
  readonly fields: ReadonlyMap<string, Cell>;
  /** Deleted by one, edited by another who had not seen it. */
  readonly deletionContested: boolean;
}

export interface ItemAnswer {
  readonly key: string;
  readonly value: Cell;
  readonly na: Cell;
  readonly note: Cell;
  readonly claimed: Cell;
  readonly observedAt: Cell;
  readonly rows: readonly Row[];
  /** UUIDs of rows whose normalised labels are equal. */
  readonly duplicates: readonly (readonly string[])[];
  /** UUIDs of photos of the item or of its standing rows. */
  readonly photos: readonly string[];
}

export interface Answers {
  readonly items: ReadonlyMap<string, ItemAnswer>;
  /** Paths of all contested cells of items and rows, sorted. */
  readonly contested: readonly string[];
}

export declare function checkValue(item: Item, value: Json): string | null;
export declare function checkField(field: RosterField, value: Json): string | null;
export declare function checkTyped(spec: Typed, value: Json): string | null;
export declare function checkCell(checklist: Checklist, path: string, value: Json): string | null;
export declare function read(checklist: Checklist, cells: Cells): Answers;
export declare function canonicalValue(value: Json): string;
