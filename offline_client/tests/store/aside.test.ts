// A page that the browser puts aside whole leaves no transaction behind that others would have to wait for.
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { watchAside } from '../../src/store/aside.ts';
import { durably, UserDatabase } from '../../src/store/database.ts';
import { readMeta, writeMeta } from '../../src/store/manifest.ts';

const passing = (type: string, persisted: boolean) => Object.assign(new Event(type), { persisted });
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Writes and reads past this page's connection; settles only when nobody else's transaction is in the way. */
function byAnotherPage(): Promise<IDBValidKey[]> {
  return new Promise((done) => {
    const opening = indexedDB.open('congvu-aside');
    opening.onsuccess = () => {
      const meta = opening.result.transaction('meta', 'readwrite').objectStore('meta');
      meta.put({ key: 'other', value: 1 });
      meta.getAllKeys().onsuccess = (event) => done((event.target as IDBRequest<IDBValidKey[]>).result);
    };
  });
}

test('what runs while the page is put aside is undone at once and repeated when the page is back', async () => {
  const page = new EventTarget();
  watchAside(page);
  const database = new UserDatabase('aside');
  await writeMeta(database, 'kept', 1);

  let turns = 0;
  const write = durably(database, () =>
    database.transaction('rw', database.meta, async () => {
      turns += 1;
      await database.meta.put({ key: 'half', value: turns });
      if (turns === 1) page.dispatchEvent(passing('pagehide', true));
      await database.meta.put({ key: 'whole', value: turns });
    }),
  );
  await pause(50);
  const later = writeMeta(database, 'later', 1);
  await pause(50);

  expect(await byAnotherPage()).toEqual(['kept', 'other']);
  expect(turns).toBe(1);
  // What was already past its waiting gets no transaction either.
  await expect(database.meta.toArray()).rejects.toMatchObject({ name: 'InvalidStateError' });

  page.dispatchEvent(passing('pageshow', true));
  await Promise.all([write, later]);
  expect(turns).toBe(2);
  for (const [key, value] of Object.entries({ half: 2, whole: 2, later: 1, other: 1 }))
    expect(await readMeta(database, key)).toBe(value);
});

test('a page that ends for good is left to end its own transactions', async () => {
  const page = new EventTarget();
  watchAside(page);
  const database = new UserDatabase('ended');
  page.dispatchEvent(passing('pagehide', false));
  await writeMeta(database, 'last', 1);
  expect(await readMeta(database, 'last')).toBe(1);
});
