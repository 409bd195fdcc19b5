// A visit in memory: the incremental fold must always equal a fold from scratch, whatever the server
// made of our own operations.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Projection } from '../../src/state/projection.ts';
import type { LogRow, OpRow } from '../../src/store/rows.ts';
import { countedId } from '../simulation/phone.ts';
import { VISIT } from '../simulation/server.ts';

let seq = 0;

function opRow(path: string, val: unknown, par: readonly string[] = [], op = countedId()): OpRow {
  const body = JSON.stringify({
    v: 1,
    op,
    visit: VISIT,
    chk: 'a'.repeat(64),
    kind: 'set',
    path,
    val,
    par,
    user: 'me',
    dev: 'd',
    t: { wall: '2026-11-22T10:00:00+07:00' },
    app: '0',
  });
  seq += 1;
  return { op, visit: VISIT, body, bh: '', seq, writer: 'w', ws: seq, seen: 0 };
}

function logged(n: number, row: OpRow, change: Partial<LogRow> = {}): LogRow {
  const { op, body, bh, writer, ws, visit } = row;
  const par = (JSON.parse(body) as { par: string[] }).par;
  const base = { recv: n, st: 'acc' as const, why: '', epar: par, prev: '', h: `h${n}`, sig: '' };
  return { n, op, body, bh, writer, ws, visit, actor: 'me', ...base, ...change };
}

const shown = (projection: Projection, path: string) =>
  (projection.cells.get(path) ?? []).map((head) => head.value);

test('an own operation becomes an entry without flickering', () => {
  const projection = new Projection('me');
  const row = opRow('item/a', 'yes');
  projection.add(row);
  expect(projection.cells.get('item/a')).toMatchObject([{ n: null, value: 'yes' }]);
  projection.update([logged(1, row)], []);
  expect(projection.cells.get('item/a')).toMatchObject([{ n: 1, value: 'yes' }]);
  expect(projection.entries).toHaveLength(1);
});

test('reported late: an operation already in the log is not added a second time', () => {
  const projection = new Projection('me');
  const row = opRow('item/a', 'yes');
  projection.update([logged(1, row)], []);
  projection.add(row);
  expect(projection.waiting).toEqual([]);
  expect(projection.entries).toHaveLength(1);
});

test('an operation the server held is withdrawn, and what it had replaced stands again', () => {
  const projection = new Projection('me');
  const first = opRow('item/a', 'yes');
  projection.update([logged(1, first)], []);
  const second = opRow('item/a', 'no', [first.op]);
  projection.add(second);
  expect(shown(projection, 'item/a')).toEqual(['no']);
  projection.update([logged(2, second, { st: 'held', why: 'NOT_MEMBER', epar: [] })], []);
  expect(shown(projection, 'item/a')).toEqual(['yes']);
});

test('other effective parents on the server: the fold follows the log', () => {
  const projection = new Projection('me');
  const a = opRow('item/a', 1);
  const b = opRow('item/a', 2);
  projection.update([logged(1, a), logged(2, b)], []);
  const both = opRow('item/a', 3, [a.op, b.op]);
  projection.add(both);
  expect(shown(projection, 'item/a').sort()).toEqual([2, 3]);
  projection.update([logged(3, both, { epar: [b.op] })], []);
  expect(shown(projection, 'item/a').sort()).toEqual([1, 3]);
});

test('a parent that arrives later changes how the outbox folds', () => {
  const projection = new Projection('me');
  const a = opRow('item/a', 'yes');
  const b = opRow('item/a', 'yes');
  const mine = opRow('item/a', 'no', [a.op, b.op]);
  projection.add(mine);
  projection.update([logged(1, a), logged(2, b)], [mine]);
  // Both parents are known and equal now: a correction by somebody who saw both replaces both.
  expect(shown(projection, 'item/a')).toEqual(['no']);
});

test('after a dropped log everything is built again', () => {
  const projection = new Projection('me');
  const a = opRow('item/a', 'yes');
  projection.update([logged(1, a)], []);
  projection.reset();
  projection.update([], [a]);
  expect(projection.cells.get('item/a')).toMatchObject([{ n: null, value: 'yes' }]);
});

test('step by step or all at once: the same cells', () => {
  const edit = fc.record({
    path: fc.constantFrom('item/a', 'item/b'),
    value: fc.constantFrom('yes', 'no', null),
    sees: fc.nat(3),
    mine: fc.boolean(),
    held: fc.boolean(),
    pullAfter: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 25 }), (edits) => {
      const stepwise = new Projection('me');
      const log: LogRow[] = [];
      let outbox: OpRow[] = [];
      let pulled = 0;
      const pull = () => {
        for (const row of outbox) {
          const held = (JSON.parse(row.body) as { val: unknown }).val === null;
          log.push(logged(log.length + 1, row, held ? { st: 'held', epar: [] } : {}));
        }
        outbox = [];
        stepwise.update(log.slice(pulled), outbox);
        pulled = log.length;
      };
      for (const each of edits) {
        const seen = (stepwise.cells.get(each.path) ?? []).slice(0, each.sees).map((head) => head.op);
        const row = opRow(each.path, each.value, seen.slice(0, 1));
        if (each.mine) {
          outbox.push(row);
          stepwise.add(row);
        } else log.push(logged(log.length + 1, row, { actor: 'other' }));
        if (each.pullAfter) pull();
      }
      pull();
      const atOnce = new Projection('me');
      atOnce.update(log, []);
      expect([...stepwise.cells].sort()).toEqual([...atOnce.cells].sort());
      expect(stepwise.contested).toEqual(atOnce.contested);
    }),
    { numRuns: 300 },
  );
});
