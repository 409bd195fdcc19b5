// @vitest-environment ./tests/environment.ts
// What can happen to a phone's data, and what the app makes of it: deleted and rewound databases, a server that
// noticed, incidents that are told once, a closed account, a computer several people share.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FieldApp } from '../../src/state/app.svelte.ts';
import { deviceName, isIosTab, isPrivate } from '../../src/state/browser.ts';
import { fateOf } from '../../src/state/holding.ts';
import type { Photo } from '../../src/state/interface.ts';
import { UserDatabase } from '../../src/store/database.ts';
import { Device } from '../../src/store/device.ts';
import { incidentsWaiting } from '../../src/store/incidents.ts';
import { outboxFile, peopleHere } from '../../src/store/raw.ts';
import { VISIT } from '../simulation/server.ts';
import { BADGE, SIGN, Street, until, values } from './phones.ts';

let street: Street;

beforeEach(() => {
  street = new Street();
});

afterEach(() => street.close());

/** Until the device remembers that this many operations were minted. */
async function remembered(storage: IDBFactory, minted: number): Promise<void> {
  Dexie.dependencies.indexedDB = storage;
  const device = new Device();
  await until(async () => (await device.holding('user-a'))?.minted === minted);
  device.close();
}

async function tables(storage: IDBFactory): Promise<Map<string, unknown[]>> {
  Dexie.dependencies.indexedDB = storage;
  const database = new UserDatabase('user-a');
  const all = await Promise.all(
    database.tables.map(async (table) => [table.name, await table.toArray()] as const),
  );
  database.close();
  return new Map(all);
}

async function putBack(storage: IDBFactory, backup: ReadonlyMap<string, unknown[]>): Promise<void> {
  Dexie.dependencies.indexedDB = storage;
  const database = new UserDatabase('user-a');
  for (const table of database.tables) {
    await table.clear();
    await table.bulkPut(backup.get(table.name) ?? []);
  }
  database.close();
}

async function removed(storage: IDBFactory, name: string): Promise<void> {
  await new Promise((resolve, reject) => {
    const request = storage.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onerror = reject;
  });
}

describe('a database the browser deleted', () => {
  test('is noticed at the next start, said in one sentence, and told to the server once', async () => {
    const phone = street.browser();
    const app = await phone.start();
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.serverHas === 1);
    street.network(false);
    await visit.edit(BADGE, 'no', []);
    await remembered(phone.storage, 2);
    const before = street.server.log.writers.size;
    await removed(phone.storage, 'congvu-user-a').catch(() => {});

    const again = await phone.start();
    expect(again.session.status).toBe('signed_in');
    expect(again.session.loss).toEqual({ ops: 1, photos: 0, lastContact: null });
    expect(again.sync.sentence.mayTurnOff).toBe(false);
    street.network(true);
    await again.sync.now();
    await until(() => street.server.heard.length > 0);
    expect(street.server.heard).toEqual([
      [
        expect.objectContaining({
          kind: 'storage_lost',
          detail: { how: 'recreated', minted: 2, pending_ops: 1, pending_blobs: 0 },
        }),
      ],
    ]);
    await again.sync.now();
    expect(street.server.heard).toHaveLength(1);

    // What the server had is here again, and the next edit comes from a writer of its own.
    await until(() => again.visits.list[0]?.ready === true);
    const reopened = await again.openVisit(VISIT);
    expect(values(reopened, SIGN)).toEqual(['yes']);
    await reopened.edit(BADGE, 'yes', []);
    await until(() => again.sync.serverHas === again.sync.total && again.sync.total === 1);
    expect(street.server.log.writers.size).toBe(before + 1);
    await again.session.acknowledgeLoss();
    expect(again.session.loss).toBeNull();
    await remembered(phone.storage, 1);
    expect((await phone.start()).session.loss).toBeNull();
  });

  test('with nothing unsent in it is a smaller matter, and is told all the same', async () => {
    const phone = street.browser();
    const app = await phone.start();
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.serverHas === 1);
    await until(async () => {
      Dexie.dependencies.indexedDB = phone.storage;
      const device = new Device();
      const held = await device.holding('user-a');
      device.close();
      return held?.minted === 1 && held.waiting === 0;
    });
    await removed(phone.storage, 'congvu-user-a').catch(() => {});
    const again = await phone.start();
    expect(again.session.loss).toEqual({ ops: 0, photos: 0, lastContact: null });
    await again.sync.now();
    await until(() => street.server.heard.length === 1);
  });
});

