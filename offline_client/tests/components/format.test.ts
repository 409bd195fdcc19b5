// @vitest-environment ./tests/environment.ts
// Numbers and times as people here write them, and signatures that fit an operation.
import { describe, expect, test } from 'vitest';
import {
  bytes,
  day,
  fraction,
  hundredths,
  isoMinute,
  moment,
  percent,
  ratio,
  shareOf,
} from '../../src/components/format.ts';
import { extend, isDrawn, LONGEST, pathOf, type Stroke, TYPED_MARK } from '../../src/components/signature.ts';

describe('numbers', () => {
  test.each([
    [750, '7,5'],
    [0, '0'],
    [5, '0,05'],
    [-50, '-0,5'],
    [123456, '1.234,56'],
    [100000000, '1.000.000'],
  ])('%i hundredths', (value, text) => expect(hundredths(value)).toBe(text));

  test('a share is rounded half up and never reaches what it is not', () => {
    expect(shareOf(8, 9)).toBe(8889);
    expect(shareOf(1, 20000)).toBe(1);
    expect(shareOf(1, 20001)).toBe(0);
    expect(shareOf(0, 0)).toBeNull();
    expect(percent(9799)).toBe('97,99%');
    expect(ratio(8, 9)).toBe('8/9 (88,89%)');
    expect(ratio(0, 0)).toBe('0/0');
    expect(fraction({ n: 4000n, d: 9n })).toBe('4,44');
    expect(bytes(10_700_000_000)).toBe('10,7 GB');
  });
});

test('times', () => {
  const at = new Date(2020, 7, 13, 9, 5);
  expect(day('2020-08-13')).toBe('13/08/2020');
  expect(isoMinute(at)).toBe('2020-08-13T09:05');
  expect(moment(at, new Date(2020, 7, 13, 23, 0))).toBe('09:05');
  expect(moment(at, new Date(2020, 7, 14))).toBe('09:05 13/08');
});

describe('signatures', () => {
  test('a stroke is thinned, written as one path, and a tap is none', () => {
    let stroke: Stroke = [];
    for (const point of [
      [10, 10],
      [11, 11],
      [30, 30],
      [60, 40],
      [90, 60],
    ] as const)
      stroke = extend(stroke, point);
    expect(pathOf([stroke])).toBe('M10 10L30 30 60 40 90 60');
    expect(isDrawn([stroke])).toBe(true);
    expect(isDrawn([[[5, 5]]])).toBe(false);
    expect(pathOf([[[5, 5]]])).toBe('M5 5L5 5');
  });

  test('what is sent has only the characters the closed table allows', () => {
    const allowed = /^[MLHVCSQTAZmlhvcsqtaz0-9 ,.-]+$/;
    expect(TYPED_MARK).toMatch(allowed);
    const wild = Array.from({ length: 900 }, (_, i): readonly [number, number] => [
      (i * 37) % 1000,
      (i * 91) % 400,
    ]);
    expect(pathOf([wild])).toMatch(allowed);
    expect(pathOf([wild]).length).toBeLessThan(LONGEST);
  });
});
