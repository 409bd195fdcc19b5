// The store on a real IndexedDB implementation: what is durable, what moves together, what repeats safely.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import { blobOf, readsBack, uploadsOf } from '../../src/store/blobs.ts';
import { durably, isQuotaError, UserDatabase } from '../../src/store/database.ts';
import { Device } from '../../src/store/device.ts';
import { draftsOf, saveDraft } from '../../src/store/drafts.ts';
import { acceptOwnView, appendEntries, cursorOf, dropLog, entriesOf } from '../../src/store/log.ts';
import { saveManifest, storedVisits } from '../../src/store/manifest.ts';
import { counts, mint, outbox, ownOps, waitingCount } from '../../src/store/ops.ts';
import { START, type VisitRow } from '../../src/store/rows.ts';
import { isSafe } from '../../src/store/safety.ts';
import { requestPersistence, storageEstimate } from '../../src/store/storage.ts';
import { entryOf, minted, photo } from '../examples.ts';

let database: UserDatabase;

beforeEach(() => {
  // A fresh, empty browser for every test.
  Dexie.dependencies.indexedDB = new IDBFactory();
  database = new UserDatabase('user-a');
});

describe('minting', () => {
  test('asks for strict durability', async () => {
    const asked: (string | undefined)[] = [];
    const open = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (mode === 'readwrite') asked.push(options?.durability);
      return open.call(this, names, mode, options);
    };
    await mint(database, { ops: [minted('o1')] }, 'w');
    IDBDatabase.prototype.transaction = open;
    expect(asked).toEqual(['strict']);
  });

  test('survives closing and opening the database', async () => {
    await mint(database, { ops: [minted('o1'), minted('o2')] }, 'w');
    database.close();
    const again = new UserDatabase('user-a');
    expect((await outbox(again, 'v')).map((row) => [row.op, row.ws])).toEqual([
      ['o1', 1],
      ['o2', 2],
    ]);
    await mint(again, { ops: [minted('o3')] }, 'another-writer');
    expect((await ownOps(again, 'v')).map((row) => [row.writer, row.ws, row.seq])).toEqual([
      ['w', 1, 1],
      ['w', 2, 2],
      ['w', 3, 3],
    ]);
  });

  test('repeating a transaction that had completed mints nothing twice', async () => {
    await mint(database, { ops: [minted('o1')] }, 'w');
    const [row] = await mint(database, { ops: [minted('o1')] }, 'w');
    expect(row?.ws).toBe(1);
    expect(await waitingCount(database)).toBe(1);
    await mint(database, { ops: [minted('o2')] }, 'w');
    expect((await outbox(database, 'v')).map((each) => each.ws)).toEqual([1, 2]);
  });

  test('a photo and its operation are stored together or not at all', async () => {
    const add = database.blobs.add.bind(database.blobs);
    database.blobs.add = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const failing = mint(database, { ops: [minted('o1')], blob: photo }, 'w');
    await expect(failing).rejects.toSatisfy(isQuotaError);
    expect(await ownOps(database, 'v')).toEqual([]);
    database.blobs.add = add;
    await mint(database, { ops: [minted('o1')], blob: photo }, 'w');
    expect((await uploadsOf(database, 'v')).map((row) => row.present)).toEqual([0]);
    expect(await counts(database, 'v')).toEqual({ total: 1, seen: 0 });
  });

  test('a draft disappears in the transaction that makes it an operation', async () => {
    await saveDraft(database, { visit: 'v', path: 'item/a/note', text: 'đang viết' });
    await mint(database, { ops: [minted('o1')], settledDrafts: ['item/a/note'] }, 'w');
    expect(await draftsOf(database, 'v')).toEqual([]);
  });
});

describe('the log', () => {
  test('a stale page changes nothing: neither entries nor the cursor move back', async () => {
    await appendEntries(database, 'v', START, [entryOf(1, 'a'), entryOf(2, 'b')]);
    await appendEntries(database, 'v', { n: 2, h: 'h2' }, [entryOf(3, 'c')]);
    const stale = await appendEntries(database, 'v', START, [entryOf(1, 'x')]);
    expect(stale.stored).toBe(false);
    expect(await cursorOf(database, 'v')).toEqual({ n: 3, h: 'h3' });
    expect((await entriesOf(database, 'v')).map((row) => row.op)).toEqual(['a', 'b', 'c']);
  });

  test('entries and cursor move together: a failing cursor leaves no entry', async () => {
    const put = database.meta.put.bind(database.meta);
    database.meta.put = () => {
      throw new Error('boom');
    };
    await expect(appendEntries(database, 'v', START, [entryOf(1, 'a')])).rejects.toThrow('boom');
    database.meta.put = put;
    expect(await entriesOf(database, 'v')).toEqual([]);
    expect(await cursorOf(database, 'v')).toEqual(START);
  });

  test('an own operation leaves the outbox only with its very bytes', async () => {
    await mint(database, { ops: [minted('o1'), minted('o2')] }, 'w');
    const { reused } = await appendEntries(database, 'v', START, [
      entryOf(1, 'o1'),
      { ...entryOf(2, 'o2'), bh: 'other' },
    ]);
    expect(reused.map((row) => row.op)).toEqual(['o2']);
    expect((await outbox(database, 'v')).map((row) => row.op)).toEqual(['o2']);
  });
});

