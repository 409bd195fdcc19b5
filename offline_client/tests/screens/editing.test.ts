// @vitest-environment ./tests/environment.ts
// One open editor on the real engine: what it names as seen is what was on the screen when the edit began.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonical } from '../../src/domain/wire.ts';
import { CellEditor } from '../../src/screens/section/editing.svelte.ts';
import { FieldApp } from '../../src/state/app.svelte.ts';
import type { OpenVisit } from '../../src/state/interface.ts';
import { UserDatabase } from '../../src/store/database.ts';
import { draftsOf } from '../../src/store/drafts.ts';
import { Api } from '../../src/sync/api.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';
import { underFault } from '../store/faults.ts';

const CHECKLIST = canonical({
  slug: 'thu',
  version: 1,
  title: { vi: 'Phiếu thử' },
  effective_from: '2026-01-01',
  sections: [
    {
      key: 'mot',
      title: { vi: 'Một' },
      items: [
        { key: 'bien', text: { vi: 'Có biển' }, answer: { type: 'yes_no' }, points: 1_000 },
        {
          key: 'ho-so',
          text: { vi: 'Hồ sơ đúng hạn' },
          answer: {
            type: 'roster',
            row: { label: { vi: 'Hồ sơ' } },
            sample: { frame: { vi: 'Hồ sơ đã trả' } },
            fields: [{ key: 'dung', type: 'yes_no', text: { vi: 'Đúng hạn' } }],
            ratio: { counts: { field: 'dung', is: 'yes' } },
          },
          points: 1_000,
          score: 'proportional',
          zero_total: 'not_applicable',
        },
      ],
    },
  ],
});
const VALUE = 'item/bien';
const NOTE = 'item/bien/note';

let server: SimulatedServer;
let apps: FieldApp[];

async function until(condition: () => boolean | Promise<boolean>, ms = 2_000): Promise<void> {
  for (let i = 0; i < ms / 5 && !(await condition()); i += 1)
    await new Promise((done) => setTimeout(done, 5));
  expect(await condition()).toBe(true);
}

/** A phone on which this person works; given a storage again, it is the same phone after a restart. */
async function phone(login: string, storage = new IDBFactory()) {
  let cookie: string | null = null;
  const api = new Api(async (input, init) => {
    server.signedIn = cookie;
    const reply = await server.fetch(input, init);
    cookie = server.signedIn;
    return reply;
  });
  Dexie.dependencies.indexedDB = storage;
  const app = new FieldApp({ api, partition: { exclusive: (work) => work() } });
  apps.push(app);
  await app.session.start();
  expect(await app.session.signIn(login, 'right')).toEqual({ ok: true });
  await until(() => app.visits.list[0]?.ready === true);
  return { app, visit: await app.openVisit(VISIT), storage };
}

async function settle(...all: FieldApp[]): Promise<void> {
  for (let pass = 0; pass < 2; pass += 1) for (const app of all) await app.sync.now();
  await until(() => all.every((app) => app.sync.serverHas === app.sync.total));
  await new Promise((done) => setTimeout(done, 30));
}

const values = (visit: OpenVisit, path: string) => visit.heads(path).map((head) => head.value);

beforeEach(() => {
  server = new SimulatedServer();
  server.signedIn = null;
  server.checklists.set(hex(CHECKLIST), CHECKLIST);
  apps = [];
});

afterEach(async () => {
  for (const app of apps) await app.session.signOut({ evenUnsent: true });
});

/** A pause that no busy machine makes by itself. */
const AN_HOUR = 3_600_000;

