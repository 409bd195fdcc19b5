// Decisions of a person as edits of cells: which path, which value, which heads they replace. Pure;
// visit.svelte.ts says who may, writer.ts makes operations of them.
import type { Cells } from '../domain/operations.ts';
import { CLOSING } from '../domain/visits.ts';
import type { Json } from '../domain/wire.ts';
import type { BlobRow } from '../store/rows.ts';
import { orderAfter } from './closing.ts';
import type { Edit } from './minting.ts';

/** The heads of a cell as shown. */
export function opsOf(cells: Cells, path: string): string[] {
  return (cells.get(path) ?? []).map((head) => head.op);
}

/** A plain edit of a cell: `null` clears it, `done/…` has a kind of its own. */
export function plainEdit(path: string, value: Json, parents: readonly string[]): Edit {
  const kind = value === null ? 'clear' : path.startsWith('done/') ? 'done' : 'set';
  return { kind, path, value, parents };
}

/** A new row stands after the last one and has a label from the start. */
export function rowEdits(itemKey: string, row: string, label: string, last: string | undefined): Edit[] {
  const base = `item/${itemKey}/row/${row}`;
  return [
    plainEdit(`${base}/order`, orderAfter(last || undefined), []),
    plainEdit(`${base}/label`, label.trim(), []),
  ];
}

/** Deleting lists every head of the row that is shown: it stays deleted only while these are all. */
export function deletionEdit(cells: Cells, itemKey: string, row: string): Edit {
  const prefix = `item/${itemKey}/row/${row}/`;
  const path = `${prefix}deleted`;
  const shown = [...cells.keys()].filter((each) => each.startsWith(prefix) && each !== path);
  return plainEdit(path, { seen: shown.flatMap((each) => opsOf(cells, each)) }, opsOf(cells, path));
}

export function attachEdit(photo: string, of: string, blob: BlobRow, taken_at: string): Edit {
  const { sha256, size, mime } = blob;
  return { kind: 'attach', path: `photo/${photo}`, value: { of, sha256, size, mime, taken_at }, parents: [] };
}

export function noteEdit(note: string, text: string, of: string | undefined): Edit {
  const value = { text: text.trim(), ...(of === undefined ? {} : { of }) };
  return plainEdit(`note/${note}`, value, []);
}

/** What a lead decides about a contested cell, a held operation or a closing, always with a reason. */
export function reasonedEdit(
  kind: string,
  path: string,
  reason: string,
  parents: readonly string[],
  value = {},
): Edit {
  return { kind, path, value: { ...value, reason: reason.trim() }, parents };
}

/** Ends the close in force: before it is signed by both a `reopen`, afterwards an `amend`. */
export function unfreezeEdit(kind: 'reopen' | 'amend', cells: Cells, reason: string): Edit {
  return reasonedEdit(kind, CLOSING, reason, opsOf(cells, CLOSING));
}
