// @vitest-environment ./tests/environment.ts
// The engine as the screens use it, on a real IndexedDB implementation and a server of the
// specification: sign in once, then work without a network, survive restarts, merge, close and sign.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { canonical } from '../../src/domain/wire.ts';
import { FieldApp } from '../../src/state/app.svelte.ts';
import type { OpenVisit, Photo } from '../../src/state/interface.ts';
import { UserDatabase } from '../../src/store/database.ts';
import { Api } from '../../src/sync/api.ts';
import { hex, SERVER_NOW, SimulatedServer, VISIT } from '../simulation/server.ts';

const CHECKLIST = {
  slug: 'thu',
  version: 1,
  title: { vi: 'Phiếu thử' },
  effective_from: '2026-01-01',
  scale: 10_000,
  grades: [
    { key: 'tot', at_least: 9_000, label: { vi: 'Tốt' } },
    { key: 'yeu', at_least: 0, label: { vi: 'Yếu' } },
  ],
  sections: [
    {
      key: 'mot',
      title: { vi: 'Một' },
      items: [
        { key: 'bien', text: { vi: 'Có biển' }, answer: { type: 'yes_no' }, points: 1_000 },
        { key: 'the', text: { vi: 'Có thẻ' }, answer: { type: 'yes_no' }, points: 1_000 },
        {
          key: 'ban',
          text: { vi: 'Các bàn' },
          answer: {
            type: 'roster',
            row: { label: { vi: 'Bàn' } },
            fields: [{ key: 'co', type: 'yes_no', text: { vi: 'Có' } }],
          },
        },
      ],
    },
  ],
};
const TEXT = canonical(CHECKLIST);
const STROKES = { name: 'Cán bộ A', title: 'Trưởng đoàn', strokes: 'M0 0L10 10' };

/** A corrected version: the badge is asked about no more, something else is. */
function publishNewer(): string {
  const [section] = CHECKLIST.sections;
  const asked = { key: 'moi', text: { vi: 'Có sổ' }, answer: { type: 'yes_no' }, points: 1_000 };
  const kept = section?.items.filter((item) => item.key !== 'the') ?? [];
  const text = canonical({ ...CHECKLIST, version: 2, sections: [{ ...section, items: [...kept, asked] }] });
  server.checklists.set(hex(text), text);
  return hex(text);
}

let server: SimulatedServer;
let phones: IDBFactory[];
let apps: FieldApp[];

