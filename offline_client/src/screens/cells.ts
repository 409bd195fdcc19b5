// What stands in a cell, in words, whatever cell it is: an answer, a field of a row, a note, a photo.
import { hundredths, whole } from '../components/format.ts';
import { plainText, valueText } from '../components/values.ts';
import { maySet } from '../domain/acceptance.ts';
import { isTable } from '../domain/answers.ts';
import type { Json, Typed } from '../domain/checklist.ts';
import type { OpenVisit } from '../state/interface.ts';
import { t, tCode } from '../text/text.svelte.ts';
import { type PathWords, pathWords } from './written.ts';

/** The typed part of a cell, if it is an answer and not a text beside one. */
export function partOf(words: PathWords): Typed | null {
  const answer = words.item?.answer;
  if (!answer) return null;
  if (words.row)
    return (answer.type === 'roster' && answer.fields.find((field) => field.key === words.part)) || null;
  return words.part === 'value' || words.part === 'claimed' ? answer : null;
}

/** The item, row or part of the minutes a cell is about; photos and notes are about what they name. */
export function subjectOf(visit: OpenVisit, path: string, value: Json): PathWords {
  const of = (value as { of?: Json } | null)?.of ?? captioned(visit, path);
  return pathWords(visit, typeof of === 'string' ? of : path);
}

/** What the photo a caption is written under is of. */
function captioned(visit: OpenVisit, path: string): Json {
  const photo = path.startsWith('photo/') ? visit.heads(path.replace(/\/caption$/, ''))[0]?.value : null;
  return (photo as { of?: Json } | null)?.of ?? null;
}

/** Which of them: "Ghi chú", "Bàn 3: Có biển", "Ảnh". */
export function partText(visit: OpenVisit, path: string): string {
  const area = path.split('/')[0];
  if (area === 'photo' || area === 'note' || area === 'comment') return pathWords(visit, path).text;
  return pathWords(visit, path).partText;
}

/** A value as people read it; one that does not fit the cell is shown as it came. */
export function cellText(visit: OpenVisit, path: string, value: Json): string {
  if (typeof value === 'string' && path.startsWith('photo/')) return value;
  if (path.startsWith('photo/')) return t(value === null ? 'photo.removed' : 'place.photo');
  const words = pathWords(visit, path);
  const part = partOf(words);
  if (value !== null && part && !maySet(visit.checklist, path, value)) return JSON.stringify(value);
  return (part ? valueText(part, value) : plainText(words.part, value)) || JSON.stringify(value);
}

/** Why a value is not saved yet, with the number it has to keep to. */
export function refusedText(code: string, part: Typed | undefined, value: Json): string {
  const bound = part?.type === 'number' ? { min: part.min, max: part.max } : {};
  const counts = isTable(value) ? value : {};
  return tCode('refused', code, 'refused.other', {
    min: hundredths(bound.min ?? 0),
    max: hundredths(bound.max ?? 0),
    observed: whole(Number(counts.observed ?? 0)),
    total: whole(Number(counts.total ?? 0)),
  });
}