test('a database put back from an older backup gets writers of its own and is told', async () => {
  const phone = street.browser();
  const app = await phone.start();
  const visit = await street.signIn(app, 'a');
  street.network(false);
  await visit.edit(SIGN, 'yes', []);
  const backup = await tables(phone.storage);
  await visit.edit(BADGE, 'no', []);
  await remembered(phone.storage, 2);
  await putBack(phone.storage, backup);
  const again = await phone.start();
  expect(again.session.loss).toEqual({ ops: 1, photos: 0, lastContact: null });
  street.network(true);
  await again.sync.now();
  await until(() => again.sync.serverHas === again.sync.total);
  expect(street.server.heard.flat().map((incident) => incident.kind)).toContain('storage_lost');
});

test('what the server noticed is said with the time of the last contact; it has written it down itself', async () => {
  street.server.lost = { pending_ops: 7, pending_blobs: 2, last_contact_at: '2026-11-22T03:00:00.000Z' };
  const app = await street.browser().start();
  await street.signIn(app, 'a');
  expect(app.session.loss).toEqual({ ops: 7, photos: 2, lastContact: new Date('2026-11-22T03:00:00Z') });
  await app.sync.now();
  expect(street.server.heard).toEqual([]);
});

test('an incident is kept until a push that carried it was answered', async () => {
  const phone = street.browser();
  const app = await phone.start();
  const visit = await street.signIn(app, 'a');
  await visit.edit(SIGN, 'yes', []);
  await until(() => app.sync.serverHas === 1);
  street.server.log = { entries: [], writers: new Map(), slots: new Map() }; // an older backup was put back
  let lose = true;
  street.server.after = (_method, path, reply) => {
    if (lose && path.endsWith('/push')) throw new TypeError('network');
    return reply;
  };
  await app.sync.now();
  await app.sync.now();
  Dexie.dependencies.indexedDB = phone.storage;
  const database = new UserDatabase('user-a');
  await until(async () =>
    (await incidentsWaiting(database)).some((each) => each.kind === 'history_diverged'),
  );
  expect(app.sync.sentence.mayTurnOff).toBe(false);
  lose = false;
  await app.sync.now();
  await until(async () => (await incidentsWaiting(database)).length === 0);
  const ids = street.server.heard.flat() as unknown as { id: string; kind: string }[];
  expect(new Set(ids.filter(({ kind }) => kind === 'history_diverged').map(({ id }) => id)).size).toBe(1);
  database.close();
  await until(() => app.sync.sentence.mayTurnOff);
});

describe('a closed account', () => {
  test('hands in what is unsent with its ticket after a refused sign-in', async () => {
    const phone = street.browser();
    const app = await phone.start();
    const visit = await street.signIn(app, 'a');
    street.network(false);
    await visit.edit(SIGN, 'yes', []);
    await visit.edit(BADGE, 'no', []);
    street.server.names.delete('user-a'); // the account is closed
    phone.end();
    street.network(true);
    await app.sync.now();
    await until(() => app.session.needsLogin);
    expect(app.session.mayHandIn).toBe(false);
    expect(await app.session.signIn('a', 'right')).toEqual({ ok: false, code: 'wrong_password' });
    expect(app.session.mayHandIn).toBe(true);
    street.network(false);
    expect(await app.session.handIn()).toEqual({ ok: false, code: 'offline' });
    street.network(true);
    expect(await app.session.handIn()).toEqual({ ok: true, taken: 2 });
    expect(street.server.log.entries.map((entry) => [entry.st, entry.actor])).toEqual([
      ['held', 'user-a'],
      ['held', 'user-a'],
    ]);
    await until(() => app.sync.serverHas === 2);
    expect(await app.session.handIn()).toEqual({ ok: true, taken: 0 });
    // The server went back to an older backup, which nobody who may not read the log can see.
    street.server.log.entries.length = 0;
    await app.session.handIn();
    expect(street.server.log.entries).toHaveLength(2);
  });

  test('whose ticket was withdrawn as well keeps everything for the file', async () => {
    const phone = street.browser();
    const app = await phone.start();
    const visit = await street.signIn(app, 'a');
    street.network(false);
    await visit.edit(SIGN, 'yes', []);
    street.server.ticket = 'another';
    phone.end();
    street.network(true);
    await app.sync.now();
    expect(await app.session.handIn()).toEqual({ ok: false, code: 'refused' });
    const lines = (await (await app.exportOutbox()).text()).trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ user: 'user-a', login: 'a', ticket: 'ticket-1' });
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ t: 'end', ops: 1, photos: 0 });
  });
});

