// Every function of the store, under every single loss of the database connection: the result and what is
// stored are the same as without it; when the connection is lost twice, the caller hears it and nothing is half done.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBDatabase, IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as blobs from '../../src/store/blobs.ts';
import { UserDatabase } from '../../src/store/database.ts';
import { Device } from '../../src/store/device.ts';
import * as drafts from '../../src/store/drafts.ts';
import * as incidents from '../../src/store/incidents.ts';
import * as instance from '../../src/store/instance.ts';
import * as log from '../../src/store/log.ts';
import * as manifest from '../../src/store/manifest.ts';
import * as marks from '../../src/store/marks.ts';
import * as ops from '../../src/store/ops.ts';
import * as previous from '../../src/store/previous.ts';
import { START, type VisitRow } from '../../src/store/rows.ts';
import * as safety from '../../src/store/safety.ts';
import { entryOf, minted, photo } from '../examples.ts';
import { type Fault, underFault } from './faults.ts';

const entry = (n: number, id: string) =>
  entryOf(n, id, {
    body: `{"op":"${id}"}`,
    sig: 's',
    ...(n === 1 ? { st: 'held', prev: START.h } : {}),
  });
const upload = { visit: 'v', sha256: 's', size: 3, url: '/u', present: 1 as const, refused: null };
const visit = { id: 'v', order: 0, gone: false } as VisitRow;
const incident = { id: 'i', kind: 'rewrapped', at: '2026-11-22' } as const;
const counter = () => {
  let n = 0;
  return () => `fresh-${++n}`;
};

type Job = (database: UserDatabase) => Promise<unknown>;

