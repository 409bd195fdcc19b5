// One problem is said once, with the visits it concerns.
import { expect, test } from 'vitest';
import { problemsTold } from '../../src/screens/problems.ts';
import type { SyncProblem } from '../../src/state/interface.ts';

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
