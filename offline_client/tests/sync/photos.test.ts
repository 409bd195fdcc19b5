// Photos through tus: after their operation, smallest first, a break costs at most one chunk.
import { generateKeyPairSync, sign, verify as verified } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { receiptBytes } from '../../src/domain/wire.ts';
import { blobOf, retryUpload, uploadsOf } from '../../src/store/blobs.ts';
import { mint, outbox } from '../../src/store/ops.ts';
import { isSafe } from '../../src/store/safety.ts';
import { handIn } from '../../src/sync/drop.ts';
import { pendingPhotos, photosToConfirm, sendPhotos } from '../../src/sync/photos.ts';
import { confirmPhotos, recountPhotos } from '../../src/sync/receipts.ts';
import { FIRST_CHUNK as CHUNK_BYTES, type PhotoProgress } from '../../src/sync/uploads.ts';
import { countedId, Phone } from '../simulation/phone.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

let server: SimulatedServer;
let phone: Phone;

beforeEach(() => {
  server = new SimulatedServer();
  phone = new Phone(server);
});

function bodyOf(op: string, kind: string, fill: number, val: object | null): string {
  return JSON.stringify({
    v: 1,
    op,
    visit: VISIT,
    chk: 'a'.repeat(64),
    kind,
    path: `photo/00000000-0000-4000-8000-00000000000${fill}`,
    val,
    par: [],
    user: 'user-a',
    dev: 'd',
    t: { wall: 'x' },
    app: '0',
  });
}

async function detach(sha: string, fill: number): Promise<void> {
  const op = countedId();
  const body = bodyOf(op, 'detach', fill, null);
  await mint(
    phone.database,
    { ops: [{ op, visit: VISIT, body, bh: hex(body) }], detached: sha },
    countedId(),
  );
}

async function attach(size: number, fill: number): Promise<string> {
  const bytes = new Uint8Array(size).fill(fill);
  const sha256 = hex(bytes);
  const op = countedId();
  const val = { of: 'item/a', sha256, size, mime: 'image/jpeg', taken_at: null };
  const body = bodyOf(op, 'attach', fill, val);
  const blob = { visit: VISIT, sha256, mime: 'image/jpeg', size, bytes: bytes.buffer };
  const ops = [{ op, visit: VISIT, body, bh: hex(body) }];
  await mint(phone.database, { ops, blob, attached: [sha256] }, countedId());
  return sha256;
}

// A clock on which each chunk takes as long as it should, so that their size stays.
let clock = 0;
const now = () => {
  clock += 3_000;
  return clock;
};
const send = (proceed = () => true, progressed: (photo: PhotoProgress | null) => void = () => {}) =>
  sendPhotos(phone.database, phone.api.uploadsOf(phone.user), VISIT, {
    progressed,
    proceed,
    now,
    sha256: async (raw) => hex(raw),
  });

test('nothing is sent before the operation that names the photo is in the log', async () => {
  await attach(10, 1);
  await send();
  expect(server.uploads.size).toBe(0);
  expect(await pendingPhotos(phone.database, VISIT)).toBe(1);
  await phone.round();
  await send();
  expect(server.blobs.size).toBe(1);
  expect(await pendingPhotos(phone.database, VISIT)).toBe(0);
});

test('an operation of another kind names no photo, whatever it says', async () => {
  const sha256 = await attach(10, 1);
  const [attached] = await phone.database.ops.toArray();
  const body = bodyOf(attached!.op, 'set', 1, { sha256, how: 'attach' });
  await phone.database.ops.put({ ...attached!, body, bh: hex(body), seen: 1 });
  expect(await send()).toBe(true);
  expect(server.uploads.size).toBe(0);
});

test.each([
  ['was never begun', null, ['POST']],
  ['was begun and forgotten', '/api/sync/v1/uploads/gone', ['HEAD', 'POST']],
])('of a photo that the server has already no bytes are sent: it %s', async (_what, url, wanted) => {
  const sha256 = await attach(10, 1);
  await phone.round();
  await phone.database.uploads.toCollection().modify({ url });
  server.requests.length = 0;
  server.before = (method) => (method === 'POST' ? { status: 200, body: { present: true } } : undefined);
  await send();
  expect(server.requests.map((request) => request.split(' ')[0])).toEqual(wanted);
  expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256, present: 1, url: null }]);
});

