// Own operations on a real IndexedDB implementation: which slot each has, in which order they go, what a repair moves.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserDatabase } from '../../src/store/database.ts';
import { draftsOf, saveDraft } from '../../src/store/drafts.ts';
import {
  counts,
  mint,
  opsFrom,
  outbox,
  ownOps,
  replaceReused,
  rewrap,
  slotOf,
  waitingCount,
} from '../../src/store/ops.ts';
import type { OpRow } from '../../src/store/rows.ts';
import { minted, photo } from '../examples.ts';

const row = (op: string, seq: number, writer: string, ws: number, seen: 0 | 1 = 0): OpRow => ({
  ...minted(op),
  seq,
  writer,
  ws,
  seen,
});
const upload = { visit: 'v', sha256: 's', size: 3, url: null, present: 0, refused: null } as const;
const ids = (rows: readonly OpRow[]) => rows.map((each) => each.op);
const slots = (rows: readonly OpRow[]) => rows.map((each) => `${each.op} ${each.writer}${each.ws}`);

let database: UserDatabase;

beforeEach(() => {
  Dexie.dependencies.indexedDB = new IDBFactory();
  database = new UserDatabase('user-a');
});

describe('minting', () => {
  test('writes down all that an operation is', async () => {
    const rows = await mint(database, { ops: [minted('a'), minted('b')] }, 'w');
    expect(rows).toEqual([row('a', 1, 'w', 1), row('b', 2, 'w', 2)]);
    expect(await ownOps(database, 'v')).toEqual(rows);
  });

  test('gives slots in each visit, and one order over all of them', async () => {
    await mint(database, { ops: [minted('a')] }, 'w');
    await mint(database, { ops: [minted('b', 'other')] }, 'x');
    await mint(database, { ops: [minted('c')] }, 'y');
    expect(await ownOps(database, 'v')).toEqual([row('a', 1, 'w', 1), row('c', 3, 'w', 2)]);
    expect(await ownOps(database, 'other')).toEqual([{ ...row('b', 2, 'x', 1), ...minted('b', 'other') }]);
    expect(await slotOf(database, 'v')).toEqual({ writer: 'w', ws: 2 });
    expect(await slotOf(database, 'other')).toEqual({ writer: 'x', ws: 1 });
    expect(await slotOf(database, 'neither')).toBeNull();
  });

  test('goes on where a database of before stands', async () => {
    await database.meta.bulkPut([
      { key: 'seq', value: 7 },
      { key: 'slot/v', value: { writer: 'w', ws: 4 } },
    ]);
    expect(await mint(database, { ops: [minted('a')] }, 'unused')).toEqual([row('a', 8, 'w', 5)]);
  });

  test('of what is there already and of what is not gives slots to the latter alone', async () => {
    await mint(database, { ops: [minted('a')] }, 'w');
    const rows = await mint(database, { ops: [minted('a'), minted('b')] }, 'w');
    expect(rows).toEqual([row('a', 1, 'w', 1), row('b', 2, 'w', 2)]);
  });

  test('of a photo owes its upload, and a second operation about it changes nothing of that', async () => {
    await mint(database, { ops: [minted('a')], blob: photo }, 'w');
    expect(await database.blobs.toArray()).toEqual([photo]);
    expect(await database.uploads.toArray()).toEqual([upload]);
    const sent = { ...upload, url: '/blobs/1', present: 1 as const };
    await database.uploads.put(sent);
    await mint(database, { ops: [minted('b')], blob: { ...photo, mime: 'image/png' } }, 'w');
    expect(await database.blobs.toArray()).toEqual([photo]);
    expect(await database.uploads.toArray()).toEqual([sent]);
  });

  test('of the taking away of a photo gives up what the server refused, that photo and no other', async () => {
    const refused = { ...upload, refused: 'IMAGE_REFUSED' };
    const others = [
      { ...refused, sha256: 't' },
      { ...refused, visit: 'other' },
    ];
    await database.uploads.bulkPut([refused, ...others]);
    await mint(database, { ops: [minted('a')] }, 'w');
    expect(await database.uploads.get(['v', 's'])).toEqual(refused);
    await mint(database, { ops: [minted('b')], detached: 's' }, 'w');
    expect(await database.uploads.get(['v', 's'])).toEqual({ ...refused, givenUp: 1 });
    expect(await database.uploads.get(['v', 't'])).toEqual(others[0]);
    expect(await database.uploads.get(['other', 's'])).toEqual(others[1]);
  });

  test('of the taking away of a photo still owes one that the server did not refuse', async () => {
    await database.uploads.put(upload);
    await mint(database, { ops: [minted('a')], detached: 's' }, 'w');
    expect(await database.uploads.toArray()).toEqual([upload]);
  });

  test('settles the drafts it was made of, those of its visit and no others', async () => {
    const draft = { visit: 'v', path: 'item/a', text: 'x' };
    const others = [
      { ...draft, path: 'item/b' },
      { ...draft, visit: 'other' },
    ];
    for (const each of [draft, ...others]) await saveDraft(database, each);
    await mint(database, { ops: [minted('a')], settledDrafts: ['item/a'] }, 'w');
    expect([...(await draftsOf(database, 'v')), ...(await draftsOf(database, 'other'))]).toEqual(others);
  });
});

