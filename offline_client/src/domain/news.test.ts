// The news vectors, read by both runtimes: tests/domain/test_news.py is the other reader.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { newsCases } from '../../tests/news.ts';
import { expand, NewsError } from './news.ts';
import { entryHash } from './wire.ts';

const sha256 = (raw: Uint8Array | string) => createHash('sha256').update(raw).digest('hex');
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

test.each(newsCases)('$description', ({ given, expect: wanted }) => {
  const { after, entries, author, writer, mine } = given;
  let prev = given.prev;
  const found = expand(after, entries, { author, writer, operations: mine });
  const hashes = found.map((entry) => {
    const raw = entry.bodyB64 === null ? entry.body : Buffer.from(entry.bodyB64, 'base64');
    const bh = entry.bodyHash ?? sha256(raw ?? '');
    prev = entryHash(
      {
        visit: given.visit,
        n: entry.n,
        prev: bytes(prev),
        op: entry.op,
        bodyHash: bytes(bh),
        actor: entry.actor,
        writer: entry.writer,
        ws: entry.ws,
        receivedAt: entry.recv,
        status: entry.status,
        why: entry.why,
        parents: entry.parents,
      },
      sha256,
    );
    return prev;
  });
  const shown = found.map(({ bodyB64, bodyHash, status, parents, body, ...rest }) => ({
    ...rest,
    body,
    body_b64: bodyB64,
    st: status,
    epar: parents,
    bh: bodyHash ?? sha256(bodyB64 === null ? (body ?? '') : Buffer.from(bodyB64, 'base64')),
  }));
  expect(shown).toEqual(wanted.entries);
  expect(hashes).toEqual(wanted.h);
});

test('every news vector is read', () => {
  expect(newsCases.length).toBe(22);
});

const FULL = { body: '{}', op: 'o', actor: 'a', writer: 'w', ws: 1, recv: 1, epar: [] };
test.each([
  [5],
  [{}],
  [{ ...FULL, op: null, body: '[]' }],
  [{ ...FULL, ws: -1 }],
  [{ ...FULL, recv: 'x' }],
  [{ ...FULL, epar: ['x'] }],
  [{ ...FULL, why: '' }],
  [{ mine: 1, recv: 1 }],
])('what lacks something is refused: %j', (entry) => {
  const nobody = { author: 'a', writer: 'w', operations: [] };
  expect(() => expand(0, [entry], nobody)).toThrow(NewsError);
});
