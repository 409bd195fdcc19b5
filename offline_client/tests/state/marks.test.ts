// What is drawn on a photo: geometry that is the same on the screen and in what is saved.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arrowHead,
  boxOf,
  drawn,
  hundredthsOf,
  isMasked,
  type Mark,
  markOf,
  NOTHING_DRAWN,
  penOf,
  redo,
  squareOf,
  stepped,
  thinned,
  undo,
  within,
} from '../../src/state/marks.ts';

const PHOTO = { width: 2560, height: 1920 };
const at = (x: number, y: number) => ({ x, y });
const mask: Mark = { tool: 'mask', from: at(0, 0), to: at(100, 100) };
const arrow: Mark = { tool: 'arrow', from: at(0, 0), to: at(100, 100) };

describe('strokes', () => {
  test('a box is the same whichever corner it began from', () => {
    const box = { x: 10, y: 20, width: 30, height: 40 };
    const corners = [at(10, 20), at(40, 60)] as const;
    expect([
      boxOf(corners[0], corners[1]),
      boxOf(corners[1], corners[0]),
      boxOf(at(40, 20), at(10, 60)),
    ]).toEqual([box, box, box]);
  });

  test('a slip of the finger makes no mark', () => {
    const line = 10;
    expect(markOf('mask', [at(5, 5), at(24, 100)], line)).toBeNull();
    expect(markOf('mask', [at(5, 5), at(26, 100)], line)).toMatchObject({ tool: 'mask' });
    expect(markOf('circle', [at(5, 5), at(100, 6)], line)).toBeNull();
    expect(markOf('arrow', [at(5, 5), at(30, 5)], line)).toBeNull();
    expect(markOf('arrow', [at(5, 5), at(100, 5)], line)).toMatchObject({ to: at(100, 5) });
    expect(markOf('hand', [at(5, 5)], line)).toBeNull();
    expect([markOf('text', [at(5, 5)], line), markOf('hand', [], line)]).toEqual([null, null]);
  });

  test('a line by hand keeps its ends and nothing that adds nothing', () => {
    const points = [at(0, 0), at(1, 0), at(2, 0), at(12, 0), at(13, 0)];
    expect(thinned(points, 10)).toEqual([at(0, 0), at(12, 0), at(13, 0)]);
    expect(thinned([], 10)).toEqual([]);
  });

  test('an arrow points at its end, its head on both sides and never longer than the arrow', () => {
    const [left, right] = arrowHead(at(0, 0), at(100, 0), 10);
    expect(left.x).toBeCloseTo(right.x);
    expect(left.y).toBeCloseTo(-right.y);
    expect(left.x).toBeLessThan(100);
    const [short] = arrowHead(at(0, 0), at(5, 0), 10);
    expect(Math.hypot(short.x - 5, short.y)).toBeCloseTo(5);
  });

  test('pens are as thick to the eye on a small photo as on a large one', () => {
    expect(penOf(PHOTO).line / 2560).toBeCloseTo(penOf({ width: 660, height: 1320 }).line / 1320);
    expect(penOf({ width: 10, height: 10 })).toEqual({ line: 2, letters: 12 });
  });
});

describe('covering', () => {
  test('no box shows more than 3 × 12 squares, and no square is finer than a hundredth of the photo', () => {
    const length = fc.integer({ min: 1, max: 2560 });
    fc.assert(
      fc.property(length, length, (width, height) => {
        const side = squareOf({ width, height }, PHOTO);
        const [short, long] = [Math.min(width, height), Math.max(width, height)];
        expect(Math.ceil(short / side - 1e-9)).toBeLessThanOrEqual(3);
        expect(Math.ceil(long / side - 1e-9)).toBeLessThanOrEqual(12);
        expect(side).toBeGreaterThanOrEqual(25.6);
      }),
    );
  });

  test('only a box covers', () => {
    expect([isMasked([]), isMasked([arrow]), isMasked([arrow, mask])]).toEqual([false, false, true]);
  });
});

describe('taking back', () => {
  test('marks come back in the order they went, until something new is drawn', () => {
    const two = drawn(drawn(NOTHING_DRAWN, arrow), mask);
    expect(undo(two)).toEqual({ marks: [arrow], undone: [mask] });
    expect(redo(undo(two))).toEqual(two);
    expect(undo(undo(undo(two)))).toEqual({ marks: [], undone: [mask, arrow] });
    expect(drawn(undo(two), arrow)).toEqual({ marks: [arrow, arrow], undone: [] });
    expect(redo(two)).toEqual(two);
  });
});

describe('by keyboard', () => {
  test('arrow keys move the cross, finely with Shift, and never off the photo', () => {
    expect(stepped(at(1000, 1000), 'ArrowRight', PHOTO, false)?.x).toBeCloseTo(1000 + 2560 / 30);
    expect(stepped(at(1000, 1000), 'ArrowUp', PHOTO, true)?.y).toBeCloseTo(1000 - 2560 / 200);
    expect(stepped(at(0, 0), 'ArrowLeft', PHOTO, false)).toEqual(at(0, 0));
    expect(stepped(at(0, 0), 'Enter', PHOTO, false)).toBeNull();
    expect(within(at(-5, 3000), PHOTO)).toEqual(at(0, 1920));
  });

  test('where it stands is said in hundredths', () => {
    expect(hundredthsOf(at(1280, 480), PHOTO)).toEqual(at(50, 25));
  });
});
