// A file of screens comes once, and is told to be missing when it does not come.
import { afterEach, expect, test, vi } from 'vitest';
import { Piece } from '../../src/screens/piece.svelte.ts';

afterEach(() => vi.unstubAllGlobals());

test('is fetched once, however often it is wanted', async () => {
  const load = vi.fn(async () => 'screens');
  const piece = new Piece(load);
  expect([piece.screens, piece.missing]).toEqual([null, false]);
  await Promise.all([piece.bring(), piece.bring()]);
  await piece.bring();
  expect([piece.screens, piece.missing]).toEqual(['screens', false]);
  expect(load).toHaveBeenCalledTimes(1);
});

test('is missing when it cannot be had', async () => {
  const piece = new Piece(() => Promise.reject(new TypeError('no network')));
  await piece.bring();
  expect([piece.screens, piece.missing]).toEqual([null, true]);
});

test('ahead of its need it waits until the browser has nothing to do', async () => {
  const idle: (() => void)[] = [];
  vi.stubGlobal('requestIdleCallback', (work: () => void) => idle.push(work));
  const load = vi.fn(async () => 'screens');
  const piece = new Piece(load);
  piece.bringSoon();
  expect(load).not.toHaveBeenCalled();
  for (const work of idle) work();
  await piece.bring();
  expect(piece.screens).toBe('screens');
  expect(load).toHaveBeenCalledTimes(1);
});