test('where the server says thrice that it stands elsewhere the photo waits for the next time', async () => {
  const sha256 = await attach(2 * CHUNK_BYTES, 1);
  await phone.round();
  server.requests.length = 0;
  const elsewhere = { status: 299, body: new Response(null, { status: 409 }) };
  server.before = (method) => (method === 'PATCH' ? elsewhere : undefined);
  const seen: (number | undefined)[] = [];
  expect(
    await send(
      () => true,
      (photo) => seen.push(photo?.sent),
    ),
  ).toBe(true);
  expect(server.requests.map((request) => request.split(' ')[0])).toEqual([
    ...['POST', 'PATCH'],
    ...['HEAD', 'PATCH'],
    ...['HEAD', 'PATCH'],
  ]);
  expect(seen).toEqual([undefined]);
  expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256, present: 0, refused: null }]);
  server.before = () => undefined;
  await send();
  expect(server.blobs.has(sha256)).toBe(true);
});

test('photos go in chunks, smallest first, and arrive with their bytes', async () => {
  const large = await attach(2 * CHUNK_BYTES + 5, 1);
  const small = await attach(100, 2);
  await phone.round();
  await send();
  expect([...server.blobs.keys()]).toEqual([small, large]);
  expect(hex(server.blobs.get(large) ?? new Uint8Array())).toBe(large);
  const patches = server.requests.filter((request) => request.startsWith('PATCH'));
  expect(patches).toHaveLength(1 + 3);
});

test('a break in the middle: the next attempt goes on where the server stands', async () => {
  const sha = await attach(3 * CHUNK_BYTES, 1);
  await phone.round();
  server.chunksToFail = 1;
  await expect(send()).rejects.toThrow('offline');
  expect((await uploadsOf(phone.database, VISIT))[0]?.url).toContain('/uploads/u1');
  server.requests.length = 0;
  await send();
  expect(server.blobs.has(sha)).toBe(true);
  expect(server.requests.map((request) => request.split(' ')[0])).toEqual(['HEAD', 'PATCH', 'PATCH']);
});

test('somebody who signs in at the desk meanwhile sends nothing: not a photo, not the rest of one', async () => {
  const sha = await attach(2 * CHUNK_BYTES, 1);
  await phone.round();
  server.signedIn = 'user-b';
  await expect(send()).rejects.toMatchObject({ failure: { kind: 'other_user' } });
  expect(server.uploads.size).toBe(0);
  server.signedIn = 'user-a';
  const tookOver = () => {
    const begun = server.uploads.get('u1')?.bytes.length === CHUNK_BYTES;
    if (begun) server.signedIn = 'user-b';
    return true;
  };
  await expect(send(tookOver)).rejects.toMatchObject({ failure: { kind: 'other_user' } });
  await expect(send()).rejects.toMatchObject({ status: 401 });
  expect(server.uploads.get('u1')?.bytes.length).toBe(CHUNK_BYTES);
  server.signedIn = 'user-a';
  await send();
  expect([...server.blobs.keys()]).toEqual([sha]);
});

test('an upload the server forgot starts again', async () => {
  const sha = await attach(2 * CHUNK_BYTES, 1);
  await phone.round();
  server.chunksToFail = 1;
  await expect(send()).rejects.toThrow('offline');
  server.uploads.clear();
  await send();
  expect(server.blobs.has(sha)).toBe(true);
});

test.each([
  [422, 'IMAGE_REFUSED'],
  [413, 'TOO_BIG'],
])(
  'bytes the server refuses (%s %s) are remembered with the reason and not sent for ever',
  async (status, code) => {
    await attach(100, 1);
    await phone.round();
    server.before = (method) =>
      method === 'PATCH' ? { status, body: { code, message: '', details: {} } } : undefined;
    await send();
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ refused: code, url: null }]);
    expect(await pendingPhotos(phone.database, VISIT)).toBe(0);
    server.requests.length = 0;
    await send();
    expect(server.requests).toEqual([]);
  },
);

test('bytes damaged on the way are sent again from the start', async () => {
  const sha = await attach(100, 1);
  await phone.round();
  server.before = (method) =>
    method === 'PATCH' ? { status: 422, body: { code: 'BLOB_HASH', message: '', details: {} } } : undefined;
  await send();
  expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ present: 0, refused: null, url: null }]);
  server.before = () => undefined;
  await send();
  expect(server.blobs.has(sha)).toBe(true);
});

