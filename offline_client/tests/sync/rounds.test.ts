// Rounds of the real store, Api and driver against a server of the specification, with one fault each
// (the named events of sync.md 2.8).
import { beforeEach, describe, expect, test } from 'vitest';
import { cursorOf, EPOCH } from '../../src/store/log.ts';
import { writeMeta } from '../../src/store/manifest.ts';
import { type Heard, runRound } from '../../src/sync/driver.ts';
import { Phone } from '../simulation/phone.ts';
import { SimulatedServer, VISIT } from '../simulation/server.ts';

const SYNCED = { kind: 'synced', removed: false };
let server: SimulatedServer;
let phone: Phone;

beforeEach(() => {
  server = new SimulatedServer();
  phone = new Phone(server);
});

/** The first matching request is handled, and its reply is lost. */
function loseReply(of: string): void {
  let lost = false;
  server.after = (_method, path, reply) => {
    if (lost || !path.endsWith(of)) return reply;
    lost = true;
    throw new TypeError('network');
  };
}

describe('a round', () => {
  test('sends the outbox and empties it by what the log shows', async () => {
    const ops = [await phone.write('item/a', 'yes'), await phone.write('item/b', 'no')];
    expect(await phone.waiting()).toEqual(ops);
    expect(await phone.round()).toEqual(SYNCED);
    expect(await phone.waiting()).toEqual([]);
    expect(await phone.logged()).toEqual(ops);
  });

  test('operations go in the short form, and the log has the very bytes that were minted', async () => {
    const op = await phone.write('item/a', 'yes');
    await phone.write('item/a', 'Bàn số 3 "thiếu"', [op]);
    const minted = await phone.database.ops.toArray();
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.pushes.map((push) => 'short' in push && push.short.length)).toEqual([2]);
    const bodies = minted.map(({ body }) => body).sort();
    expect(server.log.entries.map(({ body }) => body).sort()).toEqual(bodies);
  });

  test('what the short form cannot tell byte for byte goes whole', async () => {
    await phone.write('item/a b', 'yes');
    await phone.write('item/c', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.pushes.map((push) => 'short' in push)).toEqual([false]);
    expect(server.log.entries).toHaveLength(2);
  });

  test('a server of before the short form is sent the whole, and asked once only', async () => {
    server.readsShort = false;
    await phone.write('item/a', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    await phone.write('item/b', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.pushes.map((push) => 'short' in push)).toEqual([true, false, false]);
    expect(server.log.entries).toHaveLength(2);
  });

  test('a push that is wrong either way is told as such', async () => {
    server.before = (_method, path) =>
      path.endsWith('/push')
        ? { status: 400, body: { code: 'BAD_ENVELOPE', message: '', details: {} } }
        : undefined;
    await phone.write('item/a', 'yes');
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'bad_envelope' } });
  });

  test('each push tells what is still owed once it has arrived, and never less than nothing', async () => {
    let ops = 3;
    const ports = { ...phone.ports, pending: async () => ({ ops, blobs: 2 }) };
    await phone.write('item/a', 'yes');
    await runRound(ports, VISIT);
    ops = 0; // counted before the operation was stored
    await phone.write('item/b', 'yes');
    await runRound(ports, VISIT);
    expect(server.pushes.map(({ pending }) => pending)).toEqual([
      { ops: 2, blobs: 2 },
      { ops: 0, blobs: 2 },
    ]);
  });

  test('of an empty log no hash is told', async () => {
    await phone.write('item/a', 'yes');
    await phone.round();
    expect(server.pushes.map(({ after, h }) => [after, h])).toEqual([[0, '']]);
  });

  describe('begun with what a waiting request has brought', () => {
    const page = (after: number): Heard['news'] => ({
      kind: 'page',
      after,
      entries: [{ mine: 1, recv: 1 }],
      h: 'f'.repeat(64),
      sig: '',
      more: false,
    });

    test.each([
      ['number', { n: 9 }],
      ['hash', { h: 'e'.repeat(64) }],
    ])('asks anew where the cursor has another %s meanwhile', async (_what, change) => {
      await phone.sent('item/a', 'yes');
      const from = { ...(await cursorOf(phone.database, VISIT)), ...change };
      expect(await runRound(phone.ports, VISIT, { from, news: page(from.n) })).toEqual(SYNCED);
    });

    test('asks nothing where it stands there still: what came is checked like any page', async () => {
      await phone.sent('item/a', 'yes');
      const from = await cursorOf(phone.database, VISIT);
      const heard = { from, news: page(from.n) };
      expect(await runRound(phone.ports, VISIT, heard)).toEqual({
        kind: 'failed',
        failure: { kind: 'chain_broken' },
      });
    });
  });

  test('a lost reply: the operation is in the log, the repeat pushes nothing new', async () => {
    const op = await phone.write('item/a', 'yes');
    loseReply('/push');
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'offline' } });
    expect(await phone.waiting()).toEqual([op]);
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries.map((entry) => entry.op)).toEqual([op]);
    expect(await phone.waiting()).toEqual([]);
  });

  test('an acknowledgement alone never empties the outbox', async () => {
    const op = await phone.write('item/a', 'yes');
    // The push is answered, but what it shows does not lead to the hash it tells.
    server.after = (_method, path, reply) => {
      const body = reply.body as { news?: object };
      if (!path.endsWith('/push')) return reply;
      return { status: 200, body: { ...body, news: { ...body.news, h: 'f'.repeat(64) } } };
    };
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'chain_broken' } });
    expect(server.log.entries).toHaveLength(1);
    expect(await phone.waiting()).toEqual([op]);
  });

  test('duplicates: pushing again what the server has leaves its log byte-identical', async () => {
    await phone.write('item/a', 'yes');
    const twin = await phone.clone();
    await phone.round();
    const before = JSON.stringify(server.log.entries);
    expect(await twin.round()).toEqual(SYNCED);
    expect(JSON.stringify(server.log.entries)).toBe(before);
    expect(await twin.waiting()).toEqual([]);
  });

  test('pages: a long log is read to the end behind what was sent', async () => {
    const other = new Phone(server, 'user-b');
    for (let i = 0; i < 12; i += 1) await other.write(`item/i${i}`, 'yes');
    await other.round();
    server.pageLimit = 5;
    await phone.write('item/a', 'no');
    server.requests.length = 0;
    expect(await phone.round()).toEqual(SYNCED);
    const kinds = server.requests.map((request) => request.split('/').at(-1));
    expect(kinds).toEqual(['push', 'log', 'log']);
    expect(await phone.logged()).toHaveLength(13);
  });

  test('more than 200 operations go in several pushes, in order', async () => {
    const ops: string[] = [];
    for (let i = 0; i < 230; i += 1) ops.push(await phone.write(`item/i${i}`, 'yes'));
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries.map((entry) => entry.op)).toEqual(ops);
    expect(server.requests.filter((request) => request.endsWith('/push'))).toHaveLength(2);
  });

  test('too big: the batch is halved until it fits', async () => {
    for (let i = 0; i < 8; i += 1) await phone.write(`item/i${i}`, 'yes');
    let refusals = 0;
    server.before = (_method, path) => {
      if (!path.endsWith('/push') || refusals >= 2) return undefined;
      refusals += 1;
      return { status: 413, body: { code: 'TOO_BIG', message: '', details: { max: 1 } } };
    };
    expect(await phone.round()).toEqual(SYNCED);
    expect(refusals).toBe(2);
    expect(server.log.entries).toHaveLength(8);
  });
});

