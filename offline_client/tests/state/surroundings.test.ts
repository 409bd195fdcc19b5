// Who may hold something the lead has not seen: the lists of the closing screen.
import { expect, test } from 'vitest';
import type { Head } from '../../src/domain/operations.ts';
import { unexcused } from '../../src/state/closing.ts';
import { missingPhotos, type Surroundings, silentDevices } from '../../src/state/surroundings.ts';

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

test('a list grows old: a device that was well an hour ago is silent now', () => {
  expect(silentDevices(known([device('well')]), 'here', NOW + 60 * MINUTE)).toHaveLength(1);
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
  expect(missingPhotos(cells, own, known([], ['others-there']))).toEqual([
    { actor: 'a', n: 1 },
    { actor: 'b', n: 1 },
  ]);
  expect(missingPhotos(cells, own, null)).toEqual([
    { actor: 'a', n: 1 },
    { actor: 'b', n: 2 },
  ]);
});

test('each of the four needs its own reason, and nothing else can be excused', () => {
  const blockers = [
    { code: 'unanswered', items: ['bien'] },
    { code: 'no_evidence', paths: ['item/bien'] },
    { code: 'missing_photos', people: [{ actor: 'b', n: 1 }] },
    { code: 'silent', devices: [device('b')] },
    { code: 'contested', paths: ['item/bien'] },
  ] as const;
  const left = (reasons: object) => unexcused(blockers, reasons).map(({ code }) => code);
  expect(left({})).toEqual(['unanswered', 'no_evidence', 'missing_photos', 'silent', 'contested']);
  expect(left({ unansweredReason: 'x', silentReason: '  ' })).toEqual([
    'no_evidence',
    'missing_photos',
    'silent',
    'contested',
  ]);
  const all = { unansweredReason: 'x', noEvidenceReason: 'x', missingPhotosReason: 'x', silentReason: 'x' };
  expect(left(all)).toEqual(['contested']);
});
