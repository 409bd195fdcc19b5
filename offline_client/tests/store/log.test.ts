// The cached log on a real IndexedDB implementation: what moves with the cursor, what outlives a restored server, and
// what is offered back to it.
import 'fake-indexeddb/auto';
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserDatabase } from '../../src/store/database.ts';
import {
  acceptOwnView,
  appendEntries,
  cursorOf,
  dropLog,
  EPOCH,
  entriesOf,
  evidenceToHandIn,
  evidenceToOffer,
  FORGOTTEN,
  heldOf,
  newsAfter,
  type Offering,
} from '../../src/store/log.ts';
import { readMeta } from '../../src/store/manifest.ts';
import { mint, outbox, ownOps } from '../../src/store/ops.ts';
import { type LogEntry, START } from '../../src/store/rows.ts';
import { entryOf, minted } from '../examples.ts';

const entry: typeof entryOf = (n, op, change) =>
  entryOf(n, op, { recv: 100 + n, ...(n === 1 ? { prev: START.h } : {}), ...change });
const ops = (rows: readonly { readonly op: string }[]) => rows.map((row) => row.op);
const at = (n: number) => ({ n, h: `h${n}` });

let database: UserDatabase;

beforeEach(() => {
  Dexie.dependencies.indexedDB = new IDBFactory();
  database = new UserDatabase('user-a');
});

describe('a page', () => {
  test('moves the cursor to its end, in its visit alone', async () => {
    const page = [entry(1, 'a'), entry(2, 'b')];
    expect(await appendEntries(database, 'v', START, page)).toEqual({ stored: true, reused: [] });
    expect(await entriesOf(database, 'v')).toEqual(page.map((each) => ({ ...each, visit: 'v' })));
    expect(await cursorOf(database, 'v')).toEqual(at(2));
    expect(await entriesOf(database, 'other')).toEqual([]);
    expect(await cursorOf(database, 'other')).toEqual(START);
  });

  test('is read back with those of its visit, and no others', async () => {
    for (const visit of ['u', 'v', 'w'])
      await appendEntries(database, visit, START, [entry(1, `in-${visit}`)]);
    await appendEntries(database, 'v', at(1), [entry(2, 'b')]);
    expect(ops(await entriesOf(database, 'v'))).toEqual(['in-v', 'b']);
    expect(ops((await newsAfter(database, 'v', 0)).rows)).toEqual(['in-v', 'b']);
  });

  test('of nothing changes nothing', async () => {
    await appendEntries(database, 'v', START, [entry(1, 'a')]);
    expect(await appendEntries(database, 'v', at(1), [])).toEqual({ stored: true, reused: [] });
    expect(await cursorOf(database, 'v')).toEqual(at(1));
  });

  test('that another tab has stored counts as stored, and reuses nothing', async () => {
    await mint(database, { ops: [minted('a')] }, 'w');
    await appendEntries(database, 'v', START, [entry(1, 'x')]);
    const again = await appendEntries(database, 'v', START, [entry(1, 'a', { bh: 'other', h: 'h1' })]);
    expect(again).toEqual({ stored: true, reused: [] });
    expect(ops(await entriesOf(database, 'v'))).toEqual(['x']);
  });

  test('that continues another history is not stored, wherever that differs', async () => {
    await appendEntries(database, 'v', START, [entry(1, 'a'), entry(2, 'b')]);
    for (const from of [START, at(1), { n: 2, h: 'x' }, { n: 3, h: 'h2' }])
      expect(await appendEntries(database, 'v', from, [entry(3, 'c')])).toEqual({
        stored: false,
        reused: [],
      });
    for (const last of [entry(2, 'c', { h: 'x' }), entry(3, 'c', { h: 'h2' })])
      expect((await appendEntries(database, 'v', START, [last])).stored).toBe(false);
    expect(await cursorOf(database, 'v')).toEqual(at(2));
    expect((await appendEntries(database, 'v', at(2), [entry(3, 'c')])).stored).toBe(true);
  });

  test('is no evidence any more of what it holds', async () => {
    await acceptOwnView(database, 'v', [entry(1, 'a'), entry(2, 'b')]);
    await appendEntries(database, 'v', START, [entry(1, 'a')]);
    expect(ops(await database.evidence.toArray())).toEqual(['b']);
  });

  test('marks what it shows of ours, and tells of ids that have other bytes', async () => {
    const [mine, waiting, reused] = await mint(
      database,
      { ops: [minted('a'), minted('b'), minted('c')] },
      'w',
    );
    const page = [entry(1, 'x'), entry(2, 'a'), entry(3, 'c', { bh: 'other' })];
    expect(await appendEntries(database, 'v', START, page)).toEqual({ stored: true, reused: [reused] });
    expect(await ownOps(database, 'v')).toEqual([{ ...mine, seen: 1 }, waiting, reused]);
  });
});