/** Every exported function that works on a person's database; a test below counts them. */
const JOBS: Readonly<Record<string, Job>> = {
  blobOf: (db) => blobs.blobOf(db, 'v', 's'),
  readsBack: (db) => blobs.readsBack(db, photo, async () => 's'),
  uploadsOf: (db) => blobs.uploadsOf(db, 'v'),
  changeUpload: (db) => blobs.changeUpload(db, upload, { url: '/v' }),
  shrink: (db) => blobs.shrink(db, upload, new Uint8Array([9]).buffer),
  giveUp: (db) => blobs.giveUp(db, 'v', 's', 'chụp lại'),
  retryUpload: (db) => blobs.retryUpload(db, 'v', 's'),
  saveDraft: (db) => drafts.saveDraft(db, { visit: 'v', path: 'item/b', text: 'đang gõ' }),
  draftsOf: (db) => drafts.draftsOf(db, 'v'),
  discardDrafts: (db) => drafts.discardDrafts(db, 'v'),
  saveIncident: (db) => incidents.saveIncident(db, { ...incident, id: 'j' }),
  incidentsWaiting: (db) => incidents.incidentsWaiting(db),
  forgetIncidents: (db) => incidents.forgetIncidents(db, ['i']),
  instanceOf: (db) => instance.instanceOf(db, 'first'),
  waitingHere: (db) => instance.waitingHere(db),
  renewInstance: (db) => instance.renewInstance(db, counter()),
  cursorOf: (db) => log.cursorOf(db, 'v'),
  appendEntries: (db) => log.appendEntries(db, 'v', { n: 2, h: 'h2' }, [entry(3, 'o2')]),
  acceptOwnView: (db) => log.acceptOwnView(db, 'v', [entry(3, 'o2')]),
  dropLog: (db) => log.dropLog(db, 'v'),
  entriesOf: (db) => log.entriesOf(db, 'v'),
  newsAfter: (db) => log.newsAfter(db, 'v', 1),
  saveHeads: (db) => manifest.saveHeads(db, new Map([['v', { n: 4 }]]), 7),
  evidenceToOffer: (db) => log.evidenceToOffer(db, 'v', { pieces: 9, room: 1_000, offered: [], own: false }),
  evidenceToHandIn: (db) => log.evidenceToHandIn(db, 'v', { pieces: 9, room: 1_000, offered: [] }),
  heldOf: (db) => log.heldOf(db, 'v', () => true),
  hiddenFrom: (db) => log.hiddenFrom(db, 'v', 0),
  uncover: (db) => log.uncover(db, 'v', [entry(1, 'x')]),
  saveManifest: (db) => manifest.saveManifest(db, [{ ...visit, id: 'w' }], 5),
  noteManifest: (db) => manifest.noteManifest(db, 6),
  storedVisits: (db) => manifest.storedVisits(db),
  visitRow: (db) => manifest.visitRow(db, 'v'),
  saveChecklist: (db) => manifest.saveChecklist(db, { chk: 'c2', text: '{}' }),
  checklistText: (db) => manifest.checklistText(db, 'c'),
  lastOwnEntry: (db) => log.lastOwnEntry(db, 'v', 'a'),
  knownChecklists: (db) => manifest.knownChecklists(db),
  readMeta: (db) => manifest.readMeta(db, 'seq'),
  writeMeta: (db) => manifest.writeMeta(db, 'note', 1),
  mint: (db) =>
    ops.mint(
      db,
      { ops: [minted('o4'), minted('o5')], blob: { ...photo, sha256: 't' }, settledDrafts: ['item/a'] },
      'w',
    ),
  readMarks: (db) => marks.readMarks(db, 'read/v'),
  saveMarks: (db) => marks.saveMarks(db, 'read/v', ['o1', 'o2']),
  outbox: (db) => ops.outbox(db, 'v'),
  ownOps: (db) => ops.ownOps(db, 'v'),
  opsFrom: (db) => ops.opsFrom(db, 'v', 'w', 2),
  rewrap: (db) => ops.rewrap(db, 'v', 'w2'),
  replaceReused: (db) => ops.replaceReused(db, 'o2', minted('o2b')),
  slotOf: (db) => ops.slotOf(db, 'v'),
  waitingCount: (db) => ops.waitingCount(db),
  counts: (db) => ops.counts(db, 'v'),
  previousOf: (db) => previous.previousOf(db, 'v'),
  savePrevious: (db) => previous.savePrevious(db, 'v', { digest: 'd2', at: 2, told: null }),
  savePreviousPicture: (db) => previous.savePreviousPicture(db, 'v', 'p2', photo.bytes),
  previousPictures: (db) => previous.previousPictures(db, 'v'),
  previousPicture: (db) => previous.previousPicture(db, 'v', 'p'),
  forgetPrevious: (db) => previous.forgetPrevious(db, 'v'),
  isSafe: (db) => safety.isSafe(db, 'v', 'a'),
  isAllSafe: (db) => safety.isAllSafe(db, 'a'),
};

/** The life that led there costs ten times what putting its rows back does. */
let life: Readonly<Record<string, unknown[]>> | undefined;

/** A phone with a visit in the middle of its life. */
async function prepared(): Promise<UserDatabase> {
  Dexie.dependencies.indexedDB = new IDBFactory();
  const db = new UserDatabase('user-a');
  if (life) {
    const rows = life;
    await db.transaction('rw', db.tables, () =>
      Promise.all(db.tables.map((table) => table.bulkAdd(rows[table.name] ?? []))),
    );
    return db;
  }
  await instance.instanceOf(db, 'first');
  await manifest.saveManifest(db, [visit], 1);
  await manifest.saveChecklist(db, { chk: 'c', text: '{}' });
  await ops.mint(db, { ops: [minted('o1'), minted('o2'), minted('o3')], blob: photo }, 'w');
  await log.appendEntries(db, 'v', START, [{ ...entry(1, 'x'), body: null }, entry(2, 'o1')]);
  await log.acceptOwnView(db, 'v', [entry(7, 'z2')]);
  await drafts.saveDraft(db, { visit: 'v', path: 'item/a', text: 'nháp' });
  await incidents.saveIncident(db, incident);
  await previous.savePrevious(db, 'v', { digest: 'd', at: 1, told: null });
  await previous.savePreviousPicture(db, 'v', 'p', photo.bytes);
  life = await dump();
  return db;
}

