// A picture looked at closely never leaves its frame, and what is under the finger stays there.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kept, LARGEST, moved, swiped, WHOLE, zoomed } from '../../src/components/zoom.ts';

const FRAME = { width: 400, height: 600 };

test('the point under the finger stays while there is room', () => {
  const view = zoomed(WHOLE, 2, { x: 50, y: -100 }, FRAME);
  expect(view).toEqual({ scale: 2, x: -50, y: 100 });
  expect(zoomed(view, 0.5, { x: 0, y: 0 }, FRAME)).toEqual(WHOLE);
});

test('nothing makes it smaller than the frame, larger than six times, or shows what is beside it', () => {
  const number = fc.integer({ min: -2000, max: 2000 });
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), number, number, (factor, x, y) => {
      for (const view of [
        zoomed(WHOLE, factor, { x, y }, FRAME),
        moved({ scale: 3, x: 0, y: 0 }, { x, y }, FRAME),
      ]) {
        expect(view.scale).toBeGreaterThanOrEqual(1);
        expect(view.scale).toBeLessThanOrEqual(LARGEST);
        expect(kept(view, FRAME)).toEqual(view);
      }
    }),
  );
  expect(kept({ scale: 1, x: 90, y: -90 }, FRAME)).toEqual(WHOLE);
});

test('a swipe is long and level', () => {
  expect(swiped({ x: -80, y: 10 }, FRAME)).toBe(1);
  expect(swiped({ x: 80, y: -10 }, FRAME)).toBe(-1);
  expect([swiped({ x: -40, y: 0 }, FRAME), swiped({ x: -80, y: 60 }, FRAME)]).toEqual([0, 0]);
});