/** A browser with its own storage (reused when given again) and its own cookie. */
function browser(storage = new IDBFactory()) {
  phones.push(storage);
  let cookie: string | null = null;
  const api = new Api(async (input, init) => {
    server.signedIn = cookie;
    try {
      return await server.fetch(input, init);
    } finally {
      cookie = server.signedIn;
    }
  });
  return {
    storage,
    expire: () => {
      cookie = null;
    },
    /** Starts the app as a page load does. Databases open at once, so each start is awaited. */
    async start(): Promise<FieldApp> {
      Dexie.dependencies.indexedDB = storage;
      const app = new FieldApp({ api, partition: { exclusive: (work) => work() } });
      apps.push(app);
      await app.session.start();
      return app;
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (await condition()) return;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error('did not happen');
}

async function signedIn(login: string, phone = browser()): Promise<{ app: FieldApp; visit: OpenVisit }> {
  const app = await phone.start();
  expect(await app.session.signIn(login, 'right')).toEqual({ ok: true });
  await until(() => app.visits.list[0]?.ready === true);
  return { app, visit: await app.openVisit(VISIT) };
}

/** Everybody syncs until nothing moves any more. */
async function settle(...all: FieldApp[]): Promise<void> {
  for (let pass = 0; pass < 2; pass += 1) for (const app of all) await app.sync.now();
  await until(() => all.every((app) => app.sync.serverHas === app.sync.total));
  await new Promise((done) => setTimeout(done, 30));
}

const heads = (visit: OpenVisit, path: string) => visit.heads(path).map((head) => head.op);
const offline = () => {
  server.before = () => {
    throw new TypeError('network');
  };
};
const online = () => {
  server.before = () => undefined;
};

beforeEach(() => {
  server = new SimulatedServer();
  server.signedIn = null;
  server.checklists.set(hex(TEXT), TEXT);
  phones = [];
  apps = [];
});

afterEach(async () => {
  online();
  for (const app of apps) {
    server.signedIn = null;
    await app.session.signOut({ evenUnsent: true });
  }
});

describe('signing in', () => {
  test('a wrong password changes nothing', async () => {
    const app = await browser().start();
    expect(app.session.status).toBe('signed_out');
    expect(await app.session.signIn('a', 'wrong')).toEqual({ ok: false, code: 'wrong_password' });
    expect(app.session.status).toBe('signed_out');
    offline();
    expect(await app.session.signIn('a', 'right')).toEqual({ ok: false, code: 'offline' });
  });

  test('once signed in, the app starts without a network and a visit opens', async () => {
    const phone = browser();
    const { app, visit } = await signedIn('a', phone);
    await visit.edit('item/bien', 'yes', []);
    await settle(app);
    offline();
    const again = await phone.start();
    expect(again.session.status).toBe('signed_in');
    expect(again.session.user?.name).toBe('Cán bộ A');
    expect(again.visits.list[0]).toMatchObject({ unitName: 'Phường A', ready: true, role: 'lead' });
    const opened = await again.openVisit(VISIT);
    expect(opened.authors('item/bien')).toMatchObject([{ name: 'Cán bộ A', value: 'yes', pending: false }]);
  });

  test('an expired session: work goes on, nothing is lost, the same person continues', async () => {
    const phone = browser();
    const { app, visit } = await signedIn('a', phone);
    phone.expire();
    await visit.edit('item/bien', 'yes', []);
    await app.sync.now();
    expect(app.session.needsLogin).toBe(true);
    expect(app.sync.problem).toBe('login');
    await until(() => visit.sync.total === 1);
    expect(visit.sync.serverHas).toBe(0);
    expect(await app.session.signIn('b', 'right')).toEqual({ ok: false, code: 'other_user' });
    expect(server.log.entries).toEqual([]);
    expect(await app.session.signIn('a', 'right')).toEqual({ ok: true });
    await settle(app);
    expect(app.session.needsLogin).toBe(false);
    expect(server.log.entries).toHaveLength(1);
    expect(app.sync.problem).toBeNull();
  });

  test("another person's session in the same browser carries nothing of ours", async () => {
    const phone = browser();
    const { app, visit } = await signedIn('a', phone);
    await settle(app);
    // Somebody signs in on the desk, in the same browser.
    const before = server.fetch;
    server.fetch = (input, init) => {
      server.signedIn = 'user-b';
      return before(input, init);
    };
    await visit.edit('item/bien', 'yes', []);
    await app.sync.now();
    expect(server.log.entries).toEqual([]);
    expect(app.session.needsLogin).toBe(true);
    server.fetch = before;
  });

  test('signing out is refused while something is unsent, and keeps it locked when insisted on', async () => {
    const phone = browser();
    const { app, visit } = await signedIn('a', phone);
    offline();
    await visit.edit('item/bien', 'yes', []);
    expect(await app.session.signOut()).toBe('unsent');
    expect(app.session.status).toBe('signed_in');
    expect(await app.session.signOut({ evenUnsent: true })).toBe('done');
    expect(app.session.waitingForOthers).toEqual([{ name: 'Cán bộ A', ops: 1, photos: 0, readable: true }]);
    online();
    const again = await signedIn('a', phone);
    await settle(again.app);
    expect(server.log.entries).toHaveLength(1);
  });
});

describe('writing', () => {
  test('an edit is durable, shown at once, and counted honestly', async () => {
    const { app, visit } = await signedIn('a');
    offline();
    const { op } = await visit.edit('item/bien', 'yes', []);
    expect(visit.state).toBe('open');
    expect(heads(visit, 'item/bien')).toEqual([op]);
    expect(visit.score.basisPoints).toBe(5_000);
    await until(() => visit.sync.total === 1);
    expect(visit.sync.serverHas).toBe(0);
    online();
    await settle(app);
    expect(visit.sync).toMatchObject({ serverHas: 1, total: 1, problem: null });
    expect(visit.sync.at).not.toBeNull();
    expect(visit.authors('item/bien')).toMatchObject([{ pending: false, mine: true }]);
  });

  test('editing one cell again and again stays one answer', async () => {
    const { app, visit } = await signedIn('a');
    let seen: string[] = [];
    for (const value of ['yes', 'no', 'yes', null, 'no'])
      seen = [(await visit.edit('item/bien', value, seen)).op];
    await settle(app);
    expect(visit.heads('item/bien')).toMatchObject([{ value: 'no' }]);
    expect(visit.contested).toEqual([]);
    expect(server.log.entries).toHaveLength(5);
  });

  test('what the server would only hold is refused here, and nothing is stored', async () => {
    const { visit } = await signedIn('a');
    await expect(visit.edit('item/bien', 'maybe', [])).rejects.toMatchObject({ code: 'bad_value' });
    await expect(visit.edit('item/khong-co', 'yes', [])).rejects.toMatchObject({ code: 'bad_value' });
    await expect(visit.resolve('item/bien', 'yes', '  ', ['x'])).rejects.toMatchObject({ code: 'bad_value' });
    await expect(visit.attachPhoto('item/bien', new Blob(['<svg/>']))).rejects.toMatchObject({
      code: 'not_an_image',
    });
    expect(visit.cells.size).toBe(0);
  });

  test('a photo is taken away and put back, each as an act of its own; its drawing keeps what it was made from', async () => {
    const { app, visit } = await signedIn('a');
    const place = { lat_e6: 21_138_000, lon_e6: 105_505_000, accuracy_m: 12 };
    const source = { sha256: 'a'.repeat(64), takenAt: new Date('2026-11-29T03:11:12Z'), place } as Photo;
    const drawing = new Blob(['drawn'], { type: 'image/jpeg' });
    const { photo } = await visit.attachPhoto('item/bien', drawing, {
      from: 'drawing',
      source,
      masked: true,
    });
    await visit.edit(`photo/${photo}/caption`, 'Bàn số 7', []);
    const shown = {
      id: photo,
      caption: 'Bàn số 7',
      place,
      madeFrom: { sha256: 'a'.repeat(64), masked: true },
    };
    expect(visit.photos('item/bien')).toMatchObject([shown]);
    await visit.detachPhoto(photo);
    expect(visit.photos('item/bien')).toEqual([]);
    expect(visit.undoable).toMatchObject({ path: 'item/bien' });
    await visit.undo();
    expect(visit.photos('item/bien')).toMatchObject([shown]);
    await settle(app);
    const kinds = server.log.entries.map(({ body }) => (JSON.parse(body ?? '{}') as { kind: string }).kind);
    expect(kinds).toEqual(['attach', 'set', 'detach', 'attach']);
    expect(server.log.entries.every(({ st }) => st === 'acc')).toBe(true);
  });

  test('poison text is repaired, not held', async () => {
    const { app, visit } = await signedIn('a');
    await visit.edit('item/bien/note', 'Thiếu \ud800biển\0 số 2', []);
    await settle(app);
    expect(visit.heads('item/bien/note')).toMatchObject([{ value: 'Thiếu \ufffdbiển số 2' }]);
    expect(server.log.entries).toMatchObject([{ st: 'acc' }]);
  });

  test('a photo is asked for room each time: text keeps its reserve', async () => {
    const { app, visit } = await signedIn('a');
    const photo = new Blob(['drawn'], { type: 'image/jpeg' });
    const source = { sha256: 'a'.repeat(64), takenAt: null, place: null } as unknown as Photo;
    const origin = { from: 'drawing', source, masked: false } as const;
    let usage = 900_000_000;
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 1_000_000_000, usage }) } });
    try {
      await visit.attachPhoto('item/bien', photo, origin);
      usage = 980_000_000;
      await expect(visit.attachPhoto('item/bien', photo, origin)).rejects.toMatchObject({ code: 'no_room' });
      expect(app.session.storage.mayTakePhotos).toBe(false);
      await visit.edit('item/bien', 'yes', []);
      usage = 900_000_000;
      await visit.attachPhoto('item/bien', photo, origin);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('a full phone says so and the answer does not appear', async () => {
    const { visit } = await signedIn('a');
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    await expect(visit.edit('item/bien', 'yes', [])).rejects.toMatchObject({
      name: 'NotSaved',
      code: 'quota',
    });
    IDBObjectStore.prototype.add = add;
    expect(visit.heads('item/bien')).toEqual([]);
    await visit.edit('item/bien', 'no', []);
    expect(visit.heads('item/bien')).toMatchObject([{ value: 'no' }]);
  });

  test('rows are added in order, deleted as shown, and come back when somebody edited meanwhile', async () => {
    const { app, visit } = await signedIn('a');
    const [row = ''] = (await visit.addRows('ban', ['Bàn 1'])).rows;
    await visit.addRows('ban', ['Bàn 2']);
    const labels = () => visit.answers.items.get('ban')?.rows.map((each) => each.label.value);
    expect(labels()).toEqual(['Bàn 1', 'Bàn 2']);
    await settle(app);
    const { app: other, visit: theirs } = await signedIn('b');
    await settle(other);
    await visit.deleteRow('ban', row);
    expect(labels()).toEqual(['Bàn 2']);
    await theirs.edit(`item/ban/row/${row}/co`, 'yes', []);
    await settle(app, other);
    expect(labels()).toEqual(['Bàn 1', 'Bàn 2']);
    expect(visit.answers.items.get('ban')?.rows[0]?.deletionContested).toBe(true);
    expect(visit.closeBlockers.map((blocker) => blocker.code)).toContain('contested');
  });

  test('what one tap filled is one transaction with an author per cell, and is taken back as one act', async () => {
    const { app, visit } = await signedIn('a');
    const { rows } = await visit.addRows('ban', ['Bàn 1', 'Bàn 2', 'Bàn 3']);
    const cells = rows.map((row) => `item/ban/row/${row}/co`);
    const said = () => cells.map((path) => visit.heads(path)[0]?.value ?? null);
    await visit.editAll(cells.map((path) => ({ path, value: 'yes', seen: [] })));
    const [first = ''] = cells;
    await visit.edit(first, 'no', [visit.heads(first)[0]?.op ?? '']);
    await settle(app);
    const { app: other, visit: theirs } = await signedIn('b');
    await settle(other);
    expect(said()).toEqual(['no', 'yes', 'yes']);
    expect(theirs.authors(first).map((author) => author.name)).toEqual([visit.me.name]);
    expect((await visit.undo())?.path).toBe(first);
    expect(said()).toEqual(['yes', 'yes', 'yes']);
    const wrong = [{ path: first, value: 'có', seen: [] }];
    await expect(
      visit.editAll([...wrong, { path: cells[1] ?? '', value: 'no', seen: [] }]),
    ).rejects.toMatchObject({
      code: 'bad_value',
    });
    expect(said()).toEqual(['yes', 'yes', 'yes']); // all or none
    expect((await visit.undo())?.cells).toHaveLength(3);
    expect(said()).toEqual([null, null, null]);
    await visit.undo();
    expect(visit.answers.items.get('ban')?.rows).toEqual([]);
    expect(await visit.undo()).toBeNull();
    await settle(app, other);
    expect(theirs.answers.items.get('ban')?.rows).toEqual([]);
  });

  test('a draft survives a crash and ends with the operation', async () => {
    const phone = browser();
    const { visit } = await signedIn('a', phone);
    visit.draft('item/bien/note', 'Đang viết dở');
    visit.leave();
    await new Promise((done) => setTimeout(done, 20));
    const again = await (await phone.start()).openVisit(VISIT);
    expect(again.draftOf('item/bien/note')).toBe('Đang viết dở');
    await again.edit('item/bien/note', 'Đã viết xong', []);
    expect(again.draftOf('item/bien/note')).toBeUndefined();
  });
});

