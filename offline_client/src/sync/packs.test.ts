// Boxes that only the start code opens, read by both runtimes: tests/features/sync/test_surprise.py is the other reader.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Box } from '../store/sealed.ts';
import { unseal } from './packs.ts';

interface Case {
  readonly description: string;
  readonly box: Box;
  readonly code: string;
  readonly expect: unknown;
}

const file = new URL('../../../tests/vectors/packs/boxes.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

test.each(cases)('$description', async ({ box, code, expect: wanted }) => {
  expect(await unseal(box, code)).toEqual(wanted);
});

test('every box is read', () => {
  expect(cases).toHaveLength(3);
});
