// What is fetched for a day without a network: boxes of surprise visits, what was answered and found the last time.
import { beforeEach, describe, expect, test } from 'vitest';
import { earlierOf, saveEarlier } from '../../src/store/earlier.ts';
import { previousOf, previousPicture, previousPictures, savePrevious } from '../../src/store/previous.ts';
import { packOf, savePack } from '../../src/store/sealed.ts';
import { fetchEarlier } from '../../src/sync/earlier.ts';
import { isFresh } from '../../src/sync/fresh.ts';
import { fetchPacks } from '../../src/sync/packs.ts';
import { fetchPrevious } from '../../src/sync/previous.ts';
import { Phone } from '../simulation/phone.ts';
import { hex, SERVER_NOW, SimulatedServer, VISIT } from '../simulation/server.ts';

const HOUR = 3_600_000;
const NOW = SERVER_NOW;
const LATER = NOW + 6 * HOUR;
let server: SimulatedServer;
let phone: Phone;

beforeEach(() => {
  server = new SimulatedServer();
  phone = new Phone(server);
});

/** What was asked since the last time, by the last word of its address. */
function asked(): (string | undefined)[] {
  const words = server.requests.map((request) => request.split('/').at(-1));
  server.requests.length = 0;
  return words;
}

const broken = () => {
  server.before = () => ({ status: 503, body: {} });
};

test.each([
  ['just now', 0, true],
  ['in the last six hours', 6 * HOUR - 1, true],
  ['six hours ago', 6 * HOUR, false],
  ['tomorrow, by a clock that was set back', -1, false],
])('what was fetched %s (%i ms ago) is fresh: %s', (_when, ago, fresh) => {
  expect(isFresh({ at: NOW - ago }, NOW)).toBe(fresh);
});

describe('boxes of surprise visits', () => {
  const box = (data: string) => ({ rounds: 1, salt: 's', iv: 'i', data });
  const fetch = (ids: readonly string[], now = NOW) =>
    fetchPacks(
      phone.database,
      phone.api,
      ids.map((id) => ({ id, plannedOn: '2026-12-01' })),
      now,
    );
  const serve = (data: string) => {
    const body = { proto: 1, epoch: server.epoch, server_now: SERVER_NOW, pack: box(data) };
    server.before = () => ({ status: 200, body });
  };

  test('one that cannot be had does not keep the others away', async () => {
    serve('one');
    const all = server.before;
    server.before = (method, path) => (path.includes('/a/') ? { status: 404, body: {} } : all(method, path));
    await expect(fetch(['a', 'b'])).rejects.toMatchObject({ failure: { kind: 'no_such_visit' } });
    expect(await packOf(phone.database, 'b')).toEqual({ at: NOW, box: box('one') });
  });

  test('are fetched, one for each visit, and asked for anew when they are old', async () => {
    serve('one');
    await fetch(['a', 'b']);
    expect(server.requests.map((request) => request.split('/').slice(-2))).toEqual([
      ['a', 'pack'],
      ['b', 'pack'],
    ]);
    expect(await packOf(phone.database, 'b')).toEqual({ at: NOW, box: box('one') });
    serve('two');
    asked();
    await fetch(['a', 'b'], LATER - 1);
    expect(asked()).toEqual([]);
    await fetch(['a', 'b'], LATER);
    expect(asked()).toHaveLength(2);
    expect(await packOf(phone.database, 'a')).toEqual({ at: LATER, box: box('two') });
  });

  test('one that is fresh does not keep the others from being fetched', async () => {
    await savePack(phone.database, 'a', { at: NOW, box: box('kept') });
    serve('one');
    await fetch(['a', 'b']);
    expect(await packOf(phone.database, 'a')).toEqual({ at: NOW, box: box('kept') });
    expect(await packOf(phone.database, 'b')).toEqual({ at: NOW, box: box('one') });
  });

  test('stay when no newer one can be had, and go with their visit', async () => {
    serve('one');
    await fetch(['a', 'b']);
    broken();
    await expect(fetch(['a'], LATER)).rejects.toMatchObject({ failure: { kind: 'busy' } });
    expect(await packOf(phone.database, 'a')).toEqual({ at: NOW, box: box('one') });
    expect(await packOf(phone.database, 'b')).toBeNull();
  });
});