describe('two people', () => {
  test('answers given without having seen each other are both shown; the lead ends it', async () => {
    const a = await signedIn('a');
    const b = await signedIn('b');
    await a.visit.edit('item/bien', 'yes', []);
    await b.visit.edit('item/bien', 'no', []);
    await settle(a.app, b.app);
    expect(a.visit.contested).toEqual(['item/bien']);
    expect(
      a.visit
        .authors('item/bien')
        .map((each) => each.name)
        .sort(),
    ).toEqual(['Cán bộ A', 'Cán bộ B']);
    expect(a.visit.score.provisional).toBe(true);
    const seen = heads(b.visit, 'item/bien');
    await expect(b.visit.resolve('item/bien', 'no', 'Đã xem lại', seen)).rejects.toMatchObject({
      code: 'not_allowed',
    });
    await a.visit.resolve('item/bien', 'no', 'Đã xem lại tại chỗ', heads(a.visit, 'item/bien'));
    await settle(a.app, b.app);
    expect(b.visit.contested).toEqual([]);
    expect(b.visit.heads('item/bien')).toMatchObject([{ value: 'no', reason: 'Đã xem lại tại chỗ' }]);
  });

  test('two tabs of one person show the same, and number their operations without a hole', async () => {
    const phone = browser();
    const first = await signedIn('a', phone);
    const tab = await phone.start();
    await until(() => tab.visits.list.length > 0);
    const second = await tab.openVisit(VISIT);
    offline();
    await Promise.all([
      first.visit.edit('item/bien', 'yes', []),
      second.edit('item/the', 'no', []),
      first.visit.edit('item/bien/note', 'Ghi chú', []),
    ]);
    await until(() => first.visit.heads('item/the').length === 1 && second.heads('item/bien').length === 1);
    online();
    await settle(first.app, tab);
    expect(server.log.entries.map((entry) => entry.ws)).toEqual([1, 2, 3]);
    expect(new Set(server.log.entries.map((entry) => entry.writer)).size).toBe(1);
  });

  test('a close names the log it was folded from, though a colleague’s answer is stored in that moment', async () => {
    const phone = browser();
    const a = await signedIn('a', phone);
    await a.visit.edit('item/bien', 'yes', []);
    await settle(a.app);
    const folded = server.log.entries.length;
    const b = await signedIn('b');
    await b.visit.edit('item/the', 'no', []);
    await settle(b.app);
    Dexie.dependencies.indexedDB = phone.storage;
    const database = new UserDatabase('user-a');
    await database.open();
    const store = database.backendDB(); // its transaction begins at once, before the close reads anything more
    const arrive = () => {
      const [entry] = server.log.entries.slice(folded);
      const storing = store.transaction(['log', 'meta'], 'readwrite');
      storing.objectStore('log').put({ ...entry, visit: VISIT });
      storing.objectStore('meta').put({ key: `cursor/${VISIT}`, value: { n: entry?.n, h: entry?.h } });
    };
    let asked = 0;
    await a.visit.close({
      get unansweredReason() {
        asked += 1; // the second time the visit is folded and its close is about to be made
        if (asked === 2) arrive();
        return 'Hết giờ';
      },
    });
    expect(asked).toBeGreaterThan(1);
    await settle(a.app);
    const { val } = JSON.parse(server.log.entries.at(-1)?.body ?? '') as { val: { n: number; h: string } };
    expect(val).toMatchObject({ n: folded, h: server.log.entries[folded - 1]?.h });
    database.close();
  });

  test('what was written by the code of a cancelled surprise is sent, held and told as such', async () => {
    const phone = browser();
    const before = await signedIn('b', phone);
    offline();
    await before.visit.edit('item/bien', 'yes', []);
    server.calledOff = true;
    const app = await phone.start();
    const visit = await app.openVisit(VISIT);
    online();
    await settle(app);
    expect(app.visits.list).toMatchObject([{ gone: true, cancelled: true }]);
    expect(visit.mayEdit).toBe(false);
    expect(visit.sync).toMatchObject({ serverHas: 1, total: 1, problem: 'cancelled' });
    expect(visit.sync.held).toMatchObject([{ why: 'CANCELLED', path: 'item/bien', mine: true }]);
    expect(app.sync.sentence.mayTurnOff).toBe(true);
  });

  test('an operation the server holds disappears from the answers and is named', async () => {
    const a = await signedIn('a');
    const b = await signedIn('b');
    await b.visit.edit('item/bien', 'yes', []);
    server.removed.add('user-b');
    await settle(b.app);
    expect(b.visit.sync.problem).toBe('removed');
    expect(b.visit.sync.held).toMatchObject([{ why: 'NOT_MEMBER', path: 'item/bien', mine: true }]);
    await settle(a.app);
    expect(a.visit.heads('item/bien')).toEqual([]);
    expect(a.visit.held).toMatchObject([{ why: 'NOT_MEMBER', actor: 'user-b' }]);
    const [held] = a.visit.held;
    await until(() => a.visit.sync.held.length === 1);
    await a.visit.dismiss(held?.op ?? '', 'Chưa rõ');
    expect(a.visit.handled).toMatchObject([
      { decision: { kind: 'dismiss', reason: 'Chưa rõ', pending: true } },
    ]);
    await until(() => a.visit.sync.held.length === 0);
    // What was dismissed may be adopted all the same, and that is what counts from then on.
    await a.visit.adopt(held?.op ?? '', 'Nội dung đúng, đã đối chiếu ảnh', []);
    expect(a.visit.held).toEqual([]);
    expect(a.visit.handled).toMatchObject([
      { value: 'yes', actor: 'user-b', decision: { kind: 'adopt', by: 'user-a' } },
    ]);
    expect(a.visit.history('item/bien')).toMatchObject([
      {
        path: 'item/bien',
        written: [
          { why: 'NOT_MEMBER', actor: 'user-b', pending: false },
          {
            kind: 'adopt',
            value: 'yes',
            actor: 'user-b',
            by: 'user-a',
            reason: 'Nội dung đúng, đã đối chiếu ảnh',
          },
        ],
      },
    ]);
    await settle(a.app);
    expect(a.visit.handled[0]?.decision?.pending).toBe(false);
    expect(a.visit.heads('item/bien')).toMatchObject([
      { value: 'yes', actor: 'user-b', adoptedBy: 'user-a' },
    ]);
  });
});