describe('an editor', () => {
  test('never replaces an answer that arrived while its person was typing', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    const editor = new CellEditor(a.visit, NOTE, undefined, AN_HOUR);
    editor.later('Đang viết');
    await b.visit.edit(NOTE, 'Của B', []);
    await settle(b.app, a.app);
    await until(() => a.visit.heads(NOTE).length === 1);
    editor.later('Đang viết tiếp');
    await editor.flush();
    expect(values(a.visit, NOTE).sort()).toEqual(['Của B', 'Đang viết tiếp']);
    expect(a.visit.contested).toEqual([NOTE]);
  });

  test('holds nothing any more of what another tab put away, nor gives it back', async () => {
    const { app, visit, storage } = await phone('a');
    const half = new CellEditor(visit, VALUE, () => 'half', AN_HOUR);
    const whole = new CellEditor(visit, NOTE, undefined, AN_HOUR);
    half.later('yes');
    visit.draft('comment/x', 'Bàn 7');
    whole.later('Biển cũ');
    await until(() => app.sync.drafts === 3);

    const tab = new FieldApp({ api: new Api(server.fetch), partition: { exclusive: (work) => work() } });
    apps.push(tab);
    await tab.session.start();
    expect(tab.sync.drafts).toBe(3);
    await tab.discardDrafts(VISIT);
    await until(() => app.sync.drafts === 0 && visit.discarded);

    // Its screens go, as when they are drawn anew.
    await Promise.all([half, whole].map((editor) => editor.flush()));
    expect(visit.heads(NOTE)).toEqual([]);
    visit.draft('comment/x', 'Bàn 7');
    visit.leave();
    const again = await app.openVisit(VISIT);
    expect([VALUE, NOTE, 'comment/x'].map((path) => again.draftOf(path))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    Dexie.dependencies.indexedDB = storage;
    const database = new UserDatabase('user-a');
    expect(await draftsOf(database, VISIT)).toEqual([]);
    database.close();
  });

  test('replaces what its person saw', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    await b.visit.edit(VALUE, 'no', []);
    await settle(b.app, a.app);
    await until(() => a.visit.heads(VALUE).length === 1);
    const editor = new CellEditor(a.visit, VALUE);
    editor.now('yes');
    await editor.flush();
    expect(values(a.visit, VALUE)).toEqual(['yes']);
    expect(a.visit.contested).toEqual([]);
  });

  test('counts an answer that arrives between finger down and finger up as unseen', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    const editor = new CellEditor(a.visit, VALUE);
    const node = new EventTarget();
    const page = new EventTarget();
    Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
    const leave = editor.follow(node as HTMLElement);
    node.dispatchEvent(new Event('pointerdown'));
    await b.visit.edit(VALUE, 'no', []);
    await settle(b.app, a.app);
    await until(() => a.visit.heads(VALUE).length === 1);
    editor.now('yes');
    await editor.flush();
    leave();
    Reflect.deleteProperty(globalThis, 'document');
    expect(a.visit.contested).toEqual([VALUE]);
  });

  test.each(['beforeinput', 'keydown'])(
    'forgets what was shown at the press once typing begins: %s',
    async (began) => {
      const [a, b] = [await phone('a'), await phone('b')];
      const editor = new CellEditor(a.visit, NOTE, undefined, AN_HOUR);
      const node = new EventTarget();
      Object.defineProperty(globalThis, 'document', { value: new EventTarget(), configurable: true });
      const leave = editor.follow(node as HTMLElement);
      node.dispatchEvent(new Event('pointerdown')); // the field has the cursor, nothing is typed yet
      await b.visit.edit(NOTE, 'Của B', []);
      await settle(b.app, a.app);
      await until(() => editor.value === 'Của B'); // and is on the screen
      node.dispatchEvent(new Event(began));
      editor.later('Của B, bổ sung');
      await editor.flush();
      leave();
      Reflect.deleteProperty(globalThis, 'document');
      expect(values(a.visit, NOTE)).toEqual(['Của B, bổ sung']);
      expect(a.visit.contested).toEqual([]);
    },
  );

  test('follows its own answers: quick changes leave one head', async () => {
    const { visit } = await phone('a');
    const editor = new CellEditor(visit, VALUE);
    for (const value of ['yes', 'no', null, 'yes']) editor.now(value);
    await editor.flush();
    expect(values(visit, VALUE)).toEqual(['yes']);
    expect(editor.status).toBe('saved');
  });

  test('writes nothing when nothing changed', async () => {
    const { visit } = await phone('a');
    const editor = new CellEditor(visit, NOTE);
    editor.later('Ghi chú');
    await editor.flush();
    const [before] = visit.heads(NOTE);
    editor.later('Ghi chú ');
    editor.later('Ghi chú');
    await editor.flush();
    expect(visit.heads(NOTE)).toEqual([before]);
  });

  test('changes only the own one of several differing answers', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    await a.visit.edit(VALUE, 'yes', []);
    await b.visit.edit(VALUE, 'no', []);
    await settle(a.app, b.app);
    await until(() => a.visit.contested.length === 1);
    const editor = new CellEditor(a.visit, VALUE);
    expect(editor.value).toBe('yes');
    editor.now('no');
    await editor.flush();
    expect(values(a.visit, VALUE)).toEqual(['no', 'no']);
    expect(a.visit.contested).toEqual([]);
  });

  test('keeps what the domain refuses as a draft and saves it once it is whole', async () => {
    const { visit } = await phone('a');
    const editor = new CellEditor(visit, NOTE, (value) => (value === 'nửa' ? 'text_unclean' : null));
    editor.later('nửa');
    await editor.flush();
    expect(editor.refused).toBe('text_unclean');
    expect(visit.heads(NOTE)).toEqual([]);
    expect(visit.draftOf(NOTE)).toContain('nửa');
    editor.later('nửa này, nửa kia');
    await editor.flush();
    expect(values(visit, NOTE)).toEqual(['nửa này, nửa kia']);
    expect(visit.draftOf(NOTE)).toBeUndefined();
  });

  test('does not save a second time what was saved when the battery went empty before its draft was forgotten', async () => {
    const first = await phone('a');
    const typed = new CellEditor(first.visit, NOTE, undefined, AN_HOUR);
    typed.later('Ghi chú số 17');
    await typed.flush();
    const [saved] = first.visit.heads(NOTE);
    first.visit.draft(NOTE, JSON.stringify({ value: 'Ghi chú số 17', seen: [] }));
    first.visit.leave();
    const again = await phone('a', first.storage);
    await until(() => again.visit.heads(NOTE).length === 1);
    const editor = new CellEditor(again.visit, NOTE, undefined, AN_HOUR);
    expect(editor.status).toBe('typing');
    await editor.flush();
    expect(again.visit.heads(NOTE).map((head) => head.op)).toEqual([saved?.op]);
    expect(again.visit.draftOf(NOTE)).toBeUndefined();
  });

  test('comes back after a restart with its draft, and with what it had seen', async () => {
    const first = await phone('a');
    new CellEditor(first.visit, NOTE).later('Chưa kịp lưu');
    first.visit.leave();
    // The battery is empty: nothing this page still meant to do happens any more.
    Object.assign(first.visit, { edit: () => new Promise(() => {}) });
    const b = await phone('b');
    await b.visit.edit(NOTE, 'Của B', []);
    await settle(b.app);
    const again = await phone('a', first.storage);
    await settle(again.app);
    await until(() => again.visit.heads(NOTE).length === 1);
    const editor = new CellEditor(again.visit, NOTE);
    expect(editor.value).toBe('Chưa kịp lưu');
    expect(editor.status).toBe('typing');
    await editor.flush();
    expect(values(again.visit, NOTE).sort()).toEqual(['Chưa kịp lưu', 'Của B']);
  });

  test('says CHƯA LƯU when the database is lost twice, keeps the tap as a draft, and saves it afterwards', async () => {
    const first = await phone('a');
    const editor = new CellEditor(first.visit, VALUE);
    const { vi: texts } = await import('../../src/text/vi.ts');
    await underFault(
      'begin',
      1,
      async () => {
        editor.now('no');
        await editor.flush();
        expect(editor.status).toBe('failed');
        expect(editor.problem).toBe('database');
        expect(texts[`not_saved.${editor.problem ?? 'database'}`]).toMatch(/^CHƯA LƯU/);
        expect(editor.value).toBe('no');
      },
      Number.POSITIVE_INFINITY,
    );
    expect(first.visit.heads(VALUE)).toEqual([]);
    first.visit.leave(); // stores what is typed at once
    const database = new UserDatabase('user-a');
    await until(async () => (await draftsOf(database, VISIT)).length === 1);
    database.close();
    const again = await phone('a', first.storage);
    const restored = new CellEditor(again.visit, VALUE);
    expect(restored.value).toBe('no');
    await restored.flush();
    expect(values(again.visit, VALUE)).toEqual(['no']);
  });

  test('one lost connection is not noticed at all', async () => {
    const { visit } = await phone('a');
    const editor = new CellEditor(visit, VALUE);
    await underFault('begin', 1, async () => {
      editor.now('yes');
      await editor.flush();
    });
    expect(editor.status).toBe('saved');
    expect(values(visit, VALUE)).toEqual(['yes']);
  });

  test('undo writes what stood before, step by step, and each step stands in the history', async () => {
    const { visit } = await phone('a');
    for (const value of ['yes', 'no'])
      await visit.edit(
        VALUE,
        value,
        visit.heads(VALUE).map(({ op }) => op),
      );
    await visit.undo();
    expect(values(visit, VALUE)).toEqual(['yes']);
    await visit.undo();
    expect(values(visit, VALUE)).toEqual([null]);
    expect(await visit.undo()).toBeNull();
    expect(visit.history(VALUE).flatMap((cell) => cell.written)).toHaveLength(4);
  });

  test('undo of a first answer clears it; a later answer of somebody else is never taken back', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    await a.visit.edit(NOTE, 'ghi', []);
    await a.visit.edit(VALUE, 'no', []);
    await settle(a.app, b.app);
    await until(() => b.visit.heads(VALUE).length === 1);
    await b.visit.edit(
      VALUE,
      'yes',
      b.visit.heads(VALUE).map(({ op }) => op),
    );
    await settle(b.app, a.app);
    await until(() => values(a.visit, VALUE)[0] === 'yes');
    expect((await a.visit.undo())?.path).toBe(NOTE);
    expect(values(a.visit, NOTE)).toEqual([null]);
    expect(values(a.visit, VALUE)).toEqual(['yes']);
  });

  test('a database lost while another tab’s answer is read: it is read again, and nothing breaks', async () => {
    const first = await phone('a');
    const second = await phone('a', first.storage);
    await second.visit.edit(VALUE, 'no', []); // the other tab is told in a later turn
    expect(first.visit.heads(VALUE)).toEqual([]);
    const { events } = await underFault(
      'begin',
      1,
      () => new Promise((done) => setTimeout(done, 100)),
      Number.POSITIVE_INFINITY,
    );
    expect(events).toBeGreaterThan(2);
    await until(() => first.visit.heads(VALUE).length === 1, 3_000);
  });
});

