// What this person wrote last on this screen, so that a slip can be taken back. Taking back is one more edit, with an
// author and a place in the history: nothing is ever unwritten. What was written by one tap is taken back by one.
import type { Cells, Head } from '../domain/operations.ts';
import type { Json } from '../domain/wire.ts';
import { deletionEdit, plainEdit } from './edits.ts';
import type { Edit } from './minting.ts';

/** An edit of ours and what stood in the cell before it; null: nothing did. */
export interface WrittenCell {
  readonly op: string;
  readonly path: string;
  readonly before: Json;
  /** The operation it replaced. */
  readonly replaced: string | undefined;
}

/** A row this person added, with the operations that made it. */
export interface AddedRow {
  readonly item: string;
  readonly row: string;
  readonly ops: readonly string[];
}

/** One act: a tap, a text, or all cells that one tap filled. */
export interface Undoable {
  /** A cell of the item it was about. */
  readonly path: string;
  readonly cells: readonly WrittenCell[];
  readonly rows: readonly AddedRow[];
}

const KEPT = 50;

/** The value an edit replaces, as its author saw it: that of the first head it names. */
export function replacedBy(heads: readonly Head[], seen: readonly string[]): Json {
  return heads.find((head) => head.op === seen[0])?.value ?? null;
}

export function noted(steps: readonly Undoable[], step: Undoable): readonly Undoable[] {
  return [...steps, step].slice(-KEPT);
}

/** After a step was taken back: `by` names, per cell, the operation that now stands for what the step had replaced. */
export function takenBack(
  steps: readonly Undoable[],
  step: Undoable,
  by: ReadonlyMap<string, string>,
): readonly Undoable[] {
  const now = new Map<string, string>();
  for (const { path, replaced } of step.cells) {
    const op = by.get(path);
    if (op !== undefined && replaced !== undefined) now.set(replaced, op);
  }
  const renamed = (cell: WrittenCell): WrittenCell => ({ ...cell, op: now.get(cell.op) ?? cell.op });
  return steps.filter((each) => each !== step).map((each) => ({ ...each, cells: each.cells.map(renamed) }));
}

/** The last act of which something still stands alone: what somebody has answered since is never taken back. */
export function lastStanding(steps: readonly Undoable[], cells: Cells): Undoable | null {
  return steps.findLast((step) => isStanding(step, cells)) ?? null;
}

function isStanding(step: Undoable, cells: Cells): boolean {
  return step.cells.some((cell) => stands(cell, cells)) || step.rows.some((row) => isAsMade(row, cells));
}

function stands({ op, path }: WrittenCell, cells: Cells): boolean {
  const heads = cells.get(path);
  return heads?.length === 1 && heads[0]?.op === op;
}

/** Nobody has written into the row since, or what was written has been taken back. */
function isAsMade({ item, row, ops }: AddedRow, cells: Cells): boolean {
  const prefix = `item/${item}/row/${row}/`;
  const made = new Set(ops);
  const own = [...cells].filter(([path]) => path.startsWith(prefix));
  return (
    own.length > 0 && own.every(([, heads]) => heads.every(({ op, value }) => made.has(op) || value === null))
  );
}

/** What takes a step back: the values of before where it still stands, and rows that are as they were made go. */
export function undoEdits(step: Undoable, cells: Cells): readonly Edit[] {
  const values = step.cells
    .filter((cell) => stands(cell, cells))
    .map(({ path, before, op }) => plainEdit(path, before, [op]));
  const rows = step.rows
    .filter((row) => isAsMade(row, cells))
    .map(({ item, row }) => deletionEdit(cells, item, row));
  return [...values, ...rows];
}

/** The rows that edits of `edits.rowsEdits` make, with the operations that were minted for them in the same order. */
export function addedRows(item: string, edits: readonly Edit[], ops: readonly string[]): readonly AddedRow[] {
  const rows = new Map<string, string[]>();
  edits.forEach(({ path }, index) => {
    const row = path.split('/')[3];
    if (row !== undefined) rows.set(row, [...(rows.get(row) ?? []), ops[index] ?? '']);
  });
  return [...rows].map(([row, made]) => ({ item, row, ops: made }));
}
