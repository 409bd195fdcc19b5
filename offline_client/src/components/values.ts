// Answers in words, wherever a value is shown and not edited.
import { isList } from '../domain/answers.ts';
import type { Json, Typed } from '../domain/checklist.ts';
import { say, t } from '../text/text.svelte.ts';
import { day, dayAndClock, hundredths, ratio, whole } from './format.ts';

type Fields = { readonly [name: string]: Json };
const fieldsOf = (value: Json): Fields =>
  value !== null && typeof value === 'object' && !isList(value) ? value : {};
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The value of an item, or of a field of a roster row. */
export function valueText(part: Typed, value: Json): string {
  if (value === null) return t('answer.none');
  switch (part.type) {
    case 'yes_no':
      return value === 'yes' ? t('answer.yes') : t('answer.no');
    case 'choice':
    case 'choices':
      return optionsText(part.choices, isList(value) ? value : [value]);
    case 'ratio':
      return ratioText(fieldsOf(value));
    case 'number':
      return `${hundredths(Number(value))} ${say(part.unit)}`;
    case 'date':
      return day(textOf(value));
    case 'document':
      return documentText(fieldsOf(value));
    case 'roster':
      return value === 'none' ? t('roster.none_here') : ratioText(fieldsOf(value));
    default:
      return textOf(value);
  }
}

function optionsText(
  options: readonly { readonly key: string; readonly text: { readonly vi: string; readonly en?: string } }[],
  keys: readonly Json[],
): string {
  const chosen = options.filter((option) => keys.includes(option.key));
  return chosen.map((option) => say(option.text)).join('; ');
}

function ratioText(value: Fields): string {
  const { observed, total } = value;
  if (typeof observed !== 'number' || typeof total !== 'number') return t('answer.unfinished');
  return [ratio(observed, total), ...besideText(value)].join('; ');
}

/** The period and source that stand beside counts. */
function besideText(value: Fields): readonly string[] {
  const period = fieldsOf(value.period ?? null);
  const parts: string[] = [];
  if (period.from)
    parts.push(t('ratio.between', { from: day(textOf(period.from)), to: day(textOf(period.to)) }));
  if (value.source) parts.push(textOf(value.source));
  return parts;
}

function documentText(value: Fields): string {
  if (value.shown === false) return t('document.not_shown');
  const parts = [value.kind, value.number, value.signer].map(textOf).filter((part) => part !== '');
  if (value.issued_on) parts.push(day(textOf(value.issued_on)));
  return parts.join(', ');
}

/** A draw so that anybody can repeat it. */
function drawText(value: Fields): string {
  const { size, frame, seed } = value;
  const told = t('sample.drawn', { size: Number(size), frame: whole(Number(frame)), seed: textOf(seed) });
  return [told, ...besideText(value)].join('; ');
}

/** The value of the cells beside an answer: a note, a reason, a label, a moment seen, a draw. */
export function plainText(part: string, value: Json): string {
  if (value === null) return t('answer.cleared');
  if (part === 'na') return t('na.with_reason', { reason: textOf(fieldsOf(value).reason) });
  if (part === 'deleted') return t('roster.deleted');
  if (part === 'sample') return drawText(fieldsOf(value));
  if (typeof value === 'object' && !isList(value)) return textOf(value.text);
  return /^\d{4}-\d{2}-\d{2}T/.test(textOf(value)) ? dayAndClock(textOf(value)) : textOf(value);
}