describe('blobs', () => {
  const hash = async (bytes: ArrayBuffer) => (new Uint8Array(bytes)[0] === 1 ? 's' : 'other');

  test('are read back before they count as saved', async () => {
    await mint(database, { ops: [minted('o1')], blob: photo }, 'w');
    expect(await readsBack(database, photo, hash)).toBe(true);
    await database.blobs.put({ ...photo, bytes: new Uint8Array([9, 2, 3]).buffer });
    expect(await readsBack(database, photo, hash)).toBe(false);
    await database.blobs.put({ ...photo, bytes: new ArrayBuffer(0) });
    expect(await readsBack(database, photo, hash)).toBe(false);
    await database.blobs.clear();
    expect(await blobOf(database, 'v', 's')).toBeUndefined();
    expect(await readsBack(database, photo, hash)).toBe(false);
  });
});

describe('a lost database connection', () => {
  test('is opened again once and the work repeated', async () => {
    let calls = 0;
    const result = await durably(database, async () => {
      calls += 1;
      if (calls === 1)
        throw Object.assign(new Error('Connection to Indexed Database server lost'), {
          name: 'UnknownError',
        });
      return database.meta.count();
    });
    expect([result, calls]).toEqual([0, 2]);
  });

  test('other failures are not repeated, and a second loss is reported', async () => {
    let calls = 0;
    const fail = (name: string) => async () => {
      calls += 1;
      throw Object.assign(new Error(name), { name });
    };
    await expect(durably(database, fail('DataError'))).rejects.toThrow('DataError');
    expect(calls).toBe(1);
    await expect(durably(database, fail('UnknownError'))).rejects.toThrow('UnknownError');
    expect(calls).toBe(3);
  });
});

describe('the device', () => {
  const user = (id: string) => ({ id, login: id, name: `Cán bộ ${id}`, device: null });

  test('remembers who is signed in, and that others have work waiting', async () => {
    const device = new Device();
    expect(await device.current()).toBeNull();
    await device.setCurrent(user('user-a'));
    await mint(database, { ops: [minted('o1')] }, 'w');
    await device.signOut();
    expect(await device.current()).toBeNull();
    await device.setCurrent(user('user-b'));
    expect((await device.current())?.id).toBe('user-b');
    expect(await device.waiting('user-b')).toEqual([
      { name: 'Cán bộ user-a', ops: 1, photos: 0, readable: true },
    ]);
    expect(await device.waiting('user-a')).toEqual([]);
    expect((await device.byLogin('user-a'))?.name).toBe('Cán bộ user-a');
    expect((await device.byLogin(' User-A '))?.name, 'the server folds it').toBe('Cán bộ user-a');
  });

  test("one person's operations are not in another person's database", async () => {
    await mint(database, { ops: [minted('o1')] }, 'w');
    expect(await waitingCount(new UserDatabase('user-b'))).toBe(0);
  });
});

test('a visit that left the manifest stays, marked as gone, and as cancelled where nobody left it', async () => {
  const visit = (id: string, order: number): VisitRow => ({
    id,
    role: 'member',
    state: 'open',
    chk: 'c',
    unitName: id,
    unitKind: 'ward',
    unitParent: '',
    delegation: '',
    campaignName: '',
    plannedOn: '2026-11-22',
    title: '',
    members: [],
    headN: 0,
    order,
    gone: false,
  });
  await saveManifest(database, [visit('v1', 0), visit('v2', 1), visit('v3', 2)], 1);
  await saveManifest(database, [visit('v2', 0)], 2, { left: ['v3'] });
  const { visits, fetchedAt } = await storedVisits(database);
  expect(visits.map((each) => [each.id, each.gone, each.cancelled]).sort()).toEqual([
    ['v1', true, true],
    ['v2', false, undefined],
    ['v3', true, false],
  ]);
  expect(fetchedAt).toBe(2);
  // Let in again before the start of a surprise that was opened here by its code.
  await saveManifest(database, [visit('v2', 0)], 3, { sealed: [{ id: 'v3', plannedOn: '2026-11-30' }] });
  const again = (await storedVisits(database)).visits.find((each) => each.id === 'v3');
  expect([again?.gone, again?.cancelled]).toEqual([false, false]);
});

