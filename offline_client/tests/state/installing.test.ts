// Each browser is told its own way to the home screen, and nobody who does not need one.
import { expect, test } from 'vitest';
import { installKind } from '../../src/state/installing.ts';

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPAD =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15';

test.each([
  [`${ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36`, 5, 'chrome'],
  [`${ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`, 5, 'samsung'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0', 5, 'firefox'],
  [`${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, 5, 'ios_safari'],
  [`${IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1`, 5, 'ios_other'],
  [IPAD, 5, 'ios_safari'],
  [IPAD, 0, null], // a Mac
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36', 0, null],
  [`${ANDROID} Version/4.0 Chrome/126.0 Mobile Safari/537.36 Zalo android/24070`, 5, 'in_app'],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-A155F; wv) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36',
    5,
    'in_app',
  ],
])('%s, %i: %s', (agent, touchPoints, kind) => {
  expect(installKind({ agent, touchPoints, standalone: false, offered: false })).toBe(kind);
  expect(installKind({ agent, touchPoints, standalone: true, offered: false })).toBeNull();
});

test('where the browser offers it, one button is enough; a window inside another app stays refused', () => {
  const facts = { touchPoints: 5, standalone: false, offered: true };
  expect(installKind({ ...facts, agent: `${ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36` })).toBe('prompt');
  expect(installKind({ ...facts, agent: `${ANDROID} Chrome/126.0 Mobile Safari/537.36 Zalo android` })).toBe(
    'in_app',
  );
});
