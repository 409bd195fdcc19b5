// @vitest-environment ./tests/environment.ts
// "Ready" is said of what this phone really holds: each part missing in turn takes the tick away.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FieldApp } from '../../src/state/app.svelte.ts';
import { appFilesHere } from '../../src/state/appFiles.ts';
import { UserDatabase } from '../../src/store/database.ts';
import { VISIT } from '../simulation/server.ts';
import { Street, until } from './phones.ts';

const PICTURE = 'a'.repeat(64);
const TOLD = {
  number: '05/TB-UBND',
  issued_on: '2026-06-12',
  visited_on: '2026-05-20',
  basis_points: 8_125,
  findings: [
    {
      item: 'bien',
      severity: 'minor',
      text: 'Còn 1/3 bàn chưa có biển',
      remedy: 'Bổ sung biển',
      state: 'reported',
      due_on: '2026-06-26',
      pictures: [PICTURE],
    },
  ],
};

let street: Street;

beforeEach(() => {
  street = new Street();
});

afterEach(() => street.close());

async function phone(): Promise<FieldApp> {
  const app = await street.browser().start();
  expect(await app.session.signIn('a', 'right')).toEqual({ ok: true });
  await until(() => app.visits.list[0]?.ready === true && !app.visits.preparing.busy);
  return app;
}

const readiness = (app: FieldApp) => app.visits.list[0]?.readiness;

/** A worker that answers as ours does. */
const worker = (missing: unknown) =>
  ({
    postMessage: (_what: string, [port]: MessagePort[]) => port?.postMessage({ missing }),
  }) as unknown as ServiceWorker;

describe('a visit', () => {
  test('of a unit without a conclusion before says so, which is known only after asking', async () => {
    const app = await phone();
    await until(() => readiness(app)?.previous === 'none');
    expect(readiness(app)).toMatchObject({ checklist: true, pictures: { here: 0, needed: 0 } });
    expect((await app.visits.previous(VISIT)).told).toBeNull();
  });

  test('keeps what was found before with its picture, and reads it without a network', async () => {
    street.server.previous = TOLD;
    street.server.pictures.set(PICTURE, new Uint8Array([1, 2, 3]));
    const app = await phone();
    await until(() => readiness(app)?.pictures.here === 1);
    street.network(false);
    const { told, known } = await app.visits.previous(VISIT);
    expect(known).toBe(true);
    expect(told?.findings[0]).toMatchObject({ text: 'Còn 1/3 bàn chưa có biển', state: 'reported' });
    expect([...new Uint8Array((await app.visits.previousPicture(VISIT, PICTURE)) ?? [])]).toEqual([1, 2, 3]);
  });

  test('is not ready while a picture is missing, and the next try brings only that', async () => {
    street.server.previous = TOLD;
    street.server.pictures.set(PICTURE, new Uint8Array([1]));
    let refuse = true;
    const { before } = street.server;
    street.server.before = (method, path) =>
      refuse && path.includes('/previous/') ? { status: 503, body: {} } : before(method, path);
    const app = await phone();
    await until(() => readiness(app)?.pictures.needed === 1 && app.visits.preparing.failed);
    expect(readiness(app)).toMatchObject({ previous: 'here', pictures: { here: 0, needed: 1 }, all: false });
    refuse = false;
    street.server.requests = [];
    await app.visits.prepare();
    expect(readiness(app)?.pictures).toEqual({ here: 1, needed: 1 });
    expect(street.server.requests.filter((each) => each.includes('/previous'))).toEqual([
      `GET /api/sync/v1/visits/${VISIT}/previous/${PICTURE}`,
    ]);
  });

  test('has the unit’s last answers without a network, also when their news came while it was open', async () => {
    const said = { value: 'no', fails: true, on: '2026-05-20', by: 'Cán bộ B', note: 'Chưa treo' };
    const app = await phone();
    const visit = await app.openVisit(VISIT);
    expect(visit.lastTime.size).toBe(0);
    street.server.earlier = { bien: said, la: { value: [1], fails: false, on: '2026-05-20', by: '' } };
    const database = new UserDatabase('user-a');
    await database.meta.delete(`earlier/${VISIT}`); // hours later
    database.close();
    await app.visits.prepare();
    visit.leave();
    street.network(false);
    const again = await app.openVisit(VISIT);
    expect(again.lastTime.get('bien')).toEqual(said);
    expect(again.heads('item/bien')).toEqual([]); // shown, never answered by itself
    again.leave();
  });

  test('whose checklist on this phone no longer has its hash is not ready', async () => {
    const app = await phone();
    await until(() => readiness(app)?.checklist === true);
    const database = new UserDatabase('user-a');
    const [row] = await database.checklists.toArray();
    await database.checklists.put({ chk: row?.chk ?? '', text: `${row?.text} ` });
    database.close();
    app.visits.preparing.forget();
    await app.visits.load();
    expect(readiness(app)).toMatchObject({ checklist: false, all: false });
  });
});

describe("the app's own files", () => {
  test.each([
    [0, true],
    [2, false],
    ['x', null],
  ])('the worker misses %s: %s', async (missing, here) => {
    expect(await appFilesHere(worker(missing))).toBe(here);
  });

  test('without a worker nobody can tell', async () => {
    expect(await appFilesHere(null)).toBeNull();
  });
});