describe('dossiers drawn by lot', () => {
  const DRAW = 'item/ho-so/sample';
  const drawOf = (frame: number) => ({ sample: { frame, size: 3, seed: `v/${frame}` }, label: 'Hồ sơ' });
  const rowsOf = (visit: OpenVisit) => visit.answers.items.get('ho-so')?.rows ?? [];
  const traceOf = (visit: OpenVisit) => visit.score.items.find((trace) => trace.key === 'ho-so');

  test('two phones that draw alike without a network write the same rows', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    await a.visit.drawRows('ho-so', drawOf(40), []);
    await b.visit.drawRows('ho-so', drawOf(40), []);
    const [first] = rowsOf(a.visit);
    await b.visit.edit(`${rowsOf(b.visit)[0]!.path}/dung`, 'no', []);
    await settle(a.app, b.app);
    expect(rowsOf(a.visit).map((row) => row.uuid)).toEqual(rowsOf(b.visit).map((row) => row.uuid));
    expect(rowsOf(a.visit)).toHaveLength(3);
    expect(first!.label.value).toMatch(/^Hồ sơ \d+$/);
    expect(a.visit.contested).toEqual([]);
    expect(traceOf(a.visit)).toMatchObject({
      state: 'incomplete',
      inputs: { observed: 0, total: 1, frame: 40, size: 3 },
    });
    expect(server.log.entries.every((entry) => entry.st === 'acc')).toBe(true);
  });

  test('draws from different counts are contested; what the lead settles decides which rows count', async () => {
    const [a, b] = [await phone('a'), await phone('b')];
    await a.visit.drawRows('ho-so', drawOf(40), []);
    await b.visit.drawRows('ho-so', drawOf(41), []);
    for (const { visit } of [a, b])
      for (const row of rowsOf(visit)) await visit.edit(`${row.path}/dung`, 'yes', []);
    await settle(a.app, b.app);
    expect(a.visit.contested).toEqual([DRAW]);
    expect(rowsOf(a.visit)).toHaveLength(6);
    expect(traceOf(a.visit)).toMatchObject({ state: 'contested', inputs: { total: 3 } });
    const heads = a.visit.heads(DRAW).map((head) => head.op);
    await a.visit.resolve(DRAW, drawOf(41).sample, 'Đếm lại được 41', heads);
    await settle(a.app, b.app);
    expect(rowsOf(b.visit)).toHaveLength(6); // kept
    expect(traceOf(b.visit)).toMatchObject({
      state: 'answered',
      inputs: { observed: 3, total: 3, rows: 3, frame: 41 },
    });
  });

  test('a larger draw keeps its rows, one taken back makes what is missing, and nothing is written twice', async () => {
    const { visit } = await phone('a');
    await visit.edit('item/ho-so', 'none', []);
    await visit.drawRows('ho-so', drawOf(40), []);
    expect(visit.heads('item/ho-so')).toMatchObject([{ value: null }]);
    const before = rowsOf(visit).map((row) => row.uuid);
    const larger = { ...drawOf(40), sample: { ...drawOf(40).sample, size: 5 } };
    await visit.drawRows(
      'ho-so',
      larger,
      visit.heads(DRAW).map((head) => head.op),
    );
    expect(rowsOf(visit)).toHaveLength(5);
    expect(rowsOf(visit).map((row) => row.uuid)).toEqual(expect.arrayContaining(before));
    await visit.deleteRow('ho-so', before[0]!);
    expect(traceOf(visit)?.state).toBe('incomplete');
    await visit.drawRows(
      'ho-so',
      larger,
      visit.heads(DRAW).map((head) => head.op),
    );
    expect(rowsOf(visit)).toHaveLength(5);
    expect(visit.heads(DRAW)).toHaveLength(1);
    await expect(visit.drawRows('ho-so', larger, [])).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(
      visit.drawRows('ho-so', { ...larger, sample: { ...larger.sample, seed: 'hai chữ' } }, []),
    ).rejects.toMatchObject({ code: 'bad_value' });
  });
});
