// Photos and the state of their uploads. Which photos a visit owes is derived from its attach
// operations; these rows only remember bytes and progress.
import { durably, type UserDatabase } from './database.ts';
import type { BlobRow, UploadRow } from './rows.ts';

export async function blobOf(
  database: UserDatabase,
  visit: string,
  sha256: string,
): Promise<BlobRow | undefined> {
  return durably(database, () => database.blobs.get([visit, sha256]));
}

/**
 * Reads stored bytes back and compares length and hash: only then may a photo be shown as saved.
 * `hash` is injected (SHA-256, hex) and runs outside any transaction.
 */
export async function readsBack(
  database: UserDatabase,
  blob: BlobRow,
  hash: (bytes: ArrayBuffer) => Promise<string>,
): Promise<boolean> {
  const stored = await blobOf(database, blob.visit, blob.sha256);
  return (
    stored !== undefined &&
    stored.bytes.byteLength === blob.size &&
    (await hash(stored.bytes)) === blob.sha256
  );
}

export async function uploadsOf(database: UserDatabase, visit: string): Promise<UploadRow[]> {
  return durably(database, () => database.uploads.where('visit').equals(visit).toArray());
}

export async function saveUpload(database: UserDatabase, row: UploadRow): Promise<void> {
  await durably(database, () => database.uploads.put(row));
}
