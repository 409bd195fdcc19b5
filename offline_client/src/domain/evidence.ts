// Where a photo is asked for and not there yet, of an item and of the rows of a roster; and who may see which photo.
// Twin of app/domain/evidence.py; both are held to tests/vectors/evidence/. Nothing here touches the score.
import type { ItemAnswer, Row } from './answers.ts';
import type { Item, RosterField, RosterPart } from './checklist.ts';
import type { Lookup } from './conditions.ts';
import type { Cells } from './operations.ts';
import * as rosters from './rosters.ts';
import type { Trace } from './scoring.ts';
import type { Json } from './wire.ts';

/** The paths that still need a photo: the item's (one of any of its rows will do), then those of rows, in order. */
export function lacking(item: Item, answer: ItemAnswer, trace: Trace, lookup: Lookup): readonly string[] {
  const own = asks(item, trace) && answer.photos.length === 0 ? [`item/${item.key}`] : [];
  const { answer: part } = item;
  if (part.type !== 'roster' || trace.state === 'not_asked' || trace.state === 'not_applicable') return own;
  const rows = rosters.countedRows(part, answer).filter((row) => !answer.photographed.has(row.uuid));
  return [...own, ...rows.filter((row) => rowAsks(part, row, lookup)).map((row) => row.path)];
}

/**
 * The hashes of photos that a standing photo was made from by covering something, a face or a paper: they stay as
 * evidence, and are shown only to who took them and to who may take originals. What was drawn on one without covering
 * anything shows as much as it, and is veiled too.
 */
export function veiled(cells: Cells): ReadonlySet<string> {
  const made = [...cells].flatMap(([path, heads]) =>
    path.startsWith('photo/') ? heads.flatMap(({ value }) => madeFrom(value)) : [],
  );
  const found = new Set(made.filter(({ masked }) => masked).map(({ source }) => source));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { sha256, source, masked } of made) if (!masked && found.has(source)) found.add(sha256);
  }
  return found;
}

function madeFrom(value: Json): { sha256: string; source: string; masked: boolean }[] {
  const photo = value as { sha256: string; made_from?: { sha256: string; masked: boolean } } | null;
  const source = photo?.made_from;
  return photo && source ? [{ sha256: photo.sha256, source: source.sha256, masked: source.masked }] : [];
}

function asks(item: Item, trace: Trace): boolean {
  if (item.evidence === 'required') return trace.state === 'answered' || trace.state === 'incomplete';
  return item.evidence === 'required_on_fail' && trace.fails;
}

function rowAsks(roster: RosterPart, row: Row, lookup: Lookup): boolean {
  const asked = rosters.asked(roster, row, lookup);
  return roster.fields.some((field) => asked.includes(field.key) && fieldAsks(roster, field, row, lookup));
}

function fieldAsks(roster: RosterPart, field: RosterField, row: Row, lookup: Lookup): boolean {
  const cell = row.fields.get(field.key);
  if (cell === undefined || cell.contested || cell.value === null) return false; // settled or answered first
  if (field.evidence === 'required') return true;
  return field.evidence === 'required_on_fail' && fails(roster, field, row, lookup);
}

/** A choice marked so was made, or the row is counted by this field and misses. */
function fails(roster: RosterPart, field: RosterField, row: Row, lookup: Lookup): boolean {
  const value = row.fields.get(field.key)?.value ?? null;
  if (field.type === 'choice' || field.type === 'choices') {
    const chosen = Array.isArray(value) ? value : [value];
    if (field.choices.some((option) => option.fail === true && chosen.includes(option.key))) return true;
  }
  const counts = roster.ratio?.counts;
  const counted = counts !== undefined && (field.key === counts.field || field.key === counts.not_after);
  return counted && rosters.countsAs(roster, row, lookup) === 'missed';
}