describe('a corrected checklist', () => {
  test('the lead moves the visit to it; answers go along, and the other phone follows', async () => {
    const a = await signedIn('a');
    const b = await signedIn('b');
    await a.visit.edit('item/bien', 'yes', []);
    await a.visit.edit('item/the', 'no', []);
    await settle(a.app, b.app);
    expect([a.visit.move, b.visit.move]).toEqual([null, null]);
    const newer = publishNewer();
    for (const each of [a, b]) {
      each.visit.leave();
      await each.app.visits.refresh();
      each.visit = await each.app.openVisit(VISIT);
    }
    await until(() => a.visit.move !== null);
    expect(b.visit.move).toBe(null);
    expect(a.visit.move?.version).toBe(2);
    expect(a.visit.move?.kept.map((item) => item.key)).toEqual(['bien', 'ban']);
    expect(a.visit.move?.asked.map((item) => item.key)).toEqual(['moi']);
    expect(a.visit.move?.dropped.map(({ item, answered }) => [item.key, answered])).toEqual([['the', true]]);
    offline();
    await expect(a.visit.repin(' ')).rejects.toMatchObject({ code: 'bad_value' });
    await a.visit.repin('Câu hỏi về thẻ sai căn cứ');
    expect(a.visit.checklist.version).toBe(2);
    expect(a.visit.move).toBe(null);
    expect(a.visit.heads('item/bien')).toMatchObject([{ value: 'yes' }]);
    expect(a.visit.heads('item/the')).toEqual([]);
    expect(a.visit.heads(`retired/${newer}/item/the`)).toMatchObject([{ value: 'no' }]);
    await b.visit.edit('item/bien', 'no', heads(b.visit, 'item/bien'));
    await a.visit.edit('item/moi', 'yes', []);
    online();
    await settle(a.app, b.app);
    b.visit.leave();
    await b.app.visits.refresh();
    b.visit = await b.app.openVisit(VISIT);
    await until(() => b.visit.checklist.version === 2);
    expect(b.visit.heads('item/moi')).toMatchObject([{ value: 'yes' }]);
    for (const { visit } of [a, b]) expect(visit.heads('item/bien')).toMatchObject([{ value: 'no' }]);
  });
});

