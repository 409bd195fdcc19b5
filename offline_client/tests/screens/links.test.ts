// Addresses are read as they are written.
import { expect, test } from 'vitest';
import { placeOf, sectionLink, syncLink, visitLink, visitsLink } from '../../src/screens/links.ts';

test('every link leads to its place', () => {
  expect(placeOf(visitsLink)).toEqual({ screen: 'visits' });
  expect(placeOf(syncLink)).toEqual({ screen: 'sync' });
  for (const part of ['overview', 'contested', 'score', 'summary', 'sign'] as const)
    expect(placeOf(visitLink('v1', part))).toEqual({ screen: 'visit', visit: 'v1', part, within: '' });
  const [path, hash] = sectionLink('v1', 'niem-yet', 'bang').split('#');
  expect(placeOf(path ?? '')).toEqual({ screen: 'visit', visit: 'v1', part: 'section', within: 'niem-yet' });
  expect(hash).toBe('item-bang');
});

test.each([
  '/field/x',
  '/field/sync/x',
  '/field/visits',
  '/field/visits/v1/x',
  '/field/visits/v1/sign/x',
  '/',
  '/field/%E0%A4%A',
])('%s is an unknown place', (path) => {
  expect(placeOf(path)).toEqual({ screen: 'unknown' });
});