describe('what the server may answer', () => {
  test('401: everything is kept and the person is asked to sign in', async () => {
    const op = await phone.write('item/a', 'yes');
    server.before = () => ({ status: 401, body: { code: 'LOGIN', message: '', details: {} } });
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'login' } });
    expect(await phone.waiting()).toEqual([op]);
    server.before = () => undefined;
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries).toHaveLength(1);
  });

  test('a sign-in page with status 200 counts as no network', async () => {
    await phone.write('item/a', 'yes');
    server.before = () => ({ status: 200, body: '<html>Welcome to the hotel</html>' });
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'offline' } });
    expect(await phone.waiting()).toHaveLength(1);
  });

  test('a push that is answered without news counts as no network', async () => {
    const op = await phone.write('item/a', 'yes');
    server.after = (_method, _path, { status, body }) => ({
      status,
      body: { ...(body as object), news: undefined },
    });
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'offline' } });
    expect(await phone.waiting()).toEqual([op]);
  });

  test('operations that it did not take are none of ours in the news', async () => {
    await phone.write('item/a', 'yes');
    await phone.write('item/b', 'yes');
    server.after = (_method, path, { status, body }) => ({
      status,
      body: path.endsWith('/push') ? { ...(body as object), taken: 1 } : body,
    });
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'chain_broken' } });
  });

  test('whatever it answers, a phone that fails itself says so', async () => {
    await phone.write('item/a', 'yes');
    const broken = async () => {
      throw new Error('no crypto here');
    };
    expect(await runRound({ ...phone.ports, sha256: broken }, VISIT)).toEqual({
      kind: 'failed',
      failure: { kind: 'storage' },
    });
  });

  test('in the session of this person it is the log, in that of another it is nothing', async () => {
    server.signedIn = 'user-a';
    expect(await phone.round()).toEqual(SYNCED);
    server.signedIn = 'user-b';
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'other_user' } });
  });

  test('429 with Retry-After is passed on', async () => {
    server.before = () => ({
      status: 299,
      body: new Response('{}', { status: 429, headers: { 'Retry-After': '7' } }),
    });
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'busy', retryAfter: 7 } });
  });

  test('later: the round ends without failing and without losing anything', async () => {
    const ops = [await phone.write('item/a', 'yes'), await phone.write('item/b', 'no')];
    server.laterFor = ops[1] ?? '';
    expect(await phone.round()).toEqual({ kind: 'again' });
    expect(await phone.waiting()).toEqual([ops[1]]);
    server.laterFor = '';
    expect(await phone.round()).toEqual(SYNCED);
    expect(await phone.waiting()).toEqual([]);
  });

  test('a forged entry is not stored', async () => {
    const other = new Phone(server, 'user-b');
    await other.write('item/a', 'yes');
    await other.round();
    server.after = (_method, path, reply) => {
      const body = reply.body as { news?: { entries: { body: string }[] } };
      if (!path.endsWith('/log') || !body.news?.entries[0]) return reply;
      const [first, ...rest] = body.news.entries;
      const forged = { ...first, body: first.body.replace('yes', 'no_') };
      return { status: 200, body: { ...body, news: { ...body.news, entries: [forged, ...rest] } } };
    };
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'chain_broken' } });
    expect(await phone.logged()).toEqual([]);
  });

  test('a log with a hole is not stored', async () => {
    const other = new Phone(server, 'user-b');
    for (const item of ['a', 'b', 'c']) await other.write(`item/${item}`, 'yes');
    await other.round();
    server.after = (_method, path, reply) => {
      const body = reply.body as { news?: { entries: unknown[] } };
      if (!path.endsWith('/log') || !body.news) return reply;
      const entries = body.news.entries.filter((_entry, i) => i !== 1);
      return { status: 200, body: { ...body, news: { ...body.news, entries } } };
    };
    expect(await phone.round()).toEqual({ kind: 'failed', failure: { kind: 'chain_broken' } });
    expect(await phone.logged()).toEqual([]);
  });
});