/** Everything in the database, read through a connection of its own. */
async function dump(): Promise<Record<string, unknown[]>> {
  const db = new UserDatabase('user-a');
  const tables = await Promise.all(db.tables.map(async (table) => [table.name, await table.toArray()]));
  db.close();
  return Object.fromEntries(tables);
}

const FAULTS: readonly Fault[] = ['request', 'begin', 'commit'];

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

test('every function of the store that works on a database is here', () => {
  const exported = [blobs, drafts, incidents, instance, log, manifest, marks, ops, previous, safety].flatMap(
    (module) =>
      Object.entries(module).flatMap(([name, value]) =>
        typeof value === 'function' && name !== 'picturesOf' ? [name] : [],
      ),
  );
  expect(Object.keys(JOBS).sort()).toEqual(exported.sort());
});

describe.each(Object.entries(JOBS))('%s', (_name, job) => {
  test.each(FAULTS)('gives the same under one lost %s, wherever it strikes', async (fault) => {
    const still = await prepared();
    const calm = await underFault(fault, Number.POSITIVE_INFINITY, () => job(still));
    const wanted = await dump();
    // Nobody waits for the end of a transaction that one read made for itself.
    if (fault !== 'commit') expect(calm.events).toBeGreaterThan(0);
    for (let at = 1; at <= calm.events; at += 1) {
      const db = await prepared();
      const { result } = await underFault(fault, at, () => job(db));
      expect(result).toEqual(calm.result);
      expect(await dump()).toEqual(wanted);
      db.close();
    }
  });

  test('lost for good, it raises, and what is stored is before or after, never between', async () => {
    const db = await prepared();
    const before = await dump();
    await job(db);
    const after = await dump();
    const again = await prepared();
    await expect(underFault('begin', 1, () => job(again), Number.POSITIVE_INFINITY)).rejects.toThrow();
    expect([before, after]).toContainEqual(await dump());
  });
});

test('many calls at once lose their connection together: one reopens, all succeed', async () => {
  const db = await prepared();
  const { result } = await underFault('begin', 2, () =>
    Promise.all(Array.from({ length: 12 }, (_each, k) => ops.mint(db, { ops: [minted(`p${k}`)] }, 'w'))),
  );
  expect(new Set(result.map(([row]) => row?.ws)).size).toBe(12);
});

test('the device database survives the same losses', async () => {
  for (const fault of FAULTS)
    for (let at = 1; at <= 3; at += 1) {
      Dexie.dependencies.indexedDB = new IDBFactory();
      const device = new Device();
      const user = { id: 'u', login: 'a', name: 'Cán bộ A', device: 'd', ticket: 't' };
      await device.setCurrent(user);
      await underFault(fault, at, async () => {
        await device.setCurrent({ ...user, ticket: null });
        await device.hold('u', { instance: 'i', minted: 3, waiting: 1, photos: 0 });
        expect(await device.current()).toEqual(user);
        expect(await device.holding('u')).toEqual({ instance: 'i', minted: 3, waiting: 1, photos: 0 });
      });
      device.close();
    }
});

test('every write of every function asks the browser to flush', async () => {
  const asked: string[] = [];
  life = undefined; // once more from the beginning, under this eye
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    if (mode === 'readwrite')
      asked.push((options as { durability?: string } | undefined)?.durability ?? 'default');
    return begin.call(this, names, mode, options);
  };
  try {
    for (const job of Object.values(JOBS)) await job(await prepared());
    const device = new Device();
    await device.setCurrent({ id: 'u', login: 'a', name: 'A', device: null });
    await device.hold('u', { instance: 'i', minted: 1, waiting: 0, photos: 0 });
  } finally {
    IDBDatabase.prototype.transaction = begin;
  }
  expect(asked.length).toBeGreaterThan(Object.keys(JOBS).length);
  expect(asked.filter((durability) => durability !== 'strict')).toEqual([]);
});
