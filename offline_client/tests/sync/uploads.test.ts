// What a visit owes of its photos, and how much of one goes in a request.
import { describe, expect, test } from 'vitest';
import type { UploadRow } from '../../src/store/rows.ts';
import { FIRST_CHUNK as CHUNK_BYTES, ChunkSize, owed } from '../../src/sync/uploads.ts';

const photo = (sha256: string, size: number, change: Partial<UploadRow> = {}): UploadRow => ({
  visit: 'v',
  sha256,
  size,
  url: null,
  present: 0,
  refused: null,
  ...change,
});

describe('a visit owes', () => {
  test('what the log names, the server lacks and has not refused', () => {
    const rows = [
      photo('a', 1),
      photo('b', 1, { present: 1 }),
      photo('c', 1, { refused: 'TOO_BIG' }),
      photo('d', 1),
      photo('e', 1, { present: 1, refused: 'TOO_BIG' }),
    ];
    expect(owed(rows, new Set(['a', 'b', 'c', 'e']))).toEqual([photo('a', 1)]);
  });

  test.each([[['b', 'a', 'c']], [['a', 'b', 'c']]])(
    'the smallest first, and %j always in one order',
    (order) => {
      const sizes: Record<string, number> = { a: 2, b: 2, c: 1 };
      const rows = order.map((sha256) => photo(sha256, sizes[sha256]!));
      expect(owed(rows, new Set(order)).map(({ sha256 }) => sha256)).toEqual(['c', 'a', 'b']);
    },
  );
});

test('a chunk grows on a quick line, shrinks on a slow one or when it broke, within bounds', () => {
  const chunk = new ChunkSize();
  chunk.took(100);
  expect(chunk.bytes).toBe(2 * CHUNK_BYTES);
  chunk.took(3_000);
  expect(chunk.bytes).toBe(2 * CHUNK_BYTES);
  chunk.took(9_000);
  chunk.broke();
  expect(chunk.bytes).toBe(CHUNK_BYTES / 2);
  for (let n = 0; n < 20; n += 1) chunk.broke();
  expect(chunk.bytes).toBe(16 * 1024);
  for (let n = 0; n < 20; n += 1) chunk.took(0);
  expect(chunk.bytes).toBe(1024 * 1024);
});

test.each([
  [1_499, 2],
  [1_500, 1],
  [6_000, 1],
  [6_001, 1 / 2],
])('after one that took %i ms the next is %d times as big', (ms, times) => {
  const chunk = new ChunkSize();
  chunk.took(ms);
  expect(chunk.bytes).toBe(times * CHUNK_BYTES);
});