describe('history', () => {
  test('a server restored from an older backup gets everything of ours back', async () => {
    const first = await phone.write('item/a', 'yes');
    await phone.round();
    const backup = server.backup();
    const second = await phone.write('item/b', 'no');
    await phone.round();
    server.log = backup;
    const third = await phone.write('item/c', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    expect(phone.incidents).toContain('history_diverged');
    expect(server.log.entries.map((entry) => entry.op).sort()).toEqual([first, second, third].sort());
    expect(await phone.waiting()).toEqual([]);
    expect(await phone.logged()).toHaveLength(3);
  });

  test("other people's entries that the server lost come back, through two restores", async () => {
    const other = new Phone(server, 'user-b');
    const lost = await other.write('item/a', 'yes');
    const backup = server.backup();
    await other.round();
    await phone.round();
    for (let restore = 0; restore < 2; restore += 1) {
      server.log = { ...backup, entries: [], writers: new Map(), slots: new Map() };
      expect(await phone.round()).toEqual(SYNCED);
      expect(server.log.entries.map(({ op, actor }) => [op, actor])).toEqual([[lost, 'user-b']]);
      expect(await phone.offers()).toEqual([]);
    }
  });

  test('in an epoch that is new to this phone nothing is given back, until it is known what comes before it', async () => {
    const lost = await new Phone(server, 'user-b').sent('item/a', 'yes');
    await phone.round();
    await writeMeta(phone.database, EPOCH, server.epoch);
    server.log = { entries: [], writers: new Map(), slots: new Map() };
    server.epoch = 'epoch-2';
    server.pushes.length = 0;
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.pushes).toEqual([]);
    await writeMeta(phone.database, EPOCH, server.epoch);
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries.map(({ op }) => op)).toEqual([lost]);
  });

  test('a second restore takes nothing of what could not be given back after the first', async () => {
    const other = new Phone(server, 'user-b');
    const kept = await other.write('item/a', 'yes');
    await other.round();
    const backup = server.backup();
    const lost = await other.write('item/b', 'no');
    await other.round();
    await phone.round();
    server.log = backup;
    server.before = (_method, path) => (path.endsWith('/push') ? { status: 503, body: {} } : undefined);
    expect((await phone.round()).kind).toBe('failed');
    server.log = { entries: [], writers: new Map(), slots: new Map() };
    server.before = () => undefined;
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries.map(({ op }) => op).sort()).toEqual([kept, lost].sort());
  });

  test('two diverged replies in a row lose nothing', async () => {
    await phone.write('item/a', 'yes');
    await phone.round();
    server.log = { entries: [], writers: new Map(), slots: new Map() };
    loseReply('/push');
    await phone.round();
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries).toHaveLength(1);
  });

  test('a cloned phone: the twin is re-wrapped and both go on', async () => {
    await phone.write('item/a', 'yes');
    await phone.round();
    const twin = await phone.clone();
    const mine = await phone.write('item/b', 'yes');
    const theirs = await twin.write('item/b', 'no');
    expect(await phone.round()).toEqual(SYNCED);
    expect(await twin.round()).toEqual(SYNCED);
    expect(twin.incidents).toEqual(['rewrapped']);
    const entries = server.log.entries.slice(1);
    expect(entries.map((entry) => entry.op)).toEqual([mine, theirs]);
    expect(entries[0]?.writer).not.toBe(entries[1]?.writer);
    const again = await twin.write('item/c', 'yes');
    expect(await twin.round()).toEqual(SYNCED);
    expect(server.log.entries.at(-1)?.op).toBe(again);
    expect(twin.incidents).toEqual(['rewrapped']);
  });

  test('a gap is filled from what this phone still holds', async () => {
    for (const item of ['a', 'b', 'c']) await phone.write(`item/${item}`, 'yes');
    await phone.round();
    // The server forgets the writer's counter but not the entries: it asks from 1 again.
    server.log.writers.clear();
    server.log.slots.clear();
    const op = await phone.write('item/d', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    expect(server.log.entries.at(-1)?.op).toBe(op);
    expect(phone.incidents).toEqual([]);
  });

  test('a gap that cannot be filled ends in a new writer', async () => {
    await phone.write('item/a', 'yes');
    await phone.round();
    await phone.database.ops.clear();
    server.log.writers.clear();
    server.log.slots.clear();
    await phone.write('item/b', 'yes');
    expect(await phone.round()).toEqual(SYNCED);
    expect(phone.incidents).toEqual(['ops_lost', 'rewrapped']);
    expect(await phone.waiting()).toEqual([]);
  });

  test('an id the server knows with other bytes is minted anew, its content is kept', async () => {
    const op = await phone.write('item/a', 'yes');
    const row = await phone.database.ops.get(op);
    server.append('stranger', 1, op, (row?.body ?? '').replace('"yes"', '"no"'), 'user-b');
    expect(await phone.round()).toEqual(SYNCED);
    expect(phone.incidents).toContain('id_reused');
    const bodies = server.log.entries.map((entry) => entry.body ?? '');
    expect(bodies.filter((body) => body.includes('"yes"'))).toHaveLength(1);
    expect(await phone.waiting()).toEqual([]);
  });
});

