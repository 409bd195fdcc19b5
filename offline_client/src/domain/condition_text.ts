// A `when` or `fails_when` table read aloud. Twin of condition_words in app/domain/checklist_text.py.
import { hundredthsText } from './answer_text.ts';
import {
  type Checklist,
  type Comparison,
  type Condition,
  type Item,
  items,
  type Typed,
} from './checklist.ts';

interface Named {
  readonly text: { readonly vi: string };
  readonly spec: Typed;
}

const VALUES: { readonly [typed: string]: string } = {
  'yes_no yes': '“Có”',
  'yes_no no': '“Không”',
  'document shown': '“xuất trình được”',
  'document not_shown': '“không xuất trình được”',
};

/** What a condition at an item may name: every item, and the fields of the item's own rows. */
export type Sources = ReadonlyMap<string, Named>;

export function sourcesAt(checklist: Checklist, item: Item): Sources {
  const known = items(checklist).map(({ key, text, answer }): [string, Named] => [
    `item/${key}`,
    { text, spec: answer },
  ]);
  const fields = item.answer.type === 'roster' ? item.answer.fields : [];
  return new Map([
    ...known,
    ...fields.map((field): [string, Named] => [`field/${field.key}`, { text: field.text, spec: field }]),
  ]);
}

export function conditionText(condition: Condition, known: Sources): string {
  if ('not' in condition) return `không phải (${conditionText(condition.not, known)})`;
  if ('all' in condition) return condition.all.map((each) => inner(each, known)).join(' và ');
  if ('any' in condition) return condition.any.map((each) => inner(each, known)).join(' hoặc ');
  return comparisonText(condition, known);
}

function inner(condition: Condition, known: Sources): string {
  const words = conditionText(condition, known);
  return 'all' in condition || 'any' in condition ? `(${words})` : words;
}

function comparisonText(comparison: Comparison, known: Sources): string {
  const { item, field, is, is_not, at_least, at_most } = comparison;
  const key = item === undefined ? `field/${field}` : `item/${item}`;
  const spec = known.get(key)?.spec;
  const text = known.get(key)?.text.vi ?? key;
  if (is !== undefined) return `“${text}” là ${valueText(spec, is)}`;
  if (is_not !== undefined) return `“${text}” khác ${valueText(spec, is_not)}`;
  if (comparison.in !== undefined) {
    return `“${text}” là một trong: ${comparison.in.map((each) => valueText(spec, each)).join(', ')}`;
  }
  const bound = at_least ?? at_most ?? 0;
  const shown = typeof bound === 'string' ? bound.split('-').reverse().join('/') : hundredthsText(bound);
  const unit = spec?.type === 'ratio' || spec?.type === 'roster' ? '%' : '';
  return at_least === undefined
    ? `“${text}” đến ${shown}${unit} trở xuống`
    : `“${text}” từ ${shown}${unit} trở lên`;
}

function valueText(spec: Typed | undefined, value: string): string {
  if (spec?.type === 'choice' || spec?.type === 'choices') {
    const option = spec.choices.find((each) => each.key === value);
    return option === undefined ? value : `“${option.text.vi}”`;
  }
  return VALUES[`${spec?.type} ${value}`] ?? value;
}