const drawing = new Blob(['drawn'], { type: 'image/jpeg' });
const source = { sha256: 'a'.repeat(64), takenAt: null, place: null } as unknown as Photo;

test('photos beyond the day’s number say why they wait, and go when the day is over', async () => {
  const app = await street.browser().start();
  const visit = await street.signIn(app, 'a');
  await visit.attachPhoto(SIGN, drawing, { from: 'drawing', source, masked: false });
  street.server.before = (method, path) =>
    method === 'POST' && path.endsWith('/blobs')
      ? {
          status: 299,
          body: new Response('{}', { status: 429, headers: { 'Retry-After': '3600' } }),
        }
      : undefined;
  await app.sync.now();
  await until(() => app.sync.sentence.code === 'photos_limit');
  expect(app.photoSending.waits).toBe('limit');
  await app.photoSending.setPaused(true);
  expect(app.sync.sentence.code).toBe('photos_paused'); // what the person chose comes first
  await app.photoSending.setPaused(false);
  street.server.before = () => undefined;
  await app.sync.now();
  await until(() => app.sync.sentence.code === 'sent');
  expect(app.photoSending.waits).toBeNull();
});

describe('a photo the server refused for good', () => {
  /** A phone on which one photo was refused. */
  async function refused() {
    const app = await street.browser().start();
    street.server.safeN = 99;
    const visit = await street.signIn(app, 'a');
    const taken = await visit.attachPhoto(SIGN, drawing, { from: 'drawing', source, masked: false });
    street.server.before = (method) =>
      method === 'PATCH'
        ? { status: 422, body: { code: 'IMAGE_REFUSED', message: '', details: {} } }
        : undefined;
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'photos_refused');
    const { sha256 } = app.sync.failedPhotos[0]!;
    return { app, visit, photo: taken.photo, sha256 };
  }
  const kinds = () =>
    street.server.log.entries.map(({ body }) => (JSON.parse(body ?? '{}') as { kind: string }).kind);

  test('is nothing to be cleared when it was taken away before it was refused', async () => {
    const app = await street.browser().start();
    street.server.safeN = 99;
    const visit = await street.signIn(app, 'a');
    const { photo } = await visit.attachPhoto(SIGN, drawing, { from: 'drawing', source, masked: false });
    await visit.detachPhoto(photo);
    street.server.before = (method) =>
      method === 'PATCH'
        ? { status: 422, body: { code: 'IMAGE_REFUSED', message: '', details: {} } }
        : undefined;
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'photos_refused');
    visit.leave();
    await app.failedPhotos.remove(VISIT, app.sync.failedPhotos[0]!.sha256);
    expect(app.sync.failedPhotos).toEqual([]);
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'safe');
    expect(kinds()).toEqual(['attach', 'detach']);
  });

  test('and stands in a visit that takes no edit any more is ended with a reason the others are told', async () => {
    const { app, visit, sha256 } = await refused();
    await visit.close({
      unansweredReason: 'x',
      noEvidenceReason: 'x',
      missingPhotosReason: 'x',
      silentReason: 'x',
    });
    visit.leave();
    await expect(app.failedPhotos.remove(VISIT, sha256)).rejects.toMatchObject({ code: 'not_allowed' });
    await app.failedPhotos.end(VISIT, sha256, { reason: 'Tệp hỏng', told: 'Thôi gửi ảnh: Tệp hỏng' });
    expect(app.sync.failedPhotos).toEqual([]);
    expect(app.sync.endedPhotos).toEqual([{ sha256, why: 'Tệp hỏng', here: true }]);
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'photos_ended');
    expect(kinds()).toEqual(['attach', 'close', 'comment']);
    const told = JSON.parse(street.server.log.entries.at(-1)?.body ?? '') as { val: object };
    expect(told.val).toEqual({ of: SIGN, text: 'Thôi gửi ảnh: Tệp hỏng' });
    // It is kept, and may be sent after all.
    expect((await app.failedPhotos.copyOf(VISIT, sha256))?.size).toBe(5);
    street.server.before = () => undefined;
    await app.failedPhotos.retry(VISIT, sha256);
    await app.sync.now();
    await until(() => street.server.blobs.has(sha256));
    expect(app.sync.endedPhotos).toEqual([]);
  });

  test('is ended by who has left the delegation: nothing can be told, the reason stays here', async () => {
    const { app, visit, sha256 } = await refused();
    street.server.removed.add('user-a');
    visit.leave();
    await app.sync.now();
    await until(() => app.visits.list[0]?.gone === true);
    await expect(app.failedPhotos.remove(VISIT, sha256)).rejects.toMatchObject({ code: 'not_allowed' });
    await app.failedPhotos.end(VISIT, sha256, { reason: 'Tệp hỏng', told: 'Thôi gửi ảnh: Tệp hỏng' });
    expect(app.sync.endedPhotos).toEqual([{ sha256, why: 'Tệp hỏng', here: true }]);
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'photos_ended');
    expect(kinds()).toEqual(['attach']);
    // Nobody can do more for it: whoever is told what it costs may wipe the phone.
    expect(await app.session.signOutAndWipe()).toBe('done');
  });
});

