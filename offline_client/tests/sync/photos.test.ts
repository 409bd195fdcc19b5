// Photos through tus: after their operation, smallest first, a break costs at most one chunk.
import { generateKeyPairSync, sign, verify as verified } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { receiptBytes } from '../../src/domain/wire.ts';
import { uploadsOf } from '../../src/store/blobs.ts';
import { mint } from '../../src/store/ops.ts';
import { confirmPhotos, pendingPhotos, photosToConfirm, sendPhotos } from '../../src/sync/photos.ts';
import { CHUNK_BYTES } from '../../src/sync/uploads.ts';
import { countedId, Phone } from '../simulation/phone.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

let server: SimulatedServer;
let phone: Phone;

beforeEach(() => {
  server = new SimulatedServer();
  phone = new Phone(server);
});

async function attach(size: number, fill: number): Promise<string> {
  const bytes = new Uint8Array(size).fill(fill);
  const sha256 = hex(bytes);
  const op = countedId();
  const body = JSON.stringify({
    v: 1,
    op,
    visit: VISIT,
    chk: 'a'.repeat(64),
    kind: 'attach',
    path: `photo/00000000-0000-4000-8000-00000000000${fill}`,
    val: { of: 'item/a', sha256, size, mime: 'image/jpeg', taken_at: null },
    par: [],
    user: 'user-a',
    dev: 'd',
    t: { wall: 'x' },
    app: '0',
  });
  const blob = { visit: VISIT, sha256, mime: 'image/jpeg', size, bytes: bytes.buffer };
  await mint(phone.database, { ops: [{ op, visit: VISIT, body, bh: hex(body) }], blob }, countedId());
  return sha256;
}

const send = () => sendPhotos(phone.database, phone.api, VISIT, () => {});

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

test('an upload the server forgot starts again', async () => {
  const sha = await attach(2 * CHUNK_BYTES, 1);
  await phone.round();
  server.chunksToFail = 1;
  await expect(send()).rejects.toThrow('offline');
  server.uploads.clear();
  await send();
  expect(server.blobs.has(sha)).toBe(true);
});

test('bytes the server refuses are remembered with the reason and not sent for ever', async () => {
  await attach(100, 1);
  await phone.round();
  server.before = (method) =>
    method === 'PATCH'
      ? { status: 422, body: { code: 'IMAGE_REFUSED', message: '', details: {} } }
      : undefined;
  await send();
  expect((await uploadsOf(phone.database, VISIT))[0]?.refused).toBe('IMAGE_REFUSED');
  server.requests.length = 0;
  await send();
  expect(server.requests).toEqual([]);
});

test('bytes damaged on the way are sent again from the start', async () => {
  const sha = await attach(100, 1);
  await phone.round();
  server.before = (method) =>
    method === 'PATCH' ? { status: 422, body: { code: 'BLOB_HASH', message: '', details: {} } } : undefined;
  await send();
  expect(await pendingPhotos(phone.database, VISIT)).toBe(1);
  server.before = () => undefined;
  await send();
  expect(server.blobs.has(sha)).toBe(true);
});

describe('receipts', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const tools = {
    sha256: async (raw: Uint8Array) => hex(raw),
    verify: async (h: string, sig: string) =>
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
    expect(await photosToConfirm(phone.database, VISIT)).toEqual([]);
  });

  test.each([
    [
      'a promise the signature does not cover',
      (photo: string) => ({ ...receipt(photo, 10, false), safe: true }),
    ],
    ['another size', (photo: string) => receipt(photo, 11, true)],
    ['another photo', (_photo: string) => receipt('b'.repeat(64), 10, true)],
    [
      "another photo's signature",
      (photo: string) => ({ ...receipt('b'.repeat(64), 10, true), sha256: photo }),
    ],
  ])('%s confirms nothing', async (_name, made) => {
    const photo = await sent(10);
    server.receipts = () => [made(photo)];
    expect(await confirm()).toBe(false);
    expect(await uploadsOf(phone.database, VISIT)).toMatchObject([{ sha256: photo, present: 1 }]);
    expect(await photosToConfirm(phone.database, VISIT)).toHaveLength(1);
  });
});