test('what only the own view of somebody who is out proves is not in the backup for that', async () => {
  await saveManifest(database, [{ id: 'v', order: 0, safeN: 1 } as VisitRow], 1);
  await mint(database, { ops: [minted('o1'), minted('o2')] }, 'w');
  await appendEntries(database, 'v', START, [entryOf(1, 'o1')]);
  await saveManifest(database, [], 2);
  await acceptOwnView(database, 'v', [entryOf(1, 'o1'), entryOf(2, 'o2')]);
  expect(await counts(database, 'v')).toEqual({ total: 2, seen: 2 });
  expect(await isSafe(database, 'v', 'a')).toBe(false);
  await saveManifest(database, [], 3, { left: ['v'], own: new Map([['v', { safeN: 1 }]]) });
  expect(await isSafe(database, 'v', 'a')).toBe(false);
  await saveManifest(database, [], 4, { left: ['v'], own: new Map([['v', { safeN: 2 }]]) });
  expect(await isSafe(database, 'v', 'a')).toBe(true);
  await saveManifest(database, [], 5, { left: ['v'] }); // a server that does not tell takes nothing back
  expect(await isSafe(database, 'v', 'a')).toBe(true);
  await appendEntries(database, 'v', { n: 1, h: 'h1' }, [entryOf(2, 'o2')]); // a member again
  await saveManifest(database, [{ id: 'v', order: 0, safeN: 1 } as VisitRow], 6);
  expect(await isSafe(database, 'v', 'a')).toBe(false);
});

test('numbers of a history that the server no longer has say nothing of its backup', async () => {
  await saveManifest(database, [{ id: 'v', order: 0 } as VisitRow], 1);
  await mint(database, { ops: [minted('o1'), minted('o2')] }, 'w');
  await acceptOwnView(database, 'v', [entryOf(8, 'o1'), entryOf(9, 'o2')]);
  const told = async (safeN: number) => {
    await saveManifest(database, [], 2, { left: ['v'], own: new Map([['v', { safeN }]]) });
    return isSafe(database, 'v', 'a');
  };
  expect(await told(2)).toBe(false);
  await dropLog(database, 'v');
  expect(await told(9)).toBe(false); // nothing proves any more that the server has them
  await acceptOwnView(database, 'v', [entryOf(1, 'o1'), entryOf(2, 'o2')]);
  expect([await told(1), await told(2)]).toEqual([false, true]);
});

test('storage answers are unknown rather than wrong where the browser says nothing', async () => {
  expect(await requestPersistence(undefined)).toBeNull();
  expect(await storageEstimate({})).toEqual({ persisted: null, freeBytes: null, quotaBytes: null });
  const api = { persisted: async () => false, estimate: async () => ({ quota: 100, usage: 120 }) };
  expect(await storageEstimate(api)).toEqual({ persisted: false, freeBytes: 0, quotaBytes: 100 });
  const broken = { persist: async () => Promise.reject(new Error('no')) };
  expect(await requestPersistence(broken as never)).toBeNull();
});

test('work may be deleted only when the backup covers every own entry and photo', async () => {
  await saveManifest(database, [{ id: 'v', order: 0, safeN: 1 } as VisitRow], 1);
  expect(await isSafe(database, 'v', 'a')).toBe(true);
  await mint(database, { ops: [minted('o1')], blob: photo }, 'w');
  expect(await isSafe(database, 'v', 'a')).toBe(false);
  await appendEntries(database, 'v', START, [entryOf(1, 'o1')]);
  expect(await isSafe(database, 'v', 'a')).toBe(false); // the photo
  await database.uploads.update(['v', 's'], { present: 1 });
  expect(await isSafe(database, 'v', 'a')).toBe(false); // on the server, not in the backup
  await database.uploads.update(['v', 's'], { safe: 1 });
  expect(await isSafe(database, 'v', 'a')).toBe(true);
  await mint(database, { ops: [minted('o2')] }, 'w');
  await appendEntries(database, 'v', { n: 1, h: 'h1' }, [entryOf(2, 'o2')]);
  expect(await isSafe(database, 'v', 'a')).toBe(false); // beyond the safe mark
  expect(await isSafe(database, 'v', 'b')).toBe(true); // somebody else's matter
  await saveManifest(database, [{ id: 'v', order: 0, safeN: 2 } as VisitRow], 2);
  expect(await isSafe(database, 'v', 'a')).toBe(true);
});
