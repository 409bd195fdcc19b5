// What the server holds and this phone cannot put into words: bytes that say nothing, and bodies of others.
import { expect, test } from 'vitest';
import { entryOfRow, heldOps, waitingHeld } from '../../src/state/history.ts';
import type { LogRow } from '../../src/store/rows.ts';
import { VISIT } from '../simulation/server.ts';

function held(n: number, content: Pick<LogRow, 'body' | 'body_b64'>): LogRow {
  const place = { n, op: `op-${n}`, visit: VISIT, actor: 'other', writer: 'w', ws: n, recv: n, epar: [] };
  return { ...place, ...content, st: 'held', why: 'BAD_VALUE', bh: '', prev: '', h: `h${n}`, sig: '' };
}

const rows = [held(1, { body: '[]' }), held(2, { body: null, body_b64: '7aCA' }), held(3, { body: null })];

test('a body that is here and says nothing is no hidden one: only that is kept from this person', () => {
  const found = heldOps(rows.map(entryOfRow), 'me', () => false, null);
  expect(found.map(({ path, hidden }) => [path, hidden])).toEqual([
    ['', false],
    ['', false],
    ['', true],
  ]);
});

test('the list of visits counts what cannot be read, and not what is hidden from this person', () => {
  expect(waitingHeld(rows, [], 'me').map(({ op }) => op)).toEqual(['op-1', 'op-2']);
});
