// What "all are fine" writes into a roster, and how acts are taken back: pure, on the domain's own reading.
import { describe, expect, it } from 'vitest';
import { type Cells as Answered, read } from '../../src/domain/answers.ts';
import type { Checklist, Item } from '../../src/domain/checklist.ts';
import type { Cells, Head } from '../../src/domain/operations.ts';
import { score } from '../../src/domain/scoring.ts';
import { rowsEdits } from '../../src/state/edits.ts';
import { filling, fineValue, markedField } from '../../src/state/filling.ts';
import { addedRows, lastStanding, takenBack, type Undoable, undoEdits } from '../../src/state/undoing.ts';

const vi = (text: string) => ({ vi: text });
const item = (counted: 'yes' | 'no'): Item => ({
  key: 'ban',
  text: vi('Biển'),
  points: 100,
  score: 'proportional',
  zero_total: 'not_applicable',
  answer: {
    type: 'roster',
    row: { label: vi('Bàn') },
    fields: [
      { key: 'ten', type: 'text', text: vi('Tên') },
      { key: 'co', type: 'yes_no', text: vi('Có biển') },
      { key: 'dung', type: 'yes_no', text: vi('Đúng'), when: { field: 'co', is: 'yes' } },
      { key: 'moi', type: 'yes_no', text: vi('Mới'), when: { field: 'dung', is: 'yes' } },
    ],
    ratio: { counts: { field: 'co', is: counted } },
  },
});
const checklist = (only: Item): Checklist => ({
  slug: 'thu',
  version: 1,
  title: vi('Thử'),
  effective_from: '2026-01-01',
  sections: [{ key: 's', title: vi('S'), items: [only] }],
});
const head = (op: string, value: Head['value']): Head => ({
  op,
  value,
  actor: 'a',
  kind: 'set',
  n: null,
  wall: '',
  receivedAt: null,
  reason: null,
  adoptedBy: null,
});
const cellsOf = (values: Readonly<Record<string, Head['value']>>): Cells =>
  new Map(Object.entries(values).map(([path, value], n) => [`item/ban/row/${path}`, [head(`o${n}`, value)]]));

function filled(only: Item, cells: Answered) {
  const answers = read(checklist(only), cells);
  const rows = answers.items.get('ban')?.rows ?? [];
  return filling(only, rows, score(checklist(only), answers)).map(({ path, value }) => [
    path.split('/').slice(-2).join('/'),
    value,
  ]);
}

describe('all are fine', () => {
  it('fills every empty yes/no cell, also those asked only after another was filled', () => {
    expect(filled(item('yes'), cellsOf({ 'r/label': 'Bàn 1' }))).toEqual([
      ['r/co', 'yes'],
      ['r/dung', 'yes'],
      ['r/moi', 'yes'],
    ]);
  });

  it('leaves what is answered or contested alone, and fills the rest of such a row', () => {
    const cells = new Map(cellsOf({ 'r/label': 'Bàn 1', 'r/co': 'no', 's/label': 'Bàn 2', 's/co': 'yes' }));
    cells.set('item/ban/row/t/co', [head('x', 'yes'), head('y', 'no')]);
    cells.set('item/ban/row/t/dung', [head('z', 'no')]);
    expect(filled(item('yes'), cells)).toEqual([
      ['s/dung', 'yes'],
      ['s/moi', 'yes'],
    ]);
  });

  it('means "no" where the roster counts the rows that say no', () => {
    expect(filled(item('no'), cellsOf({ 'r/label': 'Bàn 1' }))).toEqual([['r/co', 'no']]);
  });

  it('marks exceptions by the counted field', () => {
    const { answer } = item('yes');
    if (answer.type !== 'roster') throw new Error('roster');
    expect(markedField(answer)?.key).toBe('co');
    expect(markedField({ ...answer, fields: answer.fields.slice(0, 1) })).toBeNull();
    expect(fineValue(answer, answer.fields[1]!)).toBe('yes');
  });
});

describe('an act', () => {
  const step: Undoable = {
    path: 'item/ban/row/r/co',
    cells: [
      { op: 'n1', path: 'item/ban/row/r/co', before: null, replaced: undefined },
      { op: 'n2', path: 'item/ban/row/s/co', before: 'no', replaced: 'o9' },
    ],
    rows: [],
  };
  const cells = (second: readonly Head[]): Cells =>
    new Map([
      ['item/ban/row/r/co', [head('n1', 'yes')]],
      ['item/ban/row/s/co', second],
    ]);

  it('is taken back as one, but for cells somebody has answered since', () => {
    const written = undoEdits(step, cells([head('n2', 'yes')]));
    expect(written.map(({ kind, path, value, parents }) => [kind, path, value, parents])).toEqual([
      ['clear', 'item/ban/row/r/co', null, ['n1']],
      ['set', 'item/ban/row/s/co', 'no', ['n2']],
    ]);
    expect(undoEdits(step, cells([head('other', 'no')])).map(({ path }) => path)).toEqual([
      'item/ban/row/r/co',
    ]);
    expect(lastStanding([step], cells([head('other', 'no')]))).toBe(step);
    expect(lastStanding([step], new Map([['item/ban/row/r/co', [head('other', 'no')]]]))).toBeNull();
  });

  it('before it can be taken back in turn: its operation was replaced by that of the undo', () => {
    const first: Undoable = {
      path: 'item/ban/row/s/co',
      cells: [{ op: 'o9', path: 'item/ban/row/s/co', before: null, replaced: undefined }],
      rows: [],
    };
    const [left, ...none] = takenBack([first, step], step, new Map([['item/ban/row/s/co', 'back']]));
    expect(none).toEqual([]);
    expect(undoEdits(left!, cells([head('back', 'no')])).map(({ parents }) => parents)).toEqual([['back']]);
  });

  it('that added rows deletes them while nothing stands in them but what made them', () => {
    const none: Cells = new Map([['item/ban', [head('none', 'none')]]]);
    const edits = rowsEdits(
      none,
      'ban',
      [
        { uuid: 'r', label: ' Bàn 1 ' },
        { uuid: 's', label: 'Bàn 2' },
      ],
      'U',
    );
    expect(edits.map(({ path, value }) => [path, value])).toEqual([
      ['item/ban', null],
      ['item/ban/row/r/order', 'V'],
      ['item/ban/row/r/label', 'Bàn 1'],
      ['item/ban/row/s/order', 'W'],
      ['item/ban/row/s/label', 'Bàn 2'],
    ]);
    const ops = ['p0', 'p1', 'p2', 'p3', 'p4'];
    const added: Undoable = { path: 'item/ban', cells: [], rows: addedRows('ban', edits, ops) };
    expect(added.rows.map(({ row, ops: made }) => [row, made])).toEqual([
      ['r', ['p1', 'p2']],
      ['s', ['p3', 'p4']],
    ]);
    const standing: Map<string, readonly Head[]> = new Map(
      edits.map(({ path, value }, n) => [path, [head(ops[n]!, value)]]),
    );
    standing.set('item/ban/row/s/co', [head('q', 'yes')]);
    const taken = undoEdits(added, standing);
    expect(taken.map(({ path, value }) => [path, value])).toEqual([
      ['item/ban/row/r/deleted', { seen: ['p1', 'p2'] }],
    ]);
    standing.set('item/ban/row/s/co', [head('q', null)]);
    standing.set('item/ban/row/r/deleted', [head('d', { seen: ['p1', 'p2'] })]);
    expect(undoEdits(added, standing).map(({ path }) => path)).toEqual(['item/ban/row/s/deleted']);
  });
});
