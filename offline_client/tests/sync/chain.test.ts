// What may touch the store: the news vectors again (tests/vectors/news/), this time as pages behind a cursor whose
// last hash the server told and signed, and everything that must make a page unsound.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/store/rows.ts';
import { fromHex, NOTHING_MINE, readNews, type Sha256, soundEntries } from '../../src/sync/chain.ts';
import type { News } from '../../src/sync/protocol.ts';
import { type NewsCase, newsCases } from '../news.ts';

const sha256: Sha256 = async (bytes) => createHash('sha256').update(bytes).digest('hex');

const pageOf = ({ given, expect: { h } }: NewsCase): News & { kind: 'page' } => ({
  kind: 'page',
  after: given.after,
  entries: given.entries,
  h: h.at(-1) ?? null,
  sig: 'signature',
  more: false,
});
const cursorOf = ({ given }: NewsCase) => ({ n: given.after, h: given.prev });
const mineOf = ({ given: { author, writer, mine } }: NewsCase) => ({ author, writer, operations: mine });
const read = (each: NewsCase, page = pageOf(each), tools: Parameters<typeof readNews>[4] = { sha256 }) =>
  readNews(each.given.visit, cursorOf(each), page, mineOf(each), tools);

/** The entries as the store keeps them: linked to one another, the server's signature on the last alone. */
function linked({ given, expect: wanted }: NewsCase): LogEntry[] {
  return wanted.entries.map(({ body_b64, ...entry }, index) => ({
    ...entry,
    ...(body_b64 === null ? {} : { body_b64 }),
    prev: index === 0 ? given.prev : wanted.h[index - 1]!,
    h: wanted.h[index]!,
    sig: index === wanted.entries.length - 1 ? 'signature' : '',
  }));
}

const named = (description: string) => newsCases.find((each) => each.description === description)!;
const several = named('back to the first writer: its number is told');
const hidden = named('held and hidden: the hash and the id stand for the body');
const binary = named('a body that is not UTF-8');

describe('news', () => {
  test.each(newsCases)('$description: worked out, linked and signed at its end', async (each) => {
    expect(await read(each)).toEqual(linked(each));
  });

  test('may tell the beginning of the last hash; it is the whole one that is kept and was signed', async () => {
    const asked: string[] = [];
    const verify = async (h: string) => asked.push(h) > 0;
    const whole = several.expect.h.at(-1)!;
    const page = { ...pageOf(several), h: whole.slice(0, 32) };
    expect(await read(several, page, { sha256, verify })).toEqual(linked(several));
    expect(asked).toEqual([whole]);
    expect(await read(several, { ...page, h: whole.slice(32) })).toBeNull();
  });

  test('of another cursor, or that end in another hash, are unsound', async () => {
    const page = pageOf(several);
    expect(await read(several, { ...page, after: 1 })).toBeNull();
    expect(await read(several, { ...page, h: 'f'.repeat(64) })).toBeNull();
    expect(await read(several, { ...page, entries: page.entries.slice(0, -1) })).toBeNull();
    expect(await read(several, { ...page, entries: [] })).toBeNull();
    const nothing = pageOf(named('nothing'));
    expect(await read(named('nothing'), { ...nothing, after: 1 })).toBeNull();
  });

  test('of another visit, or behind another entry, are unsound', async () => {
    const { visit } = several.given;
    const elsewhere = (of: string, h: string) =>
      readNews(of, { n: 0, h }, pageOf(several), NOTHING_MINE, { sha256 });
    expect(await elsewhere(visit, several.given.prev)).not.toBeNull();
    expect(await elsewhere('v2', several.given.prev)).toBeNull();
    expect(await elsewhere(visit, '1'.repeat(64))).toBeNull();
  });

  test('whose signature is not the server’s are unsound, though the chain is whole', async () => {
    const asked: string[][] = [];
    const verify = (answer: boolean) => async (h: string, sig: string) => {
      asked.push([h, sig]);
      return answer;
    };
    expect(await read(several, pageOf(several), { sha256, verify: verify(true) })).toEqual(linked(several));
    expect(await read(several, pageOf(several), { sha256, verify: verify(false) })).toBeNull();
    expect(asked).toEqual(Array(2).fill([several.expect.h.at(-1), 'signature']));
  });

  test('that lack something, or whose bytes cannot be read, are unsound', async () => {
    expect(await read(several, { ...pageOf(several), entries: [{ mine: 1, recv: 1 }] })).toBeNull();
    const [first] = binary.given.entries as [object];
    expect(await read(binary, { ...pageOf(binary), entries: [{ ...first, body_b64: '%' }] })).toBeNull();
  });

  test('are not called unsound when it is the browser that fails', async () => {
    const broken: Sha256 = async () => {
      throw new Error('no crypto here');
    };
    await expect(read(several, pageOf(several), { sha256: broken })).rejects.toThrow('no crypto here');
  });
});

describe('an own view', () => {
  test('keeps every entry whose hashes are right', async () => {
    for (const each of newsCases) {
      const entries = linked(each);
      expect(await soundEntries(each.given.visit, entries, sha256)).toEqual(entries);
    }
  });

  test('loses the entry that was touched, and no other', async () => {
    const entries = linked(several);
    const [first, second, third] = entries as [LogEntry, LogEntry, LogEntry];
    const sound = (changed: LogEntry) => soundEntries(several.given.visit, [first, changed, third], sha256);
    for (const change of [
      { body: '{}' },
      { body: '' },
      { bh: 'f'.repeat(64) },
      { n: 9 },
      { ws: 9 },
      { recv: 9 },
      { actor: 'x' },
      { writer: 'x' },
      { op: 'x' },
      { st: 'held' as const },
      { why: 'ROLE' },
      { prev: 'f'.repeat(64) },
      { h: 'f'.repeat(64) },
    ])
      expect(await sound({ ...second, ...change })).toEqual([first, third]);
    expect(await soundEntries('v2', entries, sha256)).toEqual([]);
  });

  test('whose bodies are no text, or hidden, is checked by what there is', async () => {
    const [bytes] = linked(binary) as [LogEntry];
    for (const body_b64 of ['', 'AAAA', '%'])
      expect(await soundEntries(binary.given.visit, [{ ...bytes, body_b64 }], sha256)).toEqual([]);
    const veiled = linked(hidden).at(-1)!;
    expect(veiled.body).toBeNull();
    expect(await soundEntries(hidden.given.visit, [{ ...veiled, bh: 'f'.repeat(64) }], sha256)).toEqual([]);
  });
});

test('hex is read as the bytes it names', () => {
  expect([...fromHex('00ff7e0a')]).toEqual([0, 255, 126, 10]);
  expect(fromHex('').length).toBe(0);
});