describe('what was answered the last time', () => {
  const item = { on: '2025-11-30', by: 'Cán bộ A', fails: false };
  const other = { ...item, fails: true };
  const fetch = (now = NOW) => fetchEarlier(phone.database, phone.api, VISIT, now);

  test('is fetched, and asked for anew when it is old', async () => {
    server.earlier = { a: item };
    await fetch();
    expect(await earlierOf(phone.database, VISIT)).toMatchObject({ at: NOW, items: { a: item } });
    server.earlier = { a: other };
    asked();
    await fetch(LATER - 1);
    expect(asked()).toEqual([]);
    await fetch(LATER);
    expect(await earlierOf(phone.database, VISIT)).toMatchObject({ at: LATER, items: { a: other } });
  });

  test('stays as it is where the server says that nothing changed, and counts as fetched now', async () => {
    server.earlier = { a: item };
    await fetch();
    const before = await earlierOf(phone.database, VISIT);
    const told: unknown[] = [];
    server.after = (_method, _path, reply) => {
      told.push(reply.body);
      return reply;
    };
    await fetch(LATER);
    expect(told).toEqual([expect.objectContaining({ unchanged: true })]);
    expect(await earlierOf(phone.database, VISIT)).toEqual({ ...before, at: LATER });
  });

  test('is nothing where a server says that nothing changed and nothing is here', async () => {
    const body = { proto: 1, epoch: server.epoch, server_now: SERVER_NOW, digest: 'd', unchanged: true };
    server.before = () => ({ status: 200, body });
    await fetch();
    expect(await earlierOf(phone.database, VISIT)).toEqual({ digest: 'd', at: NOW, items: {} });
  });

  test.each([
    ['an answer that is not ours', { status: 200, body: { items: 'x' } }],
    ['a busy server', { status: 503, body: {} }],
  ])('stays when %s comes in its place', async (_what, reply) => {
    const kept = { digest: 'd', at: NOW, items: { a: item } };
    await saveEarlier(phone.database, VISIT, kept);
    server.before = () => reply;
    await expect(fetch(LATER)).rejects.toThrow();
    expect(await earlierOf(phone.database, VISIT)).toEqual(kept);
  });
});

describe('what was found the last time', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const [first, second] = [hex('first'), hex('second')];
  const conclusion = (...pictures: string[]) => ({
    number: '12/TB',
    issued_on: '2025-12-10',
    visited_on: '2025-11-30',
    basis_points: 8_000,
    findings: [{ item: 'a', severity: 'minor', text: 't', remedy: 'r', state: '', due_on: null, pictures }],
  });
  const fetch = (now = NOW) => fetchPrevious(phone.database, phone.api, VISIT, now);
  const here = async () => [...(await previousPictures(phone.database, VISIT))].sort();

  beforeEach(() => {
    server.previous = conclusion(first);
    for (const sha256 of [first, second]) server.pictures.set(sha256, bytes);
  });

  test('is fetched with its pictures, said to be news once, and asked for anew when it is old', async () => {
    expect(await fetch()).toBe(true);
    expect(asked()).toEqual(['previous', first]);
    expect(await previousOf(phone.database, VISIT)).toMatchObject({ at: NOW, told: { number: '12/TB' } });
    expect(new Uint8Array((await previousPicture(phone.database, VISIT, first))!)).toEqual(bytes);
    expect(await fetch(LATER - 1)).toBe(false);
    expect(asked()).toEqual([]);
    expect(await fetch(LATER)).toBe(true);
    expect(asked()).toEqual(['previous']);
  });

  test('brings the pictures that are not here, and lets go of those it names no more', async () => {
    await fetch();
    server.previous = conclusion(second);
    asked();
    expect(await fetch(LATER)).toBe(true);
    expect(asked()).toEqual(['previous', second]);
    expect(await here()).toEqual([second]);
  });

  test('stays as it is where the server says that nothing changed', async () => {
    await fetch();
    const before = await previousOf(phone.database, VISIT);
    const told: unknown[] = [];
    server.after = (_method, _path, reply) => {
      told.push(reply.body);
      return reply;
    };
    await fetch(LATER);
    expect(told).toEqual([expect.objectContaining({ unchanged: true })]);
    expect(await previousOf(phone.database, VISIT)).toEqual({ ...before, at: LATER });
  });

  test('a picture that the server has no more does not keep the others away', async () => {
    server.previous = conclusion(first, second);
    server.before = (_method, path) => (path.endsWith(first) ? { status: 404, body: {} } : undefined);
    await expect(fetch()).rejects.toMatchObject({ failure: { kind: 'no_such_visit' } });
    expect(await here()).toEqual([second]);
  });

  test('a picture that could not be had is asked for the next time, though the rest is fresh', async () => {
    server.previous = conclusion(first, second);
    server.before = (_method, path) => (path.endsWith(second) ? { status: 503, body: {} } : undefined);
    await expect(fetch()).rejects.toMatchObject({ failure: { kind: 'busy' } });
    expect(await here()).toEqual([first]);
    server.before = () => undefined;
    asked();
    expect(await fetch(NOW + 1)).toBe(true);
    expect(asked()).toEqual([second]);
    expect(await here()).toEqual([first, second].sort());
  });

  test('is kept as nothing where nothing was concluded before', async () => {
    server.previous = null;
    expect(await fetch()).toBe(true);
    expect(await previousOf(phone.database, VISIT)).toMatchObject({ at: NOW, told: null });
    expect(await fetch()).toBe(false);
  });

  test('is nothing where a server says that nothing changed and nothing is here', async () => {
    const body = { proto: 1, epoch: server.epoch, server_now: SERVER_NOW, digest: 'd', unchanged: true };
    server.before = () => ({ status: 200, body });
    await fetch();
    expect(await previousOf(phone.database, VISIT)).toEqual({ digest: 'd', at: NOW, told: null });
  });

  test('stays when a busy server tells nothing', async () => {
    const kept = { digest: 'd', at: NOW, told: null };
    await savePrevious(phone.database, VISIT, kept);
    broken();
    await expect(fetch(LATER)).rejects.toMatchObject({ failure: { kind: 'busy' } });
    expect(await previousOf(phone.database, VISIT)).toEqual(kept);
  });
});