describe('a computer several people share', () => {
  const A_WAITS = { name: 'Cán bộ A', ops: 1, photos: 0, readable: true };

  test('keeps each one’s work to himself: the other cannot see, send or delete it', async () => {
    const computer = street.browser();
    const first = await computer.start();
    const visit = await street.signIn(first, 'a');
    street.network(false);
    await visit.edit(SIGN, 'yes', []);
    expect(await first.session.signOut()).toBe('unsent');
    expect(first.session.status).toBe('signed_in');
    expect(await first.session.signOut({ evenUnsent: true })).toBe('done');
    street.network(true);
    computer.end();

    const second = await computer.start();
    expect(second.session.waitingForOthers).toEqual([A_WAITS]);
    const others = await street.signIn(second, 'b');
    expect(second.session.waitingForOthers).toEqual([A_WAITS]);
    expect(values(others, SIGN)).toEqual([]);
    expect(second.sync.total).toBe(0);
    await second.sync.now();
    expect(street.server.log.entries).toEqual([]);
    // Nor does the file, nor a wipe.
    expect((await (await second.exportOutbox()).text()).includes(SIGN)).toBe(false);
    expect(await second.session.signOutAndWipe()).toBe('unsent');
    expect(await second.session.signOut()).toBe('done');

    const back = await computer.start();
    const mine = await street.signIn(back, 'a');
    expect(values(mine, SIGN)).toEqual(['yes']);
    await back.sync.now();
    await until(() => street.server.log.entries.length === 1);
    expect(street.server.log.entries[0]?.actor).toBe('user-a');
  });

  describe('is told of a sign-out that the server did not hear', () => {
    /** A person signs out while there is no network; then the page is loaded again. */
    async function signedOutOffline(out: (app: FieldApp) => Promise<unknown>, computer = street.browser()) {
      const app = await computer.start();
      const visit = await street.signIn(app, 'a');
      await visit.edit(SIGN, 'yes', []);
      await until(() => app.sync.sentence.code === 'sent');
      street.server.safeN = 1;
      visit.leave();
      await app.sync.now();
      await until(() => app.sync.sentence.code === 'safe');
      street.network(false);
      await out(app);
      expect(app.session.status).toBe('signed_out');
      expect((await computer.start()).session.status).toBe('signed_out');
      street.network(true);
      street.server.requests.length = 0;
      street.server.lost = { pending_ops: 1, pending_blobs: 0, last_contact_at: null };
      return { computer, again: await computer.start() };
    }

    test.each([
      ['signed out', (app: FieldApp) => app.session.signOut()],
      ['wiped', (app: FieldApp) => app.session.signOutAndWipe()],
    ])('%s: it ends there before anybody is recognised', async (_how, out) => {
      const { computer, again } = await signedOutOffline(out);
      await until(() => street.server.requests.filter((each) => each === 'GET /api/session').length === 2);
      expect(street.server.requests.slice(0, 2)).toEqual(['GET /api/session', 'DELETE /api/session']);
      expect(street.server.requests).not.toContain('PUT /api/session/device');
      expect([again.session.status, again.session.loss]).toEqual(['signed_out', null]);
      street.server.requests.length = 0;
      await computer.start();
      await until(() => street.server.requests.length > 0);
      expect(street.server.requests).not.toContain('DELETE /api/session'); // once
    });

    test('the session of who has signed in on the desk since is let be', async () => {
      const computer = street.browser();
      const { again } = await signedOutOffline(async (app) => {
        await app.session.signOut();
        computer.desk('user-b');
      }, computer);
      await until(() => again.session.user?.login === 'b');
      expect(street.server.requests).not.toContain('DELETE /api/session');
    });

    test('a person who signs in meanwhile stays signed in', async () => {
      const { computer, again } = await signedOutOffline((app) => app.session.signOut());
      street.server.lost = null;
      expect(await again.session.signIn('b', 'right')).toEqual({ ok: true });
      await until(() => again.visits.list[0]?.ready === true);
      const next = await computer.start();
      expect(next.session.user?.login).toBe('b');
      await next.sync.now();
      expect(next.session.needsLogin).toBe(false);
    });
  });

  test('gives the ticket in a file only to the person who is signed in', async () => {
    const computer = street.browser();
    const app = await computer.start();
    const visit = await street.signIn(app, 'a');
    street.network(false);
    await visit.edit(SIGN, 'yes', []);
    await app.session.signOut({ evenUnsent: true });
    const [person] = await peopleHere(computer.storage);
    expect(person).toMatchObject({ user: 'user-a', current: false });
    const options = { app: 'x', at: new Date(0), withTicket: person?.current ?? true };
    const [head = ''] = (await (await outboxFile(person!, options, computer.storage)).text()).split('\n');
    expect(JSON.parse(head).ticket).toBeNull();
  });

  test('deletes everything only when the server’s backup covers everybody here', async () => {
    const computer = street.browser();
    const app = await computer.start();
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.sentence.code === 'sent');
    expect(await app.session.signOutAndWipe()).toBe('unsent');
    street.server.safeN = 1;
    visit.leave();
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'safe');
    expect(await app.session.signOutAndWipe()).toBe('done');
    expect(street.server.requests.at(-1)).toBe('DELETE /api/session');
    const names = (await computer.storage.databases()).map((each) => each.name);
    expect(names).not.toContain('congvu-user-a');
  });

  describe('is not deleted by B, whose own work is safe, while of A', () => {
    /** A has signed out with everything he wrote in the backup; then something is put into his database. */
    async function afterA(left: (database: UserDatabase) => Promise<unknown>): Promise<FieldApp> {
      const computer = street.browser();
      street.server.safeN = 9;
      const first = await computer.start();
      const visit = await street.signIn(first, 'a');
      await visit.edit(SIGN, 'yes', []);
      await until(() => first.sync.serverHas === 1);
      visit.leave();
      await first.sync.now();
      await until(() => first.sync.sentence.code === 'safe');
      await first.session.signOut();
      const database = new UserDatabase('user-a');
      await left(database);
      database.close();
      const second = await computer.start();
      const others = await street.signIn(second, 'b');
      await others.edit(BADGE, 'yes', []);
      await until(() => second.sync.serverHas === 1);
      others.leave();
      await second.sync.now();
      await until(() => second.sync.sentence.code === 'safe');
      return second;
    }
    const photo = {
      visit: VISIT,
      sha256: 'f'.repeat(64),
      size: 9,
      url: null,
      present: 0,
      refused: null,
    } as const;
    const told = async (app: FieldApp) => [await app.session.signOutAndWipe(), app.session.waitingForOthers];
    const waiting = { name: 'Cán bộ A', ops: 0, photos: 0, readable: true };

    test('nothing is left that the backup lacks: it is', async () => {
      expect(await (await afterA(async () => {})).session.signOutAndWipe()).toBe('done');
    });

    test('a photo waits for Wi-Fi', async () => {
      const app = await afterA((database) => database.uploads.add(photo));
      expect(await told(app)).toEqual(['unsent', [{ ...waiting, photos: 1 }]]);
    });

    test.each<[string, (database: UserDatabase) => Promise<unknown>]>([
      ['a photo is sent and not backed up', (database) => database.uploads.add({ ...photo, present: 1 })],
      ['a photo was refused', (database) => database.uploads.add({ ...photo, refused: 'IMAGE_REFUSED' })],
      ['an entry is above the safe mark', (database) => database.visits.update(VISIT, { safeN: 0 })],
      ['a text is half written', (database) => database.drafts.add({ visit: VISIT, path: SIGN, text: 'dở' })],
      [
        'an incident waits to be told',
        (database) => database.incidents.add({ id: 'i', kind: 'rewrapped', at: '2026-11-30' }),
      ],
    ])('%s', async (_what, left) => {
      expect(await told(await afterA(left))).toEqual(['unsent', []]);
    });

    test('the database cannot be read: a newer app has changed it', async () => {
      const app = await afterA(async (database) => {
        database.close();
        await new Dexie(database.name).open().then((found) => found.close());
        await new Promise<void>((done, failed) => {
          const request = Dexie.dependencies.indexedDB.open(database.name, 900);
          request.onsuccess = () => done(request.result.close());
          request.onerror = failed;
        });
      });
      expect(await told(app)).toEqual(['unsent', [{ ...waiting, readable: false }]]);
    });
  });

  test('is not deleted while a text is half written: the sentence says so, until it is put away', async () => {
    const app = await street.browser().start();
    street.server.safeN = 9;
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.serverHas === 1);
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'safe');
    visit.draft('comment/x', 'Bàn 7 chưa có biển');
    await until(() => app.sync.sentence.code === 'drafts');
    expect(app.sync.sentence).toMatchObject({ mayWipe: false, counts: { drafts: 1 } });
    expect(await app.session.signOutAndWipe()).toBe('unsent');
    visit.leave();
    await app.discardDrafts(VISIT);
    expect(app.sync.sentence.code).toBe('safe');
    expect(await app.session.signOutAndWipe()).toBe('done');
  });

  test('is not deleted with what was typed a moment ago', async () => {
    const app = await street.browser().start();
    street.server.safeN = 9;
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.serverHas === 1);
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'safe');
    visit.draft('comment/x', 'Bàn 7');
    expect(await app.session.signOutAndWipe()).toBe('unsent');
  });

  test('says so to who has left the delegation too, once the backup has what he wrote', async () => {
    const app = await street.browser().start();
    const visit = await street.signIn(app, 'a');
    await visit.edit(SIGN, 'yes', []);
    await until(() => app.sync.sentence.code === 'sent');
    street.server.removed.add('user-a');
    visit.leave();
    await app.sync.now();
    await until(() => app.visits.list[0]?.gone === true);
    expect(app.sync.sentence.code).toBe('sent');
    street.server.safeN = 1;
    await app.sync.now();
    await until(() => app.sync.sentence.code === 'safe');
  });
});