describe('bytes the phone has not kept as they were', () => {
  const stored = (bytes: Uint8Array<ArrayBuffer>) =>
    phone.database.blobs.toCollection().modify({ bytes: bytes.buffer });
  const refused = async () =>
    (await uploadsOf(phone.database, VISIT)).map((row) => [row.present, row.refused]);

  test.each([null, 0, 99])('%s of 100 bytes are not sent and do not count as sent', async (left) => {
    await attach(100, 1);
    await phone.round();
    if (left === null) await phone.database.blobs.clear();
    else await stored(new Uint8Array(left).fill(1));
    await send();
    expect(await refused()).toEqual([[0, 'LOST_ON_DEVICE']]);
    expect(server.uploads.size).toBe(0);
  });

  test('other bytes of the same length are sent once, not in each round for ever', async () => {
    await attach(100, 1);
    await phone.round();
    await stored(new Uint8Array(100).fill(7));
    await send();
    expect(await refused()).toEqual([[0, 'LOST_ON_DEVICE']]);
    server.requests.length = 0;
    await send();
    expect(server.requests).toEqual([]);
  });
});

test('what must go first stops the sending between two chunks, and it goes on from there', async () => {
  const sha = await attach(3 * CHUNK_BYTES, 1);
  await phone.round();
  const seen: (number | undefined)[] = [];
  let left = 3; // asked before the photo, then before each chunk
  const stopped = await send(
    () => left-- > 0,
    (photo) => seen.push(photo?.sent),
  );
  expect([stopped, seen]).toEqual([false, [CHUNK_BYTES, 2 * CHUNK_BYTES, undefined]]);
  expect(server.blobs.size).toBe(0);
  expect(await send()).toBe(true);
  expect(server.blobs.has(sha)).toBe(true);
});

test('where something must go first no photo is begun', async () => {
  await attach(100, 1);
  await phone.round();
  expect(await send(() => false)).toBe(false);
  expect(server.uploads.size).toBe(0);
});

test('a visit that owes no photo is done, also where something must go first', async () => {
  const row = { visit: VISIT, size: 1, url: null };
  await phone.database.uploads.bulkPut([
    { ...row, sha256: 'a', present: 1, refused: null },
    { ...row, sha256: 'b', present: 0, refused: 'TOO_BIG' },
  ]);
  expect(await send(() => false)).toBe(true);
});

test('what happens to a photo while it is sent is not undone by what the sending notes', async () => {
  const sha = await attach(100, 1);
  await phone.round();
  server.before = (method) => {
    if (method === 'PATCH') void phone.database.uploads.update([VISIT, sha], { givenUp: 1 });
    return undefined;
  };
  await send();
  expect(await phone.database.uploads.get([VISIT, sha])).toMatchObject({ present: 1, givenUp: 1 });
});

test('without a session the ticket hands in operations, then the photos they name', async () => {
  const sha = await attach(100, 1);
  const row = { id: VISIT, order: 0 } as Parameters<typeof phone.database.visits.put>[0];
  await phone.database.visits.put(row);
  server.signedIn = null;
  const { database, api, user: userId } = phone;
  const ports = { database, api, sha256: async (raw: Uint8Array) => hex(raw), device: 'd', userId };
  expect(await handIn({ ...ports, ticket: server.ticket })).toBe(1);
  expect(server.blobs.has(sha)).toBe(true);
});

test('a visit that the server does not know keeps nothing of the others from being handed in', async () => {
  const sha = await attach(100, 1);
  for (const [order, id] of ['gone', VISIT].entries())
    await phone.database.visits.put({ id, order } as Parameters<typeof phone.database.visits.put>[0]);
  await mint(phone.database, { ops: [{ op: countedId(), visit: 'gone', body: '{}', bh: hex('{}') }] }, 'w');
  server.signedIn = null;
  server.before = () =>
    server.requests.length === 1 ? { status: 404, body: { code: 'NO_SUCH_VISIT' } } : undefined;
  const { database, api, user: userId } = phone;
  const ports = { database, api, sha256: async (raw: Uint8Array) => hex(raw), device: 'd', userId };
  const handed = handIn({ ...ports, ticket: server.ticket });
  await expect(handed).rejects.toMatchObject({ failure: { kind: 'no_such_visit' } });
  expect(await outbox(database, VISIT)).toEqual([]);
  expect(server.blobs.has(sha)).toBe(true);
});

