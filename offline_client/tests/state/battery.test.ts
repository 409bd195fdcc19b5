// A hint only where it is certain: low, not charging, and told by the browser.
import { expect, test } from 'vitest';
import { lowBattery } from '../../src/state/battery.ts';

const phone = (level: number, charging = false) => ({ getBattery: async () => ({ level, charging }) });

test.each([
  ['low', phone(0.224), 22],
  ['low and charging', phone(0.1, true), null],
  ['full enough', phone(0.3), null],
  ['a browser that does not tell', {}, null],
  ['no browser', null, null],
  ['a browser that refuses', { getBattery: () => Promise.reject(new Error('policy')) }, null],
])('%s', async (_name, here, percent) => {
  expect(await lowBattery(here)).toBe(percent);
});
