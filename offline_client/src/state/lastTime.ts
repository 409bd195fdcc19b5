// "As last time": what a tap takes over of the unit's last visit. Nothing is ever taken over by itself, and never over
// an answer. Pure.
import { checkValue, type ItemAnswer, isTable } from '../domain/answers.ts';
import type { Item, Json } from '../domain/checklist.ts';
import type { LastTime } from '../store/earlier.ts';

export type Takeover =
  | { readonly kind: 'value'; readonly path: string; readonly value: Json }
  /** Names of rows that are not there yet; what they are like is for the visit to see. */
  | { readonly kind: 'rows'; readonly labels: readonly string[] };

const normal = (label: string) => label.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();

/** What may be taken over of an item; null when it is answered, or there is nothing that could stand here. */
export function takeover(item: Item, answer: ItemAnswer | undefined, was: LastTime): Takeover | null {
  if (answer?.na.value != null || answer?.na.contested || answer?.value.contested) return null;
  if (item.answer.type === 'roster' && was.rows && was.rows.length > 0) {
    const here = new Set(answer?.rows.map((row) => normal(String(row.label.value ?? ''))));
    const labels = was.rows.filter((label) => !here.has(normal(label)));
    return labels.length > 0 && answer?.value.value == null ? { kind: 'rows', labels } : null;
  }
  if (answer?.value.value != null || (answer?.rows.length ?? 0) > 0) return null;
  if (was.na !== undefined && item.not_applicable)
    return { kind: 'value', path: `item/${item.key}/na`, value: { reason: was.na } };
  const value = timeless(was.value ?? null);
  if (value === null || checkValue(item, value) !== null) return null;
  return { kind: 'value', path: `item/${item.key}`, value };
}

/** Counts of last time's period are not of this one's: the period is left to be written. */
function timeless(value: Json): Json {
  if (!isTable(value) || !('period' in value)) return value;
  const { period: _, ...rest } = value;
  return rest;
}