test.each([
  ['never heard of', null, { instance: 'x', minted: 5 }, { kind: 'same' }],
  [
    'remembered, and nothing was ever written',
    { instance: 'a', minted: 0 },
    { instance: 'b', minted: 0 },
    { kind: 'same' },
  ],
  ['the same, later', { instance: 'a', minted: 3 }, { instance: 'a', minted: 4 }, { kind: 'same' }],
  [
    'another under its name',
    { instance: 'a', minted: 9, waiting: 4, photos: 2 },
    { instance: 'b', minted: 0 },
    { kind: 'recreated', ops: 4, photos: 2 },
  ],
  [
    'gone back in time',
    { instance: 'a', minted: 9, waiting: 4, photos: 2 },
    { instance: 'a', minted: 7, photos: 1 },
    { kind: 'rewound', ops: 2, photos: 1 },
  ],
])('a database %s', (_what, before, found, fate) => {
  const whole = (part: object) => ({ instance: '', minted: 0, waiting: 0, photos: 0, ...part });
  expect(fateOf(before && whole(before), whole(found))).toEqual(fate);
});

const ORDINARY = {
  secure: true,
  serviceWorker: true,
  fileSystem: true,
  persisted: false,
  quotaBytes: 60_000_000_000,
};
test.each([
  ['an ordinary window', {}, false],
  ['an installed app on a small phone', { persisted: true, quotaBytes: 900_000_000 }, false],
  ['a private window of Firefox', { serviceWorker: false }, true],
  ['a private window of Safari', { fileSystem: false }, true],
  ['a private window that lives in memory', { quotaBytes: 600_000_000 }, true],
  ['a browser that says nothing of its room', { quotaBytes: null, fileSystem: null, persisted: null }, false],
  ['an address without TLS: another problem, said elsewhere', { secure: false, serviceWorker: false }, false],
])('%s', (_what, signs, expected) => {
  expect(isPrivate({ ...ORDINARY, ...signs })).toBe(expected);
});

test('iOS in a tab, and what a device is called', () => {
  expect([{ standalone: false }, { standalone: true }, {}].map(isIosTab)).toEqual([true, false, false]);
  expect(deviceName('Mozilla/5.0 (Linux; Android 14) Chrome/156 Mobile Safari')).toBe('Android · Chrome');
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari')).toBe('iPhone · Safari');
  expect(deviceName('')).toBe('Thiết bị · trình duyệt');
});
