// Decisions of a person as edits of cells: which path, which value, which heads they replace. Pure;
// visit.svelte.ts says who may, writer.ts makes operations of them.
import type { Cells, Head } from '../domain/operations.ts';
import { drawnRows, orderOf } from '../domain/sampling.ts';
import { CLOSING } from '../domain/visits.ts';
import { canonical, type Json } from '../domain/wire.ts';
import type { BlobRow } from '../store/rows.ts';
import { orderAfter } from './closing.ts';
import type { Draw } from './interface.ts';
import type { Edit } from './minting.ts';
import type { Told } from './photos.ts';

/** The heads of a cell as shown. */
export function opsOf(cells: Cells, path: string): string[] {
  return (cells.get(path) ?? []).map((head) => head.op);
}

/** A plain edit of a cell: `null` clears it; a photo is put there and taken away by kinds of its own. */
export function plainEdit(path: string, value: Json, parents: readonly string[]): Edit {
  const [set, clear] = PHOTO.test(path) ? ['attach', 'detach'] : ['set', 'clear'];
  return { kind: value === null ? clear : set, path, value, parents };
}
const PHOTO = /^photo\/[^/]+$/;

/** Taking a mark back names every head that says done, each in an operation of its own (docs/sync.md 3). */
export function doneEdits(section: string, done: boolean, heads: readonly Head[]): Edit[] {
  const path = `done/${section}`;
  const marks = heads.filter((head) => head.value === true);
  if (!done) return marks.map((head) => ({ kind: 'clear', path, value: null, parents: [head.op] }));
  return marks.length > 0 ? [] : [{ kind: 'done', path, value: true, parents: heads.map((head) => head.op) }];
}

/** Who answers for a section; it replaces every assignment there was. */
export function assignEdit(section: string, people: readonly string[], parents: readonly string[]): Edit {
  return { kind: 'assign', path: `assign/${section}`, value: [...people], parents };
}

export function commentEdit(comment: string, of: string, text: string): Edit {
  return { kind: 'comment', path: `comment/${comment}`, value: { of, text: text.trim() }, parents: [] };
}

/** A new row and what it is called. */
export interface NewRow {
  readonly uuid: string;
  readonly label: string;
}

/** New rows stand after the last one, in order, and have a label from the start; "none here" is taken back. */
export function rowsEdits(
  cells: Cells,
  itemKey: string,
  rows: readonly NewRow[],
  last: string | undefined,
): Edit[] {
  let order = last || undefined;
  const made = rows.flatMap(({ uuid, label }) => {
    const base = `item/${itemKey}/row/${uuid}`;
    order = orderAfter(order);
    return [plainEdit(`${base}/order`, order, []), plainEdit(`${base}/label`, label.trim(), [])];
  });
  return [...noneTakenBack(cells, itemKey), ...made];
}

/** What was said of "none here" no longer holds once there are rows. */
function noneTakenBack(cells: Cells, itemKey: string): Edit[] {
  const item = `item/${itemKey}`;
  const none = (cells.get(item) ?? []).some((head) => head.value !== null);
  return none ? [plainEdit(item, null, opsOf(cells, item))] : [];
}

/**
 * A draw, with a row for every drawn ordinal that has none yet: the same draw on two phones writes the same rows.
 * `standing` are the rows there are; what was said of "none here" is taken back.
 */
export function drawEdits(
  cells: Cells,
  itemKey: string,
  draw: Draw,
  standing: ReadonlySet<string>,
  seen: readonly string[],
): Edit[] {
  const item = `item/${itemKey}`;
  const fresh = [...drawnRows(draw.sample)].filter(([uuid]) => !standing.has(uuid));
  const rows = fresh.flatMap(([uuid, ordinal]) => {
    const [order, label] = [`${item}/row/${uuid}/order`, `${item}/row/${uuid}/label`];
    return [
      plainEdit(order, orderOf(ordinal), opsOf(cells, order)),
      plainEdit(label, `${draw.label.slice(0, 150)} ${ordinal}`, opsOf(cells, label)),
    ];
  });
  const value = { ...draw.sample } as unknown as Json;
  return [
    ...noneTakenBack(cells, itemKey),
    ...rows,
    ...(isSameDraw(cells, `${item}/sample`, value) ? [] : [plainEdit(`${item}/sample`, value, seen)]),
  ];
}

function isSameDraw(cells: Cells, path: string, value: Json): boolean {
  const heads = cells.get(path) ?? [];
  return heads.length > 0 && heads.every((head) => canonical(head.value) === canonical(value));
}

/** Deleting lists every head of the row that is shown: it stays deleted only while these are all. */
export function deletionEdit(cells: Cells, itemKey: string, row: string): Edit {
  const prefix = `item/${itemKey}/row/${row}/`;
  const path = `${prefix}deleted`;
  const shown = [...cells.keys()].filter((each) => each.startsWith(prefix) && each !== path);
  return plainEdit(path, { seen: shown.flatMap((each) => opsOf(cells, each)) }, opsOf(cells, path));
}

export function attachEdit(photo: string, of: string, { sha256, size, mime }: BlobRow, about: Told): Edit {
  return plainEdit(`photo/${photo}`, { of, sha256, size, mime, ...about }, []);
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
