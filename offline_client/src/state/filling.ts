// "All are fine, then the exceptions": what one tap writes into the empty yes/no cells of a roster. A cell that holds
// anything, or about which people disagree, is left alone. Pure.
import type { Cell, Row } from '../domain/answers.ts';
import type { Item, RosterField, RosterPart } from '../domain/checklist.ts';
import { askedFields, type Score } from '../domain/scoring.ts';

export interface Filled {
  readonly path: string;
  readonly value: 'yes' | 'no';
}

/** The answer that is fine: what the roster counts where it counts this field, else "yes". */
export function fineValue(part: RosterPart, field: RosterField): 'yes' | 'no' {
  const counts = part.ratio?.counts;
  return counts?.field === field.key && counts.is === 'no' ? 'no' : 'yes';
}

/** What to write, row by row; a field that is asked only after another was filled is filled too. */
export function filling(item: Item, rows: readonly Row[], score: Score): readonly Filled[] {
  const { answer: part } = item;
  return part.type === 'roster' ? rows.flatMap((row) => fillingOf(item, part, row, score)) : [];
}

function fillingOf(item: Item, part: RosterPart, row: Row, score: Score): readonly Filled[] {
  const found: Filled[] = [];
  let shown = row;
  // A condition names earlier fields only, so each pass over the fields can ask for at most one more of them.
  for (let pass = 0; pass < part.fields.length; pass += 1) {
    const asked = new Set(askedFields(item, shown, score));
    const next = part.fields.find((field) => asked.has(field.key) && isEmpty(field, shown));
    if (next === undefined) break;
    const value = fineValue(part, next);
    const path = `${row.path}/${next.key}`;
    found.push({ path, value });
    shown = { ...shown, fields: new Map(shown.fields).set(next.key, answered(path, value)) };
  }
  return found;
}

function isEmpty(field: RosterField, row: Row): boolean {
  const cell = row.fields.get(field.key);
  return field.type === 'yes_no' && cell !== undefined && !cell.contested && cell.value === null;
}

function answered(path: string, value: string): Cell {
  return { path, candidates: [{ op: '', value }], contested: false, value };
}

/** The yes/no field by which rows are marked as exceptions: the counted one, else the first; null if there is none. */
export function markedField(part: RosterPart): RosterField | null {
  const yesNo = part.fields.filter((field) => field.type === 'yes_no');
  return yesNo.find((field) => field.key === part.ratio?.counts.field) ?? yesNo[0] ?? null;
}

/** Whether a row says otherwise than what is fine, or people disagree about it. */
export function isException(part: RosterPart, field: RosterField, row: Row): boolean {
  const cell = row.fields.get(field.key);
  if (cell?.contested || row.deletionContested) return true;
  return cell?.value != null && cell.value !== fineValue(part, field);
}