describe('closing and signing', () => {
  async function answered(visit: OpenVisit): Promise<void> {
    await visit.edit('item/bien', 'yes', []);
    await visit.edit('item/the', 'no', []);
    await visit.edit('item/ban', 'none', []);
  }

  test('devices are silent by the server’s clock, not by this phone’s', async () => {
    const { visit } = await signedIn('a');
    const at = SERVER_NOW; // days from what this phone’s clock says
    const seen = (name: string, minutes: number) => ({
      ...{ device: name, user: 'user-b', name, app: '1', n: 0, pending_ops: 0, pending_blobs: 0 },
      ...{ opened_at: at - 9_000_000, last_at: at - minutes * 60_000, revoked: false, writers: [] },
    });
    server.devices = () => [seen('well', 1), seen('longer', 70)];
    expect(await visit.askSurroundings()).toBe(true);
    const silent = visit.closeBlockers.flatMap((each) => (each.code === 'silent' ? each.devices : []));
    expect(silent.map(({ name }) => name)).toEqual(['longer']);
  });

  test('works without a network from the first answer to both signatures', async () => {
    const { app, visit } = await signedIn('a');
    await visit.edit('item/bien', 'yes', []);
    await settle(app);
    offline();
    expect(visit.closeBlockers.map((blocker) => blocker.code)).toEqual(['unanswered']);
    await expect(visit.close()).rejects.toMatchObject({ code: 'not_allowed' });
    await visit.edit('item/the', 'no', []);
    await visit.edit('item/ban', 'none', []);
    await visit.close();
    expect([visit.state, visit.card.state]).toEqual(['closed', 'closed']);
    await expect(visit.edit('item/bien', 'no', [])).rejects.toMatchObject({ code: 'not_allowed' });
    await visit.sign('lead', STROKES);
    const objections = [{ item: 'the', text: 'Thẻ đang làm lại' }];
    visit.draft('sign/unit', JSON.stringify({ objections }));
    await visit.sign('unit', { ...STROKES, name: 'Đại diện đơn vị', title: 'Phó Chủ tịch', objections });
    expect([visit.state, visit.hasDraft('sign')]).toEqual(['signed', false]);
    expect(visit.closing?.signedBy.unit?.objections).toEqual(objections);
    const frozen = new Map(visit.cells);
    online();
    await settle(app);
    expect(visit.state).toBe('signed');
    expect(server.log.entries.every((entry) => entry.st === 'acc')).toBe(true);
    expect([...visit.cells.keys()]).toEqual([...frozen.keys()]);
    expect(visit.heads('item/the')).toMatchObject([{ value: 'no' }]);
  });

  test('a late answer of somebody else never changes what was signed', async () => {
    const a = await signedIn('a');
    const b = await signedIn('b');
    await answered(a.visit);
    await settle(a.app);
    await b.visit.edit('item/the', 'yes', []);
    await a.visit.close();
    await a.visit.sign('lead', STROKES);
    await a.visit.sign('unit', STROKES);
    await settle(b.app);
    await settle(a.app, b.app);
    for (const { visit } of [a, b]) {
      expect(visit.state).toBe('signed');
      expect(visit.heads('item/the')).toMatchObject([{ value: 'no' }]);
      expect(visit.score.basisPoints).toBe(5_000);
    }
  });

  test('reopening needs the lead and a reason, and ends the closing', async () => {
    const a = await signedIn('a');
    await answered(a.visit);
    await a.visit.close();
    await expect(a.visit.reopen(' ')).rejects.toMatchObject({ code: 'bad_value' });
    await a.visit.reopen('Còn một nội dung chưa ghi');
    expect([a.visit.state, a.visit.closing]).toEqual(['open', null]);
    await a.visit.edit('item/the', 'yes', heads(a.visit, 'item/the'));
    await a.visit.close();
    expect(a.visit.state).toBe('closed');
  });

  test('what was drawn under one closing does not sign the next', async () => {
    const a = await signedIn('a');
    await answered(a.visit);
    await a.visit.close();
    const shown = a.visit.closing?.op ?? '';
    await a.visit.reopen('Còn một nội dung chưa ghi');
    await a.visit.edit('item/the', 'yes', heads(a.visit, 'item/the'));
    await a.visit.close();
    await expect(a.visit.sign('unit', STROKES, shown)).rejects.toMatchObject({ code: 'not_allowed' });
    await a.visit.sign('unit', STROKES, a.visit.closing?.op ?? '');
    expect(a.visit.closing?.signedBy.unit).not.toBeNull();
  });

  test('what both signed is amended with a reason and signed anew; the first copy stays', async () => {
    const a = await signedIn('a');
    await answered(a.visit);
    await a.visit.close();
    await expect(a.visit.amend('Chưa ai ký')).rejects.toMatchObject({ code: 'not_allowed' });
    await a.visit.sign('unit', STROKES);
    await a.visit.sign('lead', STROKES);
    const signed = a.visit.closing;
    await a.visit.amend('Đơn vị xuất trình thêm thẻ');
    expect([a.visit.state, a.visit.closing, a.visit.mayEdit]).toEqual(['open', null, true]);
    expect(a.visit.earlier).toEqual([signed]);
    await a.visit.edit('item/the', 'yes', heads(a.visit, 'item/the'));
    await a.visit.close({ missingPhotosReason: 'Máy B hết pin', silentReason: 'Máy B hết pin' });
    await a.visit.sign('unit', STROKES);
    await a.visit.sign('lead', STROKES);
    expect(a.visit.state).toBe('signed');
    expect(a.visit.closing).toMatchObject({
      missingPhotosReason: 'Máy B hết pin',
      silentReason: 'Máy B hết pin',
    });
    expect(a.visit.earlier).toHaveLength(1);
    await settle(a.app);
    expect(server.log.entries.every((entry) => entry.st === 'acc')).toBe(true);
    expect(a.visit.confirmed).toBe(true);
  });

  test('what is held wants a decision or a reason, until it has one, the lead’s own unsent ones among them', async () => {
    const a = await signedIn('a');
    const b = await signedIn('b');
    await answered(a.visit);
    await settle(a.app);
    await b.visit.edit('item/bien', 'no', []);
    server.removed.add('user-b');
    await settle(b.app);
    await settle(a.app);
    expect(a.visit.closeBlockers).toEqual([{ code: 'held', n: 1 }]);
    await expect(a.visit.close({ heldReason: ' ' })).rejects.toMatchObject({ code: 'not_allowed' });
    await a.visit.close({ heldReason: 'Chờ cán bộ B giải trình' });
    expect(a.visit.closing).toMatchObject({ heldReason: 'Chờ cán bộ B giải trình' });
    await a.visit.reopen('Cán bộ B đã giải trình');
    await a.visit.dismiss(a.visit.held[0]?.op ?? '', 'Ghi nhầm');
    await a.visit.close();
    expect(a.visit.closing).toMatchObject({ heldReason: null });
    await settle(a.app);
    expect(server.log.entries.map((entry) => entry.st)).toEqual([
      ...['acc', 'acc', 'acc', 'held'],
      ...['acc', 'acc', 'acc', 'acc'],
    ]);
  });

  test('the unit may refuse before a witness; unanswered items need a reason', async () => {
    const { visit } = await signedIn('a');
    await visit.edit('item/bien', 'yes', []);
    await visit.close({ unansweredReason: 'Đơn vị chưa cung cấp' });
    await visit.sign('lead', STROKES);
    const refused = { reason: 'Không đồng ý', witness: 'Cán bộ C' };
    await visit.sign('unit', { name: 'Đại diện', title: 'Chủ tịch', strokes: '', refused });
    expect(visit.state).toBe('signed');
    expect(visit.closing).toMatchObject({
      unansweredReason: 'Đơn vị chưa cung cấp',
      signedBy: { unit: { refused, strokes: '' } },
    });
  });
});
