// What the phone of a closed account hands in by its ticket: signed entries first, then what its person wrote.
import { beforeEach, describe, expect, test } from 'vitest';
import { handIn } from '../../src/sync/drop.ts';
import { EVIDENCE_PIECES } from '../../src/sync/protocol.ts';
import { Phone } from '../simulation/phone.ts';
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

function handing(): Promise<number> {
  server.signedIn = null;
  const { database, api, user: userId } = phone;
  const sha256 = async (raw: Uint8Array) => hex(raw);
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
      throw new TypeError('network');
    };
    await expect(handing()).rejects.toMatchObject({ failure: { kind: 'offline' } });
    server.before = () => undefined;
    expect(await handing()).toBe(0);
    expect(logged()).toEqual(before);
  });
});