describe('membership', () => {
  test('a removed member proves delivery through his own entries, and his outbox empties', async () => {
    await phone.write('item/a', 'yes');
    await phone.round();
    server.removed.add('user-a');
    const late = await phone.write('item/b', 'no');
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    expect(await phone.waiting()).toEqual([]);
    const entry = server.log.entries.at(-1);
    expect([entry?.op, entry?.st, entry?.why]).toEqual([late, 'held', 'NOT_MEMBER']);
  });

  /**
   * Twenty-five entries of one person, each behind another's, who then leaves; his other phone has seen only his own view
   * of them.
   */
  async function left(): Promise<string[]> {
    const ops: string[] = [];
    const other = new Phone(server, 'user-b');
    for (let i = 0; i < 25; i += 1) {
      await other.write(`item/i${i}`, 'no');
      await other.round();
      ops.push(await phone.write(`item/i${i}`, 'yes'));
      await phone.round();
    }
    server.removed.add('user-a');
    phone = new Phone(server);
    await phone.write('item/late', 'yes');
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    return ops;
  }

  test('who has left sees by his own cursor that the server went back, whatever was written since', async () => {
    for (const item of ['a', 'b']) await phone.write(`item/${item}`, 'yes');
    await phone.round();
    const backup = server.backup();
    const lost = await phone.write('item/c', 'yes');
    await phone.round();
    server.log = backup;
    server.removed.add('user-a');
    const other = new Phone(server);
    for (const item of ['d', 'e']) await other.write(`item/${item}`, 'yes');
    await other.round();
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    expect(phone.incidents).toEqual(['history_diverged']);
    const back = server.log.entries.filter(({ op }) => op === lost);
    expect(back.map(({ st }) => st)).toEqual(['acc']);
  });

  test('what an own view shows is not offered back to the server that shows it', async () => {
    await left();
    server.pushes.length = 0;
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    expect(server.pushes).toEqual([]);
  });

  test('whatever a restored server has forgotten of a removed member comes back as it stood, before anything new', async () => {
    const backup = server.backup();
    const ops = await left();
    server.log = backup;
    await phone.forget('entries');
    const before = server.pushes.length;
    server.after = (_method, _path, reply) => {
      if (server.pushes.length !== before + 2) return reply;
      server.after = (_again, _other, each) => each;
      throw new TypeError('network');
    };
    expect((await phone.round()).kind).toBe('failed');
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    const back = server.log.entries.filter(({ op }) => ops.includes(op));
    expect(back.map(({ op, st }) => [op, st])).toEqual(ops.map((op) => [op, 'acc']));
    expect(server.log.entries.filter(({ st }) => st === 'held')).toHaveLength(1);
    expect(await phone.waiting()).toEqual([]);
  });

  test('what a restored server cannot take back does not keep the rest from it', async () => {
    const backup = server.backup();
    const ops = await left();
    server.log = backup;
    // Of the first twenty pieces it knows no signature any more.
    const rows = await phone.database.evidence.orderBy('h').toArray();
    for (const row of rows.filter(({ n }) => n <= 40)) server.signed.delete(row.sig);
    await phone.forget('entries');
    expect(await phone.round()).toEqual({ kind: 'synced', removed: true });
    const accepted = server.log.entries.filter(({ st }) => st === 'acc').map(({ op }) => op);
    expect(accepted).toEqual(ops.slice(20));
  });

  test('an own view with a forged hash proves nothing', async () => {
    server.removed.add('user-a');
    const op = await phone.write('item/a', 'yes');
    server.after = (_method, path, reply) => {
      const body = reply.body as { news?: { own: { h: string }[] } };
      if (!path.endsWith('/push') || !body.news) return reply;
      const own = body.news.own.map((entry) => ({ ...entry, h: 'f'.repeat(64) }));
      return { status: 200, body: { ...body, news: { ...body.news, own } } };
    };
    expect((await phone.round()).kind).toBe('again');
    expect(await phone.waiting()).toEqual([op]);
  });
});

describe('two tabs on one database', () => {
  test('both sync at once: one log, no hole, nothing twice', async () => {
    const ops: string[] = [];
    for (let i = 0; i < 20; i += 1) ops.push(await phone.write(`item/i${i}`, 'yes'));
    const outcomes = await Promise.all([phone.round(), phone.round()]);
    expect(outcomes).toEqual([SYNCED, SYNCED]);
    expect(server.log.entries.map((entry) => entry.op)).toEqual(ops);
    expect(await phone.logged()).toEqual(ops);
  });

  test('operations minted in turn get slots without a hole', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => phone.write(`item/i${i}`, 'yes')));
    const rows = await phone.database.ops.toArray();
    expect(rows.map((row) => row.ws).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(rows.map((row) => row.writer)).size).toBe(1);
  });
});
