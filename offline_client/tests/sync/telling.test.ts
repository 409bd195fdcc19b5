// What of a visit the server has not heard, and what of it counts as told.
import { beforeEach, describe, expect, test } from 'vitest';
import { acceptOwnView } from '../../src/store/log.ts';
import { noteTold, tell, untold } from '../../src/sync/telling.ts';
import { entryOf } from '../examples.ts';
import { Phone } from '../simulation/phone.ts';
import { SimulatedServer, VISIT } from '../simulation/server.ts';

const NOTHING = { ops: 0, blobs: 0 };
let server: SimulatedServer;
let phone: Phone;

beforeEach(() => {
  server = new SimulatedServer();
  phone = new Phone(server);
});

const left = (pending = NOTHING, recovering: string | null = null, visit = VISIT) =>
  untold(phone.database, visit, pending, recovering);

function telling(gaveBack: boolean, pending = NOTHING): Promise<void> {
  const { database, api, user: userId } = phone;
  return tell({ database, api, device: 'd1', userId }, VISIT, { pending, gaveBack });
}

describe('what is owed', () => {
  test.each([
    [{ ops: 2, blobs: 3 }, false],
    [{ ops: 1, blobs: 3 }, true],
    [{ ops: 2, blobs: 2 }, true],
    [NOTHING, true],
  ])('when two operations and three photos were told, %j is news: %s', async (pending, isNews) => {
    await noteTold(phone.database, VISIT, { ops: 2, blobs: 3 });
    expect(await left(pending)).toEqual(isNews ? { pending, gaveBack: false } : null);
  });

  test('of one visit is not told with another', async () => {
    await noteTold(phone.database, VISIT, { ops: 1, blobs: 0 });
    expect(await left(NOTHING, null, 'other')).toBeNull();
    expect(await left({ ops: 1, blobs: 0 }, null, 'other')).not.toBeNull();
  });

  test('that is as it was told costs no write', async () => {
    await noteTold(phone.database, VISIT, NOTHING);
    expect(await phone.database.meta.toArray()).toEqual([]);
  });
});

describe('that nothing is left to give back', () => {
  const { epoch } = new SimulatedServer();

  test('is said while the server recovers, once in its epoch', async () => {
    expect(await left()).toBeNull();
    expect(await left(NOTHING, epoch)).toEqual({ pending: NOTHING, gaveBack: true });
    await telling(true);
    expect(server.pushes).toEqual([expect.objectContaining({ evidence: [], ops: [] })]);
    expect(await left(NOTHING, epoch)).toBeNull();
    expect(await left(NOTHING, 'epoch-2')).toEqual({ pending: NOTHING, gaveBack: true });
    expect(await left()).toBeNull(); // it has recovered
  });

  test('is not said by telling what is owed', async () => {
    await telling(false, { ops: 1, blobs: 0 });
    expect(server.pushes.map(({ evidence }) => evidence)).toEqual([undefined]);
    expect(await left(NOTHING, epoch)).toEqual({ pending: NOTHING, gaveBack: true });
  });

  test('stays said when later only what is owed changes', async () => {
    await telling(true);
    await telling(false, { ops: 1, blobs: 0 });
    expect(await left({ ops: 1, blobs: 0 }, epoch)).toBeNull();
  });

  test('is not said of what only an own view shows', async () => {
    await acceptOwnView(phone.database, VISIT, [entryOf(1, 'op1', { sig: 'signature' })]);
    expect(await left(NOTHING, epoch)).toBeNull();
  });

  test('counts for nothing where the cursor is not in the log of the server', async () => {
    await phone.sent('item/a', 'yes');
    server.log = { entries: [], writers: new Map(), slots: new Map() };
    await telling(true);
    expect(await left(NOTHING, epoch)).toEqual({ pending: NOTHING, gaveBack: true });
  });

  test('counts for nothing either where no news came with the answer', async () => {
    server.after = (_method, _path, { status, body }) => ({
      status,
      body: { ...(body as object), news: undefined },
    });
    await telling(true);
    expect(await left(NOTHING, epoch)).toEqual({ pending: NOTHING, gaveBack: true });
  });
});