test('is found again under the names it was stored by: they never change', async () => {
  await database.meta.put({ key: 'cursor/v', value: at(3) });
  expect(await cursorOf(database, 'v')).toEqual(at(3));
  expect([EPOCH, FORGOTTEN]).toEqual(['server/epoch', 'forgotten/']);
});

describe('an own view', () => {
  test('is kept as evidence, marks what is ours, and moves no cursor', async () => {
    const [mine] = await mint(database, { ops: [minted('a'), minted('b')] }, 'w');
    await acceptOwnView(database, 'v', [entry(4, 'a')]);
    expect(await ownOps(database, 'v')).toMatchObject([{ ...mine, seen: 1 }, { seen: 0 }]);
    expect(await database.evidence.toArray()).toEqual([{ ...entry(4, 'a'), visit: 'v' }]);
    expect(await cursorOf(database, 'v')).toEqual(START);
    expect(await entriesOf(database, 'v')).toEqual([]);
  });
});

describe('a history that is not ours', () => {
  test('becomes evidence; what is ours waits again, and photos are counted again', async () => {
    await mint(database, { ops: [minted('a'), minted('b')] }, 'w');
    const page = [entry(1, 'a'), entry(2, 'x')];
    await appendEntries(database, 'v', START, page);
    const seen = entry(3, 'y');
    await acceptOwnView(database, 'v', [seen]);
    await dropLog(database, 'v');
    expect(await entriesOf(database, 'v')).toEqual([]);
    expect(await cursorOf(database, 'v')).toEqual(START);
    // Of a former history all of it: neither proves what the server has now.
    const former = [...page, seen].map((each) => ({ ...each, visit: 'v', former: 1 }));
    expect(await database.evidence.toArray()).toEqual(former);
    expect(ops(await outbox(database, 'v'))).toEqual(['a', 'b']);
    expect(await readMeta(database, `${FORGOTTEN}v`)).toBe('photos');
  });

  test('is that of one visit: the others keep theirs', async () => {
    await mint(database, { ops: [minted('o', 'other')] }, 'w');
    await appendEntries(database, 'other', START, [entry(1, 'o')]);
    await appendEntries(database, 'v', START, [entry(1, 'a')]);
    const proof = { ...entry(2, 'p', { h: 'p2' }), visit: 'other' };
    await database.evidence.put(proof);
    await dropLog(database, 'v');
    expect(await database.evidence.get('p2')).toEqual(proof);
    expect(ops(await entriesOf(database, 'other'))).toEqual(['o']);
    expect(await cursorOf(database, 'other')).toEqual(at(1));
    expect(await outbox(database, 'other')).toEqual([]);
    expect(ops(await database.evidence.toArray())).toEqual(['a', 'p']);
  });
});

test('what an open visit has not folded: entries behind a number, and what waits', async () => {
  await mint(database, { ops: [minted('a'), minted('b')] }, 'w');
  await mint(database, { ops: [minted('o', 'other')] }, 'w');
  await appendEntries(database, 'other', START, [entry(1, 'z')]);
  await appendEntries(database, 'v', START, [entry(1, 'x'), entry(2, 'a'), entry(3, 'y')]);
  const { rows, outbox: waiting } = await newsAfter(database, 'v', 1);
  expect([ops(rows), ops(waiting)]).toEqual([['a', 'y'], ['b']]);
  expect(ops((await newsAfter(database, 'v', 3)).rows)).toEqual([]);
});

