// When a visit began, read by both runtimes: tests/domain/test_starting.py is the other reader.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Entry } from './operations.ts';
import { boundsText, saidText, startOf, startValue } from './starting.ts';

interface Given {
  readonly entries: readonly (Record<string, unknown> & { readonly by: string })[];
}
interface Case {
  readonly description: string;
  readonly given: Given;
  readonly expect: Record<string, unknown> | null;
}

const file = new URL('../../../tests/vectors/starting/start.json', import.meta.url);
const [{ cases }] = JSON.parse(readFileSync(file, 'utf8')) as [{ cases: readonly Case[] }];

function entriesOf({ entries }: Given): readonly Entry[] {
  const plain = {
    kind: 'set',
    parents: [],
    n: null,
    wall: '',
    status: 'acc',
    why: '',
    writer: '',
    ws: 0,
    chk: '',
  };
  return entries.map(
    ({ by, received_at = null, ...each }) =>
      ({ ...plain, ...each, actor: by, receivedAt: received_at }) as never,
  );
}

test.each(cases)('$description', ({ given, expect: wanted }) => {
  const found = startOf(entriesOf(given));
  if (found === null || wanted === null) return expect(found).toBe(wanted);
  const { fits: _judged, ...told } = wanted; // by the server alone
  const { notBefore, ...rest } = found;
  const texts = { said_text: saidText(found), bounds_text: boundsText(found) };
  expect({ ...rest, not_before: notBefore, ...texts }).toEqual(told);
});

test('what is not known is left out, and no clock makes a value that would be held', () => {
  expect(startValue(-5, { off: null, unc: null }, null)).toEqual({ at: 0 });
  expect(startValue(10.4, { off: -3.6, unc: 2 }, { at: 7, sig: 's' })).toEqual({
    at: 10,
    off: -4,
    unc: 2,
    after: { at: 7, sig: 's' },
  });
  expect(cases).toHaveLength(8);
});
