// The preview's visit in memory: made-up answers score as wished, and answers stay as long as the draft lets them.
import { describe, expect, it } from 'vitest';
import type { Checklist, Item } from '../../src/domain/checklist.ts';
import { PreviewVisit } from '../../src/preview/visit.svelte.ts';

const vi = (text: string) => ({ vi: text });
const scored = (key: string, answer: Item['answer'], more: Partial<Item> = {}): Item => ({
  key,
  text: vi(key),
  answer,
  points: 1_000,
  ...more,
});
const options = [
  { key: 'kem', text: vi('Kém'), points: 0 },
  { key: 'tot', text: vi('Tốt'), points: 1_000 },
];
const date = (key: string) => ({ key, type: 'date' as const, text: vi(key) });

const ITEMS: readonly Item[] = [
  scored('co', { type: 'yes_no' }),
  scored('nguoc', { type: 'yes_no', inverted: true }),
  scored('chon', { type: 'choice', choices: options }),
  scored('nhieu', { type: 'choices', choices: options }),
  scored(
    'ty-le',
    { type: 'ratio', observed: vi('a'), total: vi('b'), period: true, source: true },
    { score: 'proportional', zero_total: 'none' },
  ),
  scored(
    'dem',
    { type: 'number', unit: vi('lỗi'), min: 0, whole: true },
    { score: { deduct: { each: 100 } } },
  ),
  scored('van-ban', { type: 'document' }, { score: 'document' }),
  scored(
    'ban',
    {
      type: 'roster',
      row: { label: vi('Bàn') },
      fields: [{ key: 'bien', type: 'yes_no', text: vi('Biển') }],
      ratio: { counts: { field: 'bien', is: 'yes' } },
    },
    { score: 'proportional', zero_total: 'none' },
  ),
  scored(
    'ho-so',
    {
      type: 'roster',
      row: { label: vi('Hồ sơ') },
      fields: [date('tra'), date('hen')],
      ratio: { counts: { field: 'tra', not_after: 'hen' } },
    },
    { score: 'proportional', zero_total: 'none' },
  ),
];
const CHECKLIST: Checklist = {
  slug: 'thu',
  version: 1,
  title: vi('Thử'),
  effective_from: '2020-08-01',
  sections: [{ key: 's', title: vi('S'), items: ITEMS }],
};

function opened(checklist = CHECKLIST): PreviewVisit {
  const visit = new PreviewVisit();
  visit.show(checklist);
  return visit;
}

describe('example answers', () => {
  it('earn everything, or nothing, for every type of answer and rule', () => {
    const visit = opened();
    visit.fill('best');
    expect(visit.score.items.filter((trace) => trace.fails).map((trace) => trace.key)).toEqual([]);
    expect(visit.score.basisPoints).toBe(10_000);
    visit.fill('worst');
    expect(visit.score.items.filter((trace) => !trace.fails).map((trace) => trace.key)).toEqual([]);
    expect(visit.score.basisPoints).toBe(0);
    visit.fill(null);
    expect(visit.score.counts.unanswered).toBe(ITEMS.length);
  });
});

describe('a changed draft', () => {
  it('keeps the answers that still fit, and the others until they fit again', async () => {
    const visit = opened();
    await visit.edit('item/co', 'no');
    await visit.edit('item/chon', 'tot');
    const [first, second, ...rest] = ITEMS as [Item, Item, ...Item[]];
    const changed = { ...first, points: 500 };
    const other = rest.map((item) => (item.key === 'chon' ? scored('chon', { type: 'date' }) : item));
    visit.show({
      ...CHECKLIST,
      sections: [{ key: 's', title: vi('S'), items: [changed, second, ...other] }],
    });
    expect(visit.heads('item/co')[0]?.value).toBe('no');
    expect(visit.score.items[0]?.fails).toBe(true);
    expect(visit.heads('item/chon')).toEqual([]);
    visit.show(CHECKLIST);
    expect(visit.heads('item/chon')[0]?.value).toBe('tot');
  });

  it('that cannot be shown leaves what was answered for the next one', async () => {
    const visit = opened();
    const [row = ''] = (await visit.addRows('ban', ['Bàn 1'])).rows;
    await visit.edit(`item/ban/row/${row}/bien`, 'yes');
    visit.show(null);
    expect(visit.shown).toBe('nothing');
    visit.show(CHECKLIST);
    expect(visit.answers.items.get('ban')?.rows.map((each) => each.label.value)).toEqual(['Bàn 1']);
    await visit.deleteRow('ban', row);
    expect(visit.answers.items.get('ban')?.rows).toEqual([]);
    await expect(visit.close()).rejects.toMatchObject({ name: 'NotSaved' });
  });
});
