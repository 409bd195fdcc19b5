// What was found for an item, in one line: counted from the rows of a roster, else the answer itself.
import { ratio, whole } from '../components/format.ts';
import { valueText } from '../components/values.ts';
import type { ItemAnswer } from '../domain/answers.ts';
import type { Item } from '../domain/checklist.ts';
import type { Trace } from '../domain/scoring.ts';
import { t } from '../text/text.svelte.ts';

export function foundText(item: Item, answer: ItemAnswer, trace: Trace | undefined): string {
  const { observed, total, frame, size } = trace?.inputs ?? {};
  if (item.answer.type !== 'roster') return valueText(item.answer, answer.value.value);
  const counted = observed !== undefined && total !== undefined ? ratio(observed, total) : '';
  const drawn =
    size !== undefined && frame !== undefined ? t('sample.of_frame', { n: size, frame: whole(frame) }) : '';
  const rows = answer.rows.length > 0 && drawn === '' ? t('read.rows', { n: answer.rows.length }) : '';
  return (
    [rows, counted, drawn].filter((part) => part !== '').join(', ') ||
    valueText(item.answer, answer.value.value)
  );
}