describe('what is offered back', () => {
  const keep = (...entries: LogEntry[]) => acceptOwnView(database, 'v', entries);
  const ALL = { pieces: 100, room: 1_000_000, offered: [], own: false };
  const offered = async (offering: Partial<Offering> = {}) =>
    (await evidenceToOffer(database, 'v', { ...ALL, ...offering })).map(({ after, sig, entries }) => ({
      after,
      sig,
      ops: ops(entries as { op: string }[]),
    }));

  test('is nothing where there is no evidence, or none that is signed', async () => {
    expect(await evidenceToOffer(database, 'v', ALL)).toEqual([]);
    await keep(entry(1, 'a'));
    expect(await evidenceToOffer(database, 'v', ALL)).toEqual([]);
    expect(await evidenceToOffer(database, 'other', ALL)).toEqual([]);
  });

  test('is a piece of the chain, written out, with where it hangs and who vouches for it', async () => {
    await keep(
      entry(2, 'b', { epar: ['a'] }),
      entry(3, 'c', { st: 'held', why: 'ROLE', body: null, body_b64: '//8=' }),
      entry(4, 'd', { sig: 's4' }),
    );
    const shared = { actor: 'a', writer: 'w', epar: [] };
    expect(await evidenceToOffer(database, 'v', ALL)).toEqual([
      {
        after: 1,
        prev: 'h1',
        sig: 's4',
        entries: [
          { ...shared, op: 'b', ws: 2, recv: 102, epar: ['a'], body: '{}' },
          { ...shared, op: 'c', ws: 3, recv: 103, why: 'ROLE', body_b64: '//8=' },
          { ...shared, op: 'd', ws: 4, recv: 104, body: '{}' },
        ],
      },
    ]);
  });

  test('says the hash alone of what the log has, or what is hidden, and only where a link needs it', async () => {
    await keep(
      entry(1, 'a', { body: null }),
      entry(2, 'b'),
      entry(3, 'c'),
      entry(4, 'd', { body: null }),
      entry(5, 'e', { sig: 's5' }),
    );
    await database.log.bulkPut([entry(1, 'c'), entry(2, 'e')].map((each) => ({ ...each, visit: 'v' })));
    const [piece] = await evidenceToOffer(database, 'v', ALL);
    expect(piece).toMatchObject({ after: 1, prev: 'h1', sig: 's5' });
    const link = (op: string) => expect.objectContaining({ op, bh: `hash-${op}` });
    expect(piece!.entries).toEqual([
      expect.objectContaining({ op: 'b', body: '{}' }),
      link('c'),
      link('d'),
      link('e'),
    ]);
    for (const each of piece!.entries) expect('body' in each).toBe((each as LogEntry).op === 'b');
  });

  test('leaves out what the log has from an end on', async () => {
    await keep(entry(1, 'a', { sig: 's1' }), entry(2, 'b', { sig: 's2' }));
    await appendEntries(database, 'v', START, [entry(1, 'a', { h: 'other' })]);
    expect(await offered()).toEqual([{ after: 1, sig: 's2', ops: ['b'] }]);
    await appendEntries(database, 'v', { n: 1, h: 'other' }, [entry(2, 'b', { h: 'too' })]);
    expect(await offered()).toEqual([]);
  });

  test('does not count what stands in the log of another visit', async () => {
    await keep(entry(1, 'a', { sig: 's1' }));
    await appendEntries(database, 'other', START, [entry(1, 'a', { h: 'other' })]);
    expect(await offered()).toEqual([{ after: 0, sig: 's1', ops: ['a'] }]);
  });

  /** Signed, and behind nothing that is here. */
  const alone = (n: number, op: string, change: Partial<LogEntry> = {}) =>
    entry(n, op, { prev: `elsewhere ${n}`, sig: `s${n}`, ...change });

  test('goes oldest first, and says nothing twice', async () => {
    await keep(
      entry(3, 'c', { sig: 's3' }),
      entry(1, 'a', { recv: 500 }),
      entry(2, 'b'),
      alone(2, 'x', { h: 'f2', sig: 't2', recv: 300 }),
      alone(2, 'y', { h: 'g2', sig: 'u2', recv: 200 }),
      alone(4, 'b', { h: 'g4', sig: 'u4' }),
    );
    expect(await offered()).toEqual([
      { after: 1, sig: 'u2', ops: ['y'] },
      { after: 1, sig: 't2', ops: ['x'] },
      { after: 0, sig: 's3', ops: ['a', 'b', 'c'] },
    ]);
  });

  test('is one piece where one signed entry follows another, whatever stands between in other histories', async () => {
    await keep(
      entry(1, 'a', { sig: 's1' }),
      alone(2, 'x', { h: 'f2', sig: 't2' }),
      entry(2, 'b', { sig: 's2' }),
      entry(3, 'c'),
      entry(4, 'd', { sig: 's4' }),
    );
    expect(await offered()).toEqual([
      { after: 1, sig: 't2', ops: ['x'] },
      { after: 0, sig: 's4', ops: ['a', 'b', 'c', 'd'] },
    ]);
  });

  test('goes on behind a branch with what the branch does not have', async () => {
    await keep(
      entry(1, 'a'),
      entry(2, 'b', { sig: 's2' }),
      entry(2, 'x', { prev: 'h1', h: 'f2', sig: 't2', recv: 900 }),
    );
    expect(await offered()).toEqual([
      { after: 0, sig: 's2', ops: ['a', 'b'] },
      { after: 1, sig: 't2', ops: ['x'] },
    ]);
  });

  test('is so many pieces at most, and goes on behind those that were offered', async () => {
    await keep(alone(1, 'a'), alone(2, 'b'), alone(3, 'c'), entry(4, 'd', { sig: 's4' }));
    const signed = async (offering: Partial<Offering>) => (await offered(offering)).map(({ sig }) => sig);
    expect(await signed({ pieces: 2 })).toEqual(['s1', 's2']);
    expect(await signed({ pieces: 2, offered: ['s1', 's2'] })).toEqual(['s4']);
    // What was offered with an end is not brought along by the next one.
    expect(await offered({ offered: ['s1', 's2', 's3'] })).toEqual([{ after: 3, sig: 's4', ops: ['d'] }]);
    expect(await signed({ offered: ['s1', 's2', 's4'] })).toEqual([]);
  });

  test('is nothing of what an own view shows now; of a former history all of it, but what is shown anew', async () => {
    await keep(entry(1, 'a', { sig: 's1' }), entry(2, 'b', { sig: 's2' }));
    expect(await offered({ own: true })).toEqual([]);
    expect((await offered()).map(({ sig }) => sig)).toEqual(['s2']);
    await dropLog(database, 'v');
    await keep(entry(1, 'b', { h: 'anew', sig: 't1' }));
    expect(await offered({ own: true })).toEqual([{ after: 0, sig: 's1', ops: ['a'] }]);
  });

  test('ends where room ends, but for one piece', async () => {
    const long = { body: 'x'.repeat(500) };
    await keep(entry(1, 'a', { sig: 's1', ...long }), entry(2, 'b', { sig: 's2', ...long }), alone(4, 'd'));
    const size =
      2 * JSON.stringify((await evidenceToOffer(database, 'v', ALL))[0]!.entries.slice(0, 1)).length;
    expect(await offered({ room: 0 })).toEqual([{ after: 0, sig: 's1', ops: ['a'] }]);
    expect(await offered({ room: size })).toEqual([{ after: 0, sig: 's2', ops: ['a', 'b'] }]);
    expect(await offered({ room: size - 1 })).toEqual([{ after: 0, sig: 's1', ops: ['a'] }]);
    expect(await offered({ room: size - 1, offered: ['s1'] })).toEqual([
      { after: 1, sig: 's2', ops: ['b'] },
      { after: 3, sig: 's4', ops: ['d'] },
    ]);
  });

  test('is, for who may read no more, the log and every history before it, each entry once', async () => {
    const handedIn = async (offering: Partial<Offering> = {}) =>
      (await evidenceToHandIn(database, 'v', { ...ALL, ...offering })).map(({ sig, entries }) => [
        sig,
        ops((entries as { op: string; body?: string }[]).filter(({ body }) => body !== undefined)),
      ]);
    await appendEntries(database, 'v', START, [entry(1, 'a'), entry(2, 'b', { sig: 's2' })]);
    await appendEntries(database, 'other', START, [entry(1, 'z', { sig: 't1' })]);
    expect(await offered()).toEqual([]);
    expect(await handedIn()).toEqual([['s2', ['a', 'b']]]);
    await dropLog(database, 'v');
    const again = [entry(1, 'b', { h: 'i1' }), entry(2, 'c', { prev: 'i1', h: 'i2', sig: 'u2' })];
    await appendEntries(database, 'v', START, [
      ...again,
      entry(3, 'd', { prev: 'i2', h: 'i3', body: null, sig: 'u3' }),
    ]);
    expect(await handedIn()).toEqual([
      ['s2', ['a', 'b']],
      ['u2', ['c']],
    ]);
    expect(await handedIn({ offered: ['s2'] })).toEqual([['u2', ['c']]]);
  });
});

describe('held entries', () => {
  const held = { st: 'held', why: 'ROLE' } as const;
  const none = () => false;

  test('are those of the log and those an own view proves, each once', async () => {
    await appendEntries(database, 'v', START, [entry(1, 'a'), entry(2, 'b', held)]);
    await acceptOwnView(database, 'v', [
      entry(2, 'b', { ...held, h: 'i2' }),
      entry(3, 'c', held),
      entry(4, 'd'),
    ]);
    await acceptOwnView(database, 'other', [entry(1, 'o', { ...held, h: 'o1' })]);
    expect(ops(await heldOf(database, 'v', none))).toEqual(['b', 'c']);
    expect(ops(await heldOf(database, 'other', none))).toEqual(['o']);
  });

  test('come with those of the log that decide about them', async () => {
    await appendEntries(database, 'v', START, [
      entry(1, 'a', { body: 'decides' }),
      entry(2, 'b', held),
      entry(3, 'c'),
    ]);
    await appendEntries(database, 'other', START, [entry(1, 'o', { body: 'decides' })]);
    expect(ops(await heldOf(database, 'v', (body) => body === 'decides'))).toEqual(['a', 'b']);
  });
});
