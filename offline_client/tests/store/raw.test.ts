// The databases read past every schema, and the file of what the server does not have.
import 'fake-indexeddb/auto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { isNewer, NewerDatabase, UserDatabase } from '../../src/store/database.ts';
import { Device } from '../../src/store/device.ts';
import { saveDraft } from '../../src/store/drafts.ts';
import { acceptOwnView, appendEntries } from '../../src/store/log.ts';
import { saveManifest } from '../../src/store/manifest.ts';
import { mint, waitingCount } from '../../src/store/ops.ts';
import { outboxFile, outboxName, peopleHere } from '../../src/store/raw.ts';
import { START, type VisitRow } from '../../src/store/rows.ts';
import { entryOf } from '../examples.ts';

const minted = (id: string) => ({ op: id, visit: 'v', body: `{"op":"${id}","val":"Đã \\u0041"}`, bh: id });
const entry = (n: number, id: string) => entryOf(n, id, { bh: id, prev: START.h, sig: 's' });
// Larger than one piece of base64, and not a multiple of three.
const bytes = Uint8Array.from({ length: 50_000 }, (_each, k) => (k * 7) % 256);
const AT = new Date(2026, 10, 27, 10, 15);
const OPTIONS = { app: '0.1.0', at: AT, withTicket: true };

let storage: IDBFactory;

async function work(user: string): Promise<void> {
  const database = new UserDatabase(user);
  await saveManifest(database, [{ id: 'v', unitName: 'Phường A', order: 0 } as VisitRow], 1);
  const photo = { visit: 'v', sha256: 's1', mime: 'image/jpeg', size: bytes.length, bytes: bytes.buffer };
  await mint(database, { ops: [minted('o1'), minted('o2'), minted('o3')], blob: photo }, 'w');
  await mint(
    database,
    { ops: [minted('o4')], blob: { ...photo, sha256: 's2', bytes: new ArrayBuffer(2) } },
    'w',
  );
  await database.uploads.update(['v', 's2'], { present: 1 });
  await appendEntries(database, 'v', START, [entry(1, 'o1')]);
  await acceptOwnView(database, 'v', [entry(9, 'z2')]);
  await saveDraft(database, { visit: 'v', path: 'item/a/note', text: '{"value":"đang gõ","seen":[]}' });
  database.close();
}

const lines = async (file: Blob) =>
  (await file.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  storage = new IDBFactory();
  Dexie.dependencies.indexedDB = storage;
  const device = new Device();
  await device.setCurrent({ id: 'user-b', login: 'canbob', name: 'Cán bộ B', device: 'd2' });
  await device.setCurrent({
    id: 'user-a',
    login: 'canboa',
    name: 'Cán bộ A',
    device: 'd1',
    ticket: 'secret',
  });
  device.close();
  await work('user-a');
});

/** Newer code: another version, a store more, a store less. */
async function upgradedByNewerCode(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = storage.open('congvu-user-a', 9_990);
    request.onerror = () => reject(request.error);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('from-the-future');
      request.result.deleteObjectStore('evidence');
    };
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
}

describe('who has work here', () => {
  test('lists everybody, the signed-in person first, with counts per visit', async () => {
    await work('user-c'); // the device database never heard of this one
    const [a, ...others] = await peopleHere(storage);
    expect(a).toMatchObject({
      user: 'user-a',
      login: 'canboa',
      current: true,
      ticket: 'secret',
      problem: null,
    });
    expect(a?.visits).toEqual([{ id: 'v', unit: 'Phường A', ops: 3, drafts: 1, photos: 1 }]);
    expect(others.map(({ user, name, current, visits }) => [user, name, current, visits.length])).toEqual([
      ['user-b', 'Cán bộ B', false, 0],
      ['user-c', '', false, 1],
    ]);
  });

  test('leaves no database behind that was not there', async () => {
    const before = (await storage.databases()).map((each) => each.name).sort();
    await peopleHere(storage);
    expect((await storage.databases()).map((each) => each.name).sort()).toEqual(before);
    expect(before).not.toContain('congvu-user-b');
  });

  test('finds people by their databases when the device database is gone', async () => {
    storage.deleteDatabase('congvu-device');
    const people = await peopleHere(storage);
    expect(people.map((person) => [person.user, person.current, person.visits[0]?.ops])).toEqual([
      ['user-a', false, 3],
    ]);
  });
});