describe('the outbox', () => {
  test('holds what the log does not show, of one visit', async () => {
    await database.ops.bulkPut([row('a', 1, 'w', 1, 1), row('b', 2, 'w', 2)]);
    await mint(database, { ops: [minted('c', 'other')] }, 'x');
    expect(ids(await outbox(database, 'v'))).toEqual(['b']);
    expect(ids(await ownOps(database, 'v'))).toEqual(['a', 'b']);
    expect(await counts(database, 'v')).toEqual({ total: 2, seen: 1 });
    expect(await waitingCount(database)).toBe(2);
  });

  test('goes by number within a writer, and the writer whose work is oldest goes first', async () => {
    // Keys of the table are ids, so nothing but the sorting gives these an order.
    const rows = [
      row('z1', 4, 'w', 1),
      row('a2', 3, 'w', 2),
      row('m1', 2, 'x', 1),
      row('b2', 9, 'x', 2),
      row('y1', 1, 'u', 7),
    ];
    await database.ops.bulkPut(rows);
    expect(slots(await outbox(database, 'v'))).toEqual(['y1 u7', 'm1 x1', 'b2 x2', 'z1 w1', 'a2 w2']);
    expect(ids(await ownOps(database, 'v'))).toEqual(['y1', 'm1', 'a2', 'z1', 'b2']);
  });
});

describe('what a gap asks for', () => {
  beforeEach(async () => {
    await database.ops.bulkPut([
      row('d', 1, 'w', 1, 1),
      row('c', 2, 'w', 2, 1),
      row('b', 3, 'w', 3),
      row('a', 4, 'w', 4),
      row('x', 5, 'x', 3),
    ]);
  });

  test('is all of that writer from there on, sent before or not', async () => {
    expect(slots(await opsFrom(database, 'v', 'w', 2))).toEqual(['c w2', 'b w3', 'a w4']);
    expect(slots(await opsFrom(database, 'v', 'x', 3))).toEqual(['x x3']);
  });

  test('is nothing where one of them is lost, or none is there', async () => {
    expect(await opsFrom(database, 'v', 'w', 5)).toEqual([]);
    expect(await opsFrom(database, 'v', 'x', 2)).toEqual([]);
    await database.ops.delete('b');
    expect(await opsFrom(database, 'v', 'w', 2)).toEqual([]);
    expect(slots(await opsFrom(database, 'v', 'w', 4))).toEqual(['a w4']);
  });
});

describe('re-wrapping', () => {
  test('numbers what waits anew under a new writer, oldest first, and changes nothing else', async () => {
    const sent = row('s', 1, 'w', 1, 1);
    await database.ops.bulkPut([sent, row('b', 3, 'w', 2), row('a', 4, 'w', 3), row('c', 2, 'x', 9)]);
    await mint(database, { ops: [minted('o', 'other')] }, 'w');
    const other = await ownOps(database, 'other');
    await rewrap(database, 'v', 'fresh');
    expect(await ownOps(database, 'v')).toEqual([
      sent,
      row('c', 2, 'fresh', 1),
      row('b', 3, 'fresh', 2),
      row('a', 4, 'fresh', 3),
    ]);
    expect(await ownOps(database, 'other')).toEqual(other);
    expect(await slotOf(database, 'other')).toEqual({ writer: 'w', ws: 1 });
    expect(await slotOf(database, 'v')).toEqual({ writer: 'fresh', ws: 3 });
  });

  test('goes on under the new writer', async () => {
    await mint(database, { ops: [minted('a')] }, 'w');
    await rewrap(database, 'v', 'fresh');
    await mint(database, { ops: [minted('b')] }, 'unused');
    expect(slots(await ownOps(database, 'v'))).toEqual(['a fresh1', 'b fresh2']);
  });

  test('with nothing waiting begins the new writer at its start', async () => {
    await rewrap(database, 'v', 'fresh');
    expect(await slotOf(database, 'v')).toEqual({ writer: 'fresh', ws: 0 });
  });
});

describe('an id that is taken', () => {
  test('is replaced with its body; place and slot stay, and it waits again', async () => {
    await database.ops.bulkPut([row('a', 1, 'w', 1, 1), row('b', 2, 'w', 2)]);
    await replaceReused(database, 'a', minted('z'));
    expect(await ownOps(database, 'v')).toEqual([row('z', 1, 'w', 1), row('b', 2, 'w', 2)]);
  });

  test('that is not here any more brings nothing into being', async () => {
    await mint(database, { ops: [minted('a')] }, 'w');
    await replaceReused(database, 'gone', minted('z'));
    expect(ids(await database.ops.toArray())).toEqual(['a']);
  });
});
