// Opens what a phone holds of a surprise visit before it starts (decision 0013). Twin of app/sync/packs.py; both are held
// to tests/vectors/packs/.
import type { Json } from '../domain/wire.ts';
import type { UserDatabase } from '../store/database.ts';
import type { SealedRow } from '../store/rows.ts';
import { type Box, forgetPacks, packOf, savePack } from '../store/sealed.ts';
import type { Api } from './api.ts';
import { failuresOf } from './driver.ts';
import { isFresh } from './fresh.ts';

const bytesOf = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** What the box holds; null if the code is another one, or the box was changed. */
export async function unseal(box: Box, code: string): Promise<Json | null> {
  const { subtle } = crypto;
  const secret = await subtle.importKey('raw', new TextEncoder().encode(code), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const stretched = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(box.salt), iterations: box.rounds };
  const key = await subtle.deriveKey(stretched, secret, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
  let plain: ArrayBuffer;
  try {
    plain = await subtle.decrypt({ name: 'AES-GCM', iv: bytesOf(box.iv) }, key, bytesOf(box.data));
  } catch {
    return null;
  }
  return JSON.parse(new TextDecoder().decode(plain)) as Json;
}

/** Brings the boxes of these visits up to date and lets go of others. Raises ApiError: what was stored stays. */
export async function fetchPacks(
  database: UserDatabase,
  api: Pick<Api, 'pack'>,
  sealed: readonly SealedRow[],
  now: number,
): Promise<void> {
  const ids = sealed.map(({ id }) => id);
  await forgetPacks(database, ids);
  const failed = await failuresOf(ids, async (id) => {
    const before = await packOf(database, id);
    if (before && isFresh(before, now)) return;
    await savePack(database, id, { at: now, box: await api.pack(id) });
  });
  if (failed.length > 0) throw failed[0];
}
