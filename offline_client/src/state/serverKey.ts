// The server's signing key as this phone first saw it. A chain that is sound but signed by another key is not our
// server's: whoever rebuilt the log owns the database, not the key.
import type { UserDatabase } from '../store/database.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import type { Api } from '../sync/api.ts';
import { fromHex, type VerifySignature } from '../sync/chain.ts';

const KEY = 'server-key';

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Null where the browser knows no Ed25519: then the chain of hashes alone is checked. */
async function imported(database: UserDatabase, api: Pick<Api, 'publicKey'>): Promise<CryptoKey | null> {
  const known = await readMeta<string>(database, KEY);
  const told = known ?? (await api.publicKey());
  if (told === null) return null;
  if (known === null) await writeMeta(database, KEY, told);
  try {
    return await crypto.subtle.importKey('raw', bytesOf(told), 'Ed25519', false, ['verify']);
  } catch {
    return null;
  }
}

/**
 * Verifies with the pinned key; it is read, or asked for, once. Where the browser knows no Ed25519 `verify` lets the
 * chain of hashes speak alone, and `verifyStrictly`, on which the freeing of bytes hangs, says no.
 */
export function pinnedKey(
  database: UserDatabase,
  api: Pick<Api, 'publicKey'>,
): { verify: VerifySignature; verifyStrictly: VerifySignature } {
  let key: Promise<CryptoKey | null> | null = null;
  const checked = async (h: string, sig: string, without: boolean) => {
    key ??= imported(database, api);
    const found = await key.catch((error: unknown) => {
      key = null;
      throw error;
    });
    return found === null ? without : crypto.subtle.verify('Ed25519', found, bytesOf(sig), fromHex(h));
  };
  return { verify: (h, sig) => checked(h, sig, true), verifyStrictly: (h, sig) => checked(h, sig, false) };
}
