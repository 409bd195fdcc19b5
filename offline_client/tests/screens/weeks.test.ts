// Which visits stand under which heading, on each day of a week.
import { expect, test } from 'vitest';
import { sundayOf, weeks } from '../../src/screens/weeks.ts';

const card = (plannedOn: string, state: 'planned' | 'open' | 'closed' | 'signed' = 'planned') => ({
  plannedOn,
  state,
});
const grouped = (today: string, ...cards: ReturnType<typeof card>[]) =>
  Object.fromEntries(
    weeks(cards, today).map(({ group, cards }) => [group, cards.map((each) => each.plannedOn)]),
  );

test.each([
  ['2026-11-23', '2026-11-29'], // Monday
  ['2026-11-28', '2026-11-29'],
  ['2026-11-29', '2026-11-29'], // Sunday is the last day of its week
  ['2026-12-28', '2027-01-03'],
])('the week of %s ends on %s', (today, sunday) => {
  expect(sundayOf(today)).toBe(sunday);
});

test('today, the rest of the week, later, and what is over with the latest first', () => {
  expect(
    grouped(
      '2026-11-25',
      card('2026-11-23', 'signed'),
      card('2026-11-24'),
      card('2026-11-25'),
      card('2026-11-29'),
      card('2026-11-30'),
    ),
  ).toEqual({
    today: ['2026-11-25'],
    week: ['2026-11-29'],
    later: ['2026-11-30'],
    past: ['2026-11-24', '2026-11-23'],
  });
});

test('what was begun and not signed stays with today, whenever it was planned', () => {
  expect(
    grouped(
      '2026-11-25',
      card('2026-11-02', 'open'),
      card('2026-11-03', 'closed'),
      card('2026-12-09', 'open'),
    ),
  ).toEqual({ today: ['2026-11-02', '2026-11-03', '2026-12-09'] });
});

test('no visits, no headings', () => {
  expect(weeks([], '2026-11-25')).toEqual([]);
});
