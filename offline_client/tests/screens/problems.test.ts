// One problem is said once, with the visits it concerns; a photo that stays is said to stay for the reason it has.
import { expect, test } from 'vitest';
import { problemsTold, whyNotRemoved } from '../../src/screens/problems.ts';
import { NotReady } from '../../src/state/app.svelte.ts';
import type { SyncProblem, VisitCard } from '../../src/state/interface.ts';
import { Unsaved } from '../../src/state/writer.ts';

const card = (id: string, problem: SyncProblem | null) => ({
  id,
  unitName: `Phường ${id}`,
  plannedOn: '2026-11-22',
  sync: { problem },
});
const told = (overall: SyncProblem | null, ...cards: ReturnType<typeof card>[]) =>
  problemsTold(overall, cards).map(({ problem, visits }) => [problem, visits.map(({ id }) => id)]);

test('a problem of several visits is said once, with all of them', () => {
  const cards = [card('a', 'removed'), card('b', null), card('c', 'removed'), card('d', 'cancelled')];
  expect(told('removed', ...cards)).toEqual([
    ['removed', ['a', 'c']],
    ['cancelled', ['d']],
  ]);
});

test('a problem of the phone or the server names no visits, whichever met it first', () => {
  expect(told('server', card('a', 'server'), card('b', 'server'))).toEqual([['server', []]]);
  expect(told('limit', card('a', 'chain_broken'))).toEqual([
    ['limit', []],
    ['chain_broken', ['a']],
  ]);
});

test('what is said elsewhere is not said again, and nothing is said of nothing', () => {
  expect(told('login', card('a', 'offline'), card('b', 'login'))).toEqual([]);
  expect(told(null, card('a', null))).toEqual([]);
});

type Standing = Pick<VisitCard, 'state' | 'gone' | 'cancelled'>;
const OPEN: Standing = { state: 'open', gone: false, cancelled: false };

test.each<[string, unknown, Partial<Standing>, string]>([
  ['the visit is closed', new Unsaved('not_allowed'), { state: 'closed' }, 'closed'],
  ['the visit is signed', new Unsaved('not_allowed'), { state: 'signed' }, 'signed'],
  ['he has left', new Unsaved('not_allowed'), { state: 'closed', gone: true }, 'gone'],
  [
    'it was cancelled, which nobody left',
    new Unsaved('not_allowed'),
    { gone: true, cancelled: true },
    'cancelled',
  ],
  ['he may only look', new Unsaved('not_allowed'), {}, 'not_allowed'],
  ['the phone is full, whatever the visit is', new Unsaved('quota'), { state: 'closed' }, 'quota'],
  ['the store is lost', new Unsaved('database'), { state: 'signed' }, 'database'],
  ['the checklist is not here', new NotReady('checklist'), { state: 'signed' }, 'not_ready'],
  ['nobody knows', new DOMException('gone', 'InvalidStateError'), { state: 'closed' }, 'database'],
])('a photo is not taken away because %s', (_why, error, visit, told) => {
  expect(whyNotRemoved(error, { ...OPEN, ...visit })).toBe(told);
});
