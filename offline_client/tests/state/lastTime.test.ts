// What a tap on "as last time" takes over: only what may stand here, and never over an answer.
import { describe, expect, it } from 'vitest';
import { type Cells, read } from '../../src/domain/answers.ts';
import type { Item } from '../../src/domain/checklist.ts';
import { takeover } from '../../src/state/lastTime.ts';
import type { LastTime } from '../../src/store/earlier.ts';

const vi = (text: string) => ({ vi: text });
const WAS: LastTime = { on: '2026-05-20', by: 'Cán bộ B', fails: false };
const item = (answer: Item['answer']): Item => ({
  key: 'x',
  text: vi('X'),
  answer,
  not_applicable: true,
});
const ROSTER = item({
  type: 'roster',
  row: { label: vi('Bàn') },
  fields: [{ key: 'co', type: 'yes_no', text: vi('Có') }],
});
const RATIO = item({
  type: 'ratio',
  observed: vi('Đúng hạn'),
  total: vi('Tổng'),
  period: true,
  source: true,
});

function answerOf(of: Item, cells: Readonly<Record<string, unknown>> = {}) {
  const heads = Object.entries(cells).map(([path, value], n) => [path, [{ op: `o${n}`, value }]]);
  const checklist = {
    slug: 's',
    version: 1,
    title: vi('S'),
    effective_from: '2026-01-01',
    sections: [{ key: 's', title: vi('S'), items: [of] }],
  };
  return read(checklist, new Map(heads as never) as Cells).items.get('x');
}

describe('as last time', () => {
  it('takes a value that may stand here over into an unanswered item', () => {
    const yesNo = item({ type: 'yes_no' });
    const was = { ...WAS, value: 'no' };
    expect(takeover(yesNo, answerOf(yesNo), was)).toEqual({ kind: 'value', path: 'item/x', value: 'no' });
    expect(takeover(yesNo, answerOf(yesNo, { 'item/x': null }), was)).not.toBeNull(); // taken back
    expect(takeover(yesNo, answerOf(yesNo), { ...WAS, value: 'có' })).toBeNull();
    expect(takeover(yesNo, answerOf(yesNo), WAS)).toBeNull();
  });

  it('never offers itself over an answer, an item that does not apply, or a disagreement', () => {
    const yesNo = item({ type: 'yes_no' });
    const was = { ...WAS, value: 'no' };
    expect(takeover(yesNo, answerOf(yesNo, { 'item/x': 'yes' }), was)).toBeNull();
    expect(takeover(yesNo, answerOf(yesNo, { 'item/x/na': { reason: 'Không có' } }), was)).toBeNull();
    const contested = answerOf(yesNo, { 'item/x': 'yes' });
    const twice = contested && { ...contested, value: { ...contested.value, value: null, contested: true } };
    expect(takeover(yesNo, twice, was)).toBeNull();
  });

  it('takes the reason why it did not apply', () => {
    const yesNo = item({ type: 'yes_no' });
    const taken = { kind: 'value', path: 'item/x/na', value: { reason: 'Không có' } };
    expect(takeover(yesNo, answerOf(yesNo), { ...WAS, na: 'Không có' })).toEqual(taken);
    const always = { ...yesNo, not_applicable: false };
    expect(takeover(always, answerOf(always), { ...WAS, na: 'Không có' })).toBeNull();
  });

  it('leaves last time’s period behind', () => {
    const value = { observed: 1, total: 2, source: 'Sổ', period: { from: '2026-01-01', to: '2026-03-31' } };
    expect(takeover(RATIO, answerOf(RATIO), { ...WAS, value })).toMatchObject({
      value: { observed: 1, total: 2, source: 'Sổ' },
    });
    expect(JSON.stringify(takeover(RATIO, answerOf(RATIO), { ...WAS, value }))).not.toContain('period');
  });

  it('of a roster takes the names of rows that are not there yet, and nothing they said', () => {
    const was = { ...WAS, rows: ['Bàn 1', 'Bàn  2'], counted: { observed: 1, total: 2 } };
    expect(takeover(ROSTER, answerOf(ROSTER), was)).toEqual({ kind: 'rows', labels: ['Bàn 1', 'Bàn  2'] });
    const one = answerOf(ROSTER, { 'item/x/row/11111111-0000-4000-8000-000000000000/label': 'bàn 2' });
    expect(takeover(ROSTER, one, was)).toEqual({ kind: 'rows', labels: ['Bàn 1'] });
    expect(takeover(ROSTER, answerOf(ROSTER, { 'item/x': 'none' }), was)).toBeNull();
    expect(takeover(ROSTER, answerOf(ROSTER), { ...WAS, value: 'none' })).toMatchObject({ value: 'none' });
  });
});
