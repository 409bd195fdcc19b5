// Who may hold something the lead has not seen: the lists of the closing screen.
import { expect, test } from 'vitest';
import type { Entry, Head } from '../../src/domain/operations.ts';
import { unexcused } from '../../src/state/closing.ts';
import {
  missingPhotos,
  type Surroundings,
  serverTime,
  silentDevices,
  takenBy,
} from '../../src/state/surroundings.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const device = (name: string, more = {}) => ({
  device: name,
  user: `user-${name}`,
  name,
  openedAt: NOW - 300 * MINUTE,
  lastAt: NOW - MINUTE,
  ops: 0,
  photos: 0,
  revoked: false,
  ...more,
});
const known = (devices: readonly ReturnType<typeof device>[], photos: string[] = []): Surroundings => ({
  at: NOW,
  devices,
  photos,
});
const photo = (sha256: string, actor: string): Head => ({
  op: sha256,
  value: { of: 'item/bien', sha256 },
  actor,
  kind: 'attach',
  n: 1,
  wall: '',
  receivedAt: NOW,
  reason: null,
  adoptedBy: null,
});

test('silent are other devices that owe something or were not heard of for an hour', () => {
  const all = [
    device('here', { ops: 4 }),
    device('well'),
    device('owes-ops', { ops: 2 }),
    device('owes-photos', { photos: 1 }),
    device('an-hour', { lastAt: NOW - 60 * MINUTE }),
    device('longer', { lastAt: NOW - 61 * MINUTE }),
    device('revoked', { ops: 2, revoked: true }),
  ];
  const names = silentDevices(known(all), 'here', NOW).map((each) => each.name);
  expect(names).toEqual(['owes-ops', 'owes-photos', 'longer']);
  expect(silentDevices(null, 'here', NOW)).toEqual([]);
});

test('a wrong clock makes nobody silent, and lets nobody who is pass', () => {
  const all = [device('well'), device('longer', { lastAt: NOW - 61 * MINUTE })];
  const silentAt = (ahead: number | null, clock: number, list: Surroundings = known(all)) =>
    silentDevices(list, 'here', serverTime(list, { ahead, now: () => clock })).map((each) => each.name);
  const DAY = 24 * 60 * MINUTE;
  for (const ahead of [-60 * MINUTE, 0, DAY]) {
    expect(silentAt(ahead, NOW - ahead), 'measured').toEqual(['longer']);
    expect(silentAt(null, NOW - ahead, { ...known(all), ahead }), 'measured with the list').toEqual([
      'longer',
    ]);
  }
  expect(silentAt(null, NOW), 'never measured: as the phone has it').toEqual(['longer']);
});

test('a list grows old: a device that was well an hour ago is silent now', () => {
  expect(silentDevices(known([device('well')]), 'here', NOW + 60 * MINUTE)).toHaveLength(1);
});

const attach = (path: string, head: Head, writer = ''): Entry => ({
  ...{ op: head.op, kind: 'attach', path, value: head.value, actor: head.actor, parents: [], n: 1, wall: '' },
  ...{ receivedAt: NOW, status: 'acc', why: '', writer, ws: 1, chk: '' },
});

test('missing are photos nobody knows to be on the server, counted once by person', () => {
  const cells = new Map<string, Head[]>([
    ['photo/1', [photo('own-sent', 'a')]],
    ['photo/2', [photo('own-waiting', 'a')]],
    ['photo/3', [photo('others-there', 'b')]],
    ['photo/4', [photo('others-missing', 'b')]],
    ['photo/5', [photo('others-missing', 'b')]],
    ['photo/6', [{ ...photo('gone', 'b'), value: null }]],
    ['item/bien', [{ ...photo('no-photo', 'b') }]],
  ]);
  const own = new Map([
    ['own-sent', true],
    ['own-waiting', false],
  ]);
  expect(missingPhotos(cells, new Map(), own, known([], ['others-there']))).toEqual([
    { actor: 'a', phone: 'here', n: 1 },
    { actor: 'b', phone: null, n: 1 },
  ]);
  expect(missingPhotos(cells, new Map(), own, null)).toEqual([
    { actor: 'a', phone: 'here', n: 1 },
    { actor: 'b', phone: null, n: 2 },
  ]);
});

test('of a person with two phones is told on which of them the photos lie', () => {
  const [old, fresh] = [
    device('old', { user: 'b', writers: ['w1', 'w2'] }),
    device('new', { user: 'b', writers: ['w3'] }),
  ];
  const heads = ['p1', 'p2', 'p3', 'p4'].map((sha256) => photo(sha256, 'b'));
  const cells = new Map(heads.map((head) => [`photo/${head.op}`, [head]]));
  const writers = ['w1', 'w2', 'w3', 'unheard of'];
  const entries = heads.map((head, at) => attach(`photo/${head.op}`, head, writers[at]));
  expect(missingPhotos(cells, takenBy(entries), new Map(), known([old, fresh]))).toEqual([
    { actor: 'b', phone: old, n: 2 },
    { actor: 'b', phone: fresh, n: 1 },
    { actor: 'b', phone: null, n: 1 },
  ]);
});

test('a photo lies where it was taken, also when somebody else adopted it or put it back', () => {
  const taken = attach('photo/p1', photo('p1', 'b'), 'w1');
  const cells = new Map([['photo/p1', [{ ...photo('p1', 'a'), op: 'put-back' }]]]);
  const again = attach('photo/p1', { ...photo('p1', 'a'), op: 'put-back' }, 'w9');
  const all = known([device('b', { writers: ['w1'] }), device('a', { writers: ['w9'] })]);
  const told = missingPhotos(cells, takenBy([taken, again]), new Map(), all);
  expect(told).toEqual([{ actor: 'b', phone: all.devices[0], n: 1 }]);
});

test('each of the five needs its own reason, and nothing else can be excused', () => {
  const blockers = [
    { code: 'unanswered', items: ['bien'] },
    { code: 'no_evidence', paths: ['item/bien'] },
    { code: 'held', n: 2 },
    { code: 'missing_photos', people: [{ actor: 'b', phone: null, n: 1 }] },
    { code: 'silent', devices: [device('b')] },
    { code: 'contested', paths: ['item/bien'] },
  ] as const;
  const left = (reasons: object) => unexcused(blockers, reasons).map(({ code }) => code);
  expect(left({})).toEqual(['unanswered', 'no_evidence', 'held', 'missing_photos', 'silent', 'contested']);
  expect(left({ unansweredReason: 'x', silentReason: '  ' })).toEqual([
    'no_evidence',
    'held',
    'missing_photos',
    'silent',
    'contested',
  ]);
  const all = {
    unansweredReason: 'x',
    noEvidenceReason: 'x',
    heldReason: 'x',
    missingPhotosReason: 'x',
    silentReason: 'x',
  };
  expect(left(all)).toEqual(['contested']);
});
