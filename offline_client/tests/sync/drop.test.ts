// What the phone of a closed account hands in by its ticket: signed entries first, then what its person wrote.
import { beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/store/ops.ts';
import type { Sha256 } from '../../src/sync/chain.ts';
import { handIn } from '../../src/sync/drop.ts';
import { EVIDENCE_PIECES, PUSH_BYTES, PUSH_OPS } from '../../src/sync/protocol.ts';
import { countedId, Phone } from '../simulation/phone.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

let server: SimulatedServer;
let phone: Phone;
let other: Phone;

beforeEach(async () => {
  server = new SimulatedServer();
  [phone, other] = [new Phone(server), new Phone(server, 'user-b')];
  const row = { id: VISIT, order: 0 } as Parameters<typeof phone.database.visits.put>[0];
  await phone.database.visits.put(row);
});

function handing(sha256: Sha256 = async (raw) => hex(raw)): Promise<number> {
  server.signedIn = null;
  const { database, api, user: userId } = phone;
  return handIn({ database, api, sha256, ticket: server.ticket, device: 'd', userId });
}

/** Each writes in turn, and the phone hears of it at once: many heads, each signed. */
async function workTogether(turns: number): Promise<string[]> {
  const ops: string[] = [];
  for (let i = 0; i < turns; i += 1) {
    ops.push(await other.write(`item/o${i}`, 'yes'), await phone.write(`item/p${i}`, 'no'));
    await other.round();
    await phone.round();
  }
  return ops;
}

const logged = () => server.log.entries.map(({ op, actor, st }) => [op, actor, st]);

describe('a closed account whose phone alone holds what a restored server has forgotten', () => {
  test("gives all of it back as it stood, others' work too, before what its person wrote", async () => {
    const backup = server.backup();
    await workTogether(3);
    const before = logged();
    server.log = backup;
    const late = await phone.write('item/late', 'yes');
    expect(await handing()).toBe(1);
    expect(logged()).toEqual([...before, [late, 'user-a', 'held']]);
    expect(server.drops.map(({ evidence, ops }) => [(evidence ?? []).length > 0, ops.length])).toEqual([
      [true, 0],
      [false, 4],
    ]);
  });

  test('gives back what stood in an earlier history too', async () => {
    const backup = server.backup();
    const forgotten = await workTogether(2);
    server.log = backup;
    server.removed.add('user-a');
    // Its person sees no more than his own since, and what the phone would give back in a round does not arrive.
    server.before = (_method, path) =>
      path.endsWith('/push') ? { status: 503, body: { code: 'BUSY', message: '', details: {} } } : undefined;
    await phone.forget('entries');
    await phone.round();
    expect([await phone.logged(), server.log.entries]).toEqual([[], []]);
    server.before = () => undefined;
    await handing();
    expect(server.log.entries.filter(({ st }) => st === 'acc').map(({ op }) => op)).toEqual(forgotten);
  });

  test('gives it in so many pieces at a time as the server takes', async () => {
    const backup = server.backup();
    const ops = await workTogether(EVIDENCE_PIECES + 5);
    // Its own view alone: each entry stands by itself.
    const own = server.log.entries.filter(({ actor }) => actor === 'user-a');
    await phone.database.log.clear();
    await phone.database.evidence.bulkPut(own.map((entry) => ({ ...entry, visit: VISIT })));
    server.log = backup;
    await handing();
    expect(server.drops.map(({ evidence, ops: sent }) => [evidence?.length ?? 0, sent.length])).toEqual([
      [EVIDENCE_PIECES, 0],
      [5, 0],
      [0, own.length],
    ]);
    expect(server.log.entries.map(({ op }) => op)).toEqual(ops.filter((_op, index) => index % 2 === 1));
  });

  test('is not kept from the rest by what the server refuses', async () => {
    const backup = server.backup();
    await workTogether(1);
    server.log = backup;
    for (const status of [400, 413]) {
      const code = status === 400 ? 'BAD_ENVELOPE' : 'TOO_BIG';
      server.before = () => {
        server.before = () => undefined;
        return { status, body: { code, message: '', details: {} } };
      };
      const late = await phone.write(`item/late${status}`, 'yes');
      expect(await handing()).toBe(1);
      expect(server.log.entries.at(-1)?.op).toBe(late);
    }
  });

  test('hands in as its own what nobody vouches for any more', async () => {
    const backup = server.backup();
    const [, mine] = await workTogether(1);
    server.log = backup;
    server.signed.clear();
    await handing();
    expect(logged()).toEqual([[mine, 'user-a', 'held']]);
  });

  test('begins again where the network broke off', async () => {
    const backup = server.backup();
    await workTogether(2);
    const before = logged();
    server.log = backup;
    server.before = () => {
      server.before = () => undefined;
      throw new TypeError('network');
    };
    await expect(handing()).rejects.toMatchObject({ failure: { kind: 'offline' } });
    expect(server.drops).toEqual([]); // nothing comes before what was forgotten
    expect(await handing()).toBe(0);
    expect(logged()).toEqual(before);
  });
});

describe('operations are handed in', () => {
  const sizes = () => server.drops.map(({ ops }) => ops.length);

  test('so many at a time as the server takes', async () => {
    for (let i = 0; i <= PUSH_OPS; i += 1) await phone.write(`item/i${i}`, 'yes');
    expect(await handing()).toBe(PUSH_OPS + 1);
    expect(sizes()).toEqual([PUSH_OPS, 1]);
  });

  /** Writes answers that make bodies of so many characters. */
  async function write(lengths: readonly number[]): Promise<void> {
    const bare = await phone.write('item/i', '');
    const around = (await phone.database.ops.get(bare))!.body.length;
    await phone.database.delete();
    await phone.database.open();
    for (const length of lengths) await phone.write('item/i', 'x'.repeat(length - around));
    const row = { id: VISIT, order: 0 } as Parameters<typeof phone.database.visits.put>[0];
    await phone.database.visits.put(row);
  }

  // Each is counted as three bytes a character and a hundred around it.
  const part = (PUSH_BYTES / 32 - 100) / 3;
  const all = (count: number) => Array<number>(count).fill(part);

  test.each([
    ['as many as fit to the byte', all(33), [32, 1]],
    ['one less where a character is too much', [...all(31), part + 1, ...all(1)], [31, 2]],
    ['behind a full one as many again', all(65), [32, 32, 1]],
  ])('in pieces that are not too big: %s', async (_name, lengths, wanted) => {
    await write(lengths);
    expect(await handing()).toBe(lengths.length);
    expect(sizes()).toEqual(wanted);
  });

  test('and what the server only says it has taken is not counted, and stays', async () => {
    const op = await phone.write('item/a', 'yes');
    server.after = (_method, _path, { status, body }) => ({ status, body: { ...(body as object), own: [] } });
    expect(await handing()).toBe(0);
    expect(await phone.waiting()).toEqual([op]);
  });
});

describe('of two visits', () => {
  beforeEach(async () => {
    const op = await phone.write('item/a', 'yes');
    const { body, bh } = (await phone.database.ops.get(op))!;
    await mint(phone.database, { ops: [{ op: countedId(), visit: 'other', body, bh }] }, countedId());
    const row = { id: 'other', order: 1 } as Parameters<typeof phone.database.visits.put>[0];
    await phone.database.visits.put(row);
  });

  const failing = (status: number, code: string, headers: HeadersInit = {}) => {
    server.before = () => {
      server.before = () => undefined;
      if (status === 0) throw new TypeError('network');
      return { status: 299, body: new Response(JSON.stringify({ code }), { status, headers }) };
    };
  };

  test.each([
    [0, '', 'offline'],
    [401, 'LOGIN', 'login'],
    [401, 'OTHER_USER', 'other_user'],
    [401, 'DEVICE_REVOKED', 'device_revoked'],
    [403, '', 'csrf'],
    [426, '', 'upgrade'],
    [500, '', 'server'],
    [503, '', 'busy'],
  ])(
    'what would fail for each of them (%i %s: %s) is not tried with the second',
    async (status, code, kind) => {
      failing(status, code);
      await expect(handing()).rejects.toMatchObject({ failure: { kind } });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('nor is it when the limit of the day is reached, or the phone itself fails', async () => {
    failing(429, '', { 'Retry-After': '3600' });
    await expect(handing()).rejects.toMatchObject({ failure: { kind: 'limit' } });
    const broken = async () => {
      throw new Error('no crypto here');
    };
    await expect(handing(broken)).rejects.toThrow('no crypto here');
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    [400, 'bad_envelope'],
    [404, 'no_such_visit'],
    [413, 'too_big'],
  ])('what fails for the first alone (%i: %s) keeps nothing of the second', async (status, kind) => {
    failing(status, '');
    await expect(handing()).rejects.toMatchObject({ failure: { kind } });
    expect(server.requests).toHaveLength(2);
  });
});