describe('the file', () => {
  test('holds every unsent operation word for word, evidence, drafts and photos, and says how many', async () => {
    const [person] = await peopleHere(storage);
    const file = await lines(await outboxFile(person!, OPTIONS, storage));
    expect(file[0]).toEqual({
      format: 'congvu-outbox',
      version: 1,
      user: 'user-a',
      login: 'canboa',
      device: 'd1',
      ticket: 'secret',
      app: '0.1.0',
      exported_at: AT.toISOString(),
    });
    expect(file.filter((line) => line.t === 'op')).toEqual(
      [2, 3, 4].map((k) => ({
        t: 'op',
        visit: 'v',
        writer: 'w',
        ws: k,
        seq: k,
        op: `o${k}`,
        body: minted(`o${k}`).body,
      })),
    );
    expect(
      file.filter((line) => line.t === 'evidence').map((line) => [line.visit, line.n, line.op, line.h]),
    ).toEqual([['v', 9, 'z2', 'h9']]);
    expect(file.filter((line) => line.t === 'draft')).toEqual([
      { t: 'draft', visit: 'v', path: 'item/a/note', text: '{"value":"đang gõ","seen":[]}' },
    ]);
    const [photo, ...more] = file.filter((line) => line.t === 'photo');
    expect(more).toEqual([]);
    expect(photo).toMatchObject({ visit: 'v', sha256: 's1', mime: 'image/jpeg' });
    expect(new Uint8Array(Buffer.from(photo?.b64 as string, 'base64'))).toEqual(bytes);
    expect(file.at(-1)).toEqual({ t: 'end', ops: 3, photos: 1 });
  });

  test('keeps the ticket to itself unless the person is signed in', async () => {
    const [person] = await peopleHere(storage);
    const [head] = await lines(await outboxFile(person!, { ...OPTIONS, withTicket: false }, storage));
    expect(head?.ticket).toBeNull();
  });

  test('is named after the person and the minute', () => {
    expect(outboxName('canboa', AT)).toBe('congvu-canboa-20261127-1015.txt');
    expect(outboxName('../"x', AT)).toBe('congvu-..x-20261127-1015.txt');
    expect(outboxName('', AT)).toBe('congvu-may-20261127-1015.txt');
  });
});

describe('a database of newer code', () => {
  test('is refused by the app, never written to, and still exported', async () => {
    await upgradedByNewerCode();
    const database = new UserDatabase('user-a');
    await expect(waitingCount(database)).rejects.toSatisfy(isNewer);
    await expect(mint(database, { ops: [minted('o9')] }, 'w')).rejects.toSatisfy(isNewer);
    database.close();
    const [person] = await peopleHere(storage);
    expect(person?.visits).toEqual([{ id: 'v', unit: 'Phường A', ops: 3, drafts: 1, photos: 1 }]);
    const file = await lines(await outboxFile(person!, OPTIONS, storage));
    expect(file.filter((line) => line.t === 'op').map((line) => line.op)).toEqual(['o2', 'o3', 'o4']);
    expect(file.at(-1)).toEqual({ t: 'end', ops: 3, photos: 1 });
  });

  test('one that is only damaged is not called newer', () => {
    expect(isNewer(new Error('UnknownError'))).toBe(false);
    expect(isNewer(new NewerDatabase('congvu-user-a'))).toBe(true);
  });
});

test('the recovery page loads nothing the app needs to start', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url));
  const seen = new Set<string>();
  const packages: string[] = [];
  const read = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import (?:[^'";]+ from )?'([^']+)'/gm))
      if (name.endsWith('.ts')) read(join(dirname(file), name));
      else if (!name.endsWith('.css')) packages.push(name);
  };
  for (const name of readdirSync(join(src, 'recovery'))) read(join(src, 'recovery', name));
  expect([...seen].map((file) => file.slice(src.length + 1)).sort()).toEqual([
    'recovery/main.ts',
    'recovery/texts.ts',
    'store/raw.ts',
    'store/version.ts',
  ]);
  expect(packages).toEqual([]);
});