describe('a photo the server refused', () => {
  const refuse = () => {
    server.before = (method) =>
      method === 'PATCH'
        ? { status: 422, body: { code: 'IMAGE_REFUSED', message: '', details: {} } }
        : undefined;
  };

  test('is sent again when the person wants it', async () => {
    const sha = await attach(100, 1);
    await phone.round();
    refuse();
    await send();
    server.before = () => undefined;
    await retryUpload(phone.database, VISIT, sha);
    await send();
    expect(server.blobs.has(sha)).toBe(true);
  });

  test('keeps the visit unsafe until it is taken away by a recorded act; its bytes stay', async () => {
    const sha = await attach(100, 1);
    await phone.round();
    refuse();
    await send();
    const row = { id: VISIT, safeN: 99 } as Parameters<typeof phone.database.visits.put>[0];
    await phone.database.visits.put(row);
    expect(await isSafe(phone.database, VISIT, phone.user)).toBe(false);
    await detach(sha, 1);
    expect(await isSafe(phone.database, VISIT, phone.user)).toBe(false); // the act itself is not in the log yet
    await phone.round();
    expect(await isSafe(phone.database, VISIT, phone.user)).toBe(true);
    expect((await blobOf(phone.database, VISIT, sha))?.bytes.byteLength).toBe(100);
  });

  /** Refused, and taken away. */
  async function givenUp(): Promise<string> {
    const sha = await attach(100, 1);
    await phone.round();
    refuse();
    await send();
    await detach(sha, 1);
    server.before = () => undefined;
    return sha;
  }

  test('and taken away is sent when the same picture is added again', async () => {
    const sha = await givenUp();
    await attach(100, 1);
    expect(await pendingPhotos(phone.database, VISIT)).toBe(1);
    await phone.round();
    await send();
    expect(server.blobs.has(sha)).toBe(true);
  });

  test('is sent when the operation that puts it back is stored, and not only after that', async () => {
    const sha = await givenUp();
    const op = countedId();
    const body = bodyOf(op, 'attach', 1, { sha256: sha });
    const ops = [{ op, visit: VISIT, body, bh: hex(body) }];
    await mint(phone.database, { ops, attached: [sha] }, countedId());
    expect(await uploadsOf(phone.database, VISIT)).toEqual([
      { visit: VISIT, sha256: sha, size: 100, url: null, present: 0, refused: null },
    ]);
  });

  test('of one that is still to be sent, taking it away changes nothing', async () => {
    const sha = await attach(100, 1);
    const op = countedId();
    const body = JSON.stringify({
      v: 1,
      op,
      visit: VISIT,
      kind: 'detach',
      path: 'photo/x',
      val: null,
      par: [],
    });
    await mint(
      phone.database,
      { ops: [{ op, visit: VISIT, body, bh: hex(body) }], detached: sha },
      countedId(),
    );
    expect(await pendingPhotos(phone.database, VISIT)).toBe(1);
  });
});

