// The news vectors, read by both runtimes: tests/domain/test_news.py is the other reader.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expand, NewsError, type OwnOperation } from './news.ts';
import { entryHash } from './wire.ts';

interface Case {
  readonly description: string;
  readonly given: {
    readonly visit: string;
    readonly after: number;
    readonly prev: string;
    readonly author: string;
    readonly writer: string;
    readonly mine: readonly OwnOperation[];
    readonly entries: readonly unknown[];
  };
  readonly expect: {
    readonly entries: readonly Record<string, unknown>[];
    readonly h: readonly string[];
  };
}

const folder = new URL('../../../tests/vectors/news/', import.meta.url);
const files = readdirSync(folder).sort();
const cases = files.flatMap((file) =>
  (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }[]).flatMap(
    (group) => group.cases,
  ),
);
const sha256 = (raw: Uint8Array | string) => createHash('sha256').update(raw).digest('hex');
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

test.each(cases)('$description', ({ given, expect: wanted }) => {
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
  expect(files).toEqual(['lean.json']);
  expect(cases.length).toBe(22);
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
