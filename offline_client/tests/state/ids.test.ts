// Ids of operations: each is new, and those of one life of a page begin alike, so that a push of many shrinks.
import { expect, it } from 'vitest';
import { isId } from '../../src/domain/wire.ts';
import { freshId, operationIds } from '../../src/state/partition.ts';

const some = (next: () => string) => Array.from({ length: 300 }, next);

it('never mints an id twice, in one life of a page or in another', () => {
  const all = [...some(operationIds()), ...some(operationIds()), ...some(freshId)];
  expect(all.every(isId)).toBe(true);
  expect(new Set(all).size).toBe(900);
});

it('gives the ids of one life one beginning, and each life its own', () => {
  const beginnings = (next: () => string) => new Set(some(next).map((id) => id.slice(0, 16)));
  const [one, other] = [beginnings(operationIds()), beginnings(operationIds())];
  expect([one.size, other.size, new Set([...one, ...other]).size]).toEqual([1, 1, 2]);
});

it('counts in the last 32 bits', () => {
  const next = operationIds(new Uint8Array(16).fill(255));
  expect([next(), next()]).toEqual(['________________AAAAAA', '________________AAAAAQ']);
});