describe('receipts', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const tools = {
    sha256: async (raw: Uint8Array) => hex(raw),
    verifyStrictly: async (h: string, sig: string) =>
      verified(null, bytes(h), publicKey, Buffer.from(sig, 'base64url')),
  };
  const receipt = (sha256: string, size: number, safe: boolean) => ({
    sha256,
    size,
    safe,
    at: 1,
    sig: sign(null, bytes(hex(receiptBytes(VISIT, bytes(sha256), size, safe))), privateKey).toString(
      'base64url',
    ),
  });
  const confirm = () => confirmPhotos(phone.database, phone.api, VISIT, tools);

  async function sent(size: number): Promise<string> {
    const sha256 = await attach(size, 1);
    await phone.round();
    await send();
    return sha256;
  }

  test('a photo counts as safe when the server signed that its off-site backup has it', async () => {
    const photo = await sent(10);
    server.receipts = () => [receipt(photo, 10, false)];
    expect(await confirm()).toBe(false);
    server.receipts = () => [receipt(photo, 10, true)];
    expect(await confirm()).toBe(true);
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256: photo, safe: 1 }]);
    expect(await photosToConfirm(phone.database, VISIT, false)).toEqual([]);
  });

  test('what a restored server has forgotten is sent again, unless its room was freed against a receipt', async () => {
    const [kept, forgotten] = [await sent(10), await sent(11)];
    server.receipts = () => [receipt(kept, 10, false)];
    expect(await recountPhotos(phone.database, phone.api, VISIT)).toBe(true);
    expect(await pendingPhotos(phone.database, VISIT)).toBe(1);
    const before = server.requests.length;
    await send();
    expect(server.requests.length).toBeGreaterThan(before);
    expect((await uploadsOf(phone.database, VISIT)).find((row) => row.sha256 === forgotten)?.present).toBe(1);
    server.receipts = () => [receipt(kept, 10, true), receipt(forgotten, 11, true)];
    await confirmPhotos(phone.database, phone.api, VISIT, {
      ...tools,
      thumbnail: async () => new Uint8Array([1]).buffer,
    });
    server.receipts = () => [];
    expect(await recountPhotos(phone.database, phone.api, VISIT)).toBe(false);
  });

  test('the room of a photo is freed against a verified receipt only, and a small picture stays', async () => {
    const photo = await sent(10);
    const small = new Uint8Array([1, 2, 3]).buffer;
    const freeing = { ...tools, thumbnail: async () => small };
    server.receipts = () => [receipt(photo, 10, true)];
    const { verifyStrictly: _, ...unable } = freeing;
    expect(await confirmPhotos(phone.database, phone.api, VISIT, unable)).toBe(false);
    expect((await blobOf(phone.database, VISIT, photo))?.bytes.byteLength).toBe(10);
    expect(await confirmPhotos(phone.database, phone.api, VISIT, freeing)).toBe(true);
    expect(await blobOf(phone.database, VISIT, photo)).toMatchObject({ size: 10, bytes: small, thumb: 1 });
    expect(await photosToConfirm(phone.database, VISIT, true)).toEqual([]);
  });

  test('a photo that was confirmed while no room was freed is not confirmed again, but freed when it may be', async () => {
    const photo = await sent(10);
    server.receipts = () => [receipt(photo, 10, true)];
    expect([await confirm(), await confirm()]).toEqual([true, false]);
    expect(await photosToConfirm(phone.database, VISIT, true)).toHaveLength(1);
    const small = new Uint8Array([1]).buffer;
    await confirmPhotos(phone.database, phone.api, VISIT, { ...tools, thumbnail: async () => small });
    expect(await blobOf(phone.database, VISIT, photo)).toMatchObject({ bytes: small, thumb: 1 });
  });

  test('a photo that has not arrived yet is not counted, and goes on from where it was', async () => {
    const { uploads } = phone.database;
    const row = { visit: VISIT, size: 1, refused: null };
    const underway = { ...row, sha256: 'a', present: 0, url: '/uploads/u1' } as const;
    await uploads.put(underway);
    server.receipts = () => [];
    expect(await recountPhotos(phone.database, phone.api, VISIT)).toBe(false);
    expect(server.requests).toEqual([]);
    await uploads.put({ ...row, sha256: 'b', present: 1, url: null });
    expect(await recountPhotos(phone.database, phone.api, VISIT)).toBe(true);
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([underway, { present: 0 }]);
  });

  test('where no small picture can be made the photo stays whole, and is not tried for ever', async () => {
    const photo = await sent(10);
    server.receipts = () => [receipt(photo, 10, true)];
    await confirmPhotos(phone.database, phone.api, VISIT, { ...tools, thumbnail: async () => null });
    expect((await blobOf(phone.database, VISIT, photo))?.bytes.byteLength).toBe(10);
    expect(await photosToConfirm(phone.database, VISIT, true)).toEqual([]);
  });

  test('one of which there is no receipt is sent again: the server holds it no more', async () => {
    const photo = await sent(10);
    server.receipts = () => [receipt('b'.repeat(64), 10, true)];
    expect(await confirm()).toBe(true);
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256: photo, present: 0, safe: 0 }]);
  });

  test.each([
    [
      'a promise the signature does not cover',
      (photo: string) => ({ ...receipt(photo, 10, false), safe: true }),
    ],
    ['another size', (photo: string) => receipt(photo, 11, true)],
    ['another size than was signed', (photo: string) => ({ ...receipt(photo, 10, true), size: 11 })],
    [
      "another photo's signature",
      (photo: string) => ({ ...receipt('b'.repeat(64), 10, true), sha256: photo }),
    ],
  ])('%s confirms nothing', async (_name, made) => {
    const photo = await sent(10);
    server.receipts = () => [made(photo)];
    expect(await confirm()).toBe(false);
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256: photo, present: 1 }]);
    expect(await photosToConfirm(phone.database, VISIT, true)).toHaveLength(1);
  });
});
