// Photos and the state of their uploads. Which photos a visit owes is derived from its attach
// operations; these rows only remember bytes and progress.
import { durably, type UserDatabase } from './database.ts';
import { type BlobRow, owedAgain, type UploadRow } from './rows.ts';

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

/** Keeps only a small picture of a photo whose receipt was verified; does nothing for any other. */
export async function shrink(database: UserDatabase, row: UploadRow, small: ArrayBuffer): Promise<void> {
  const { blobs, uploads } = database;
  const key: [string, string] = [row.visit, row.sha256];
  await durably(database, () =>
    database.transaction('rw', [blobs, uploads], async () => {
      const [blob, upload] = [await blobs.get(key), await uploads.get(key)];
      if (!blob || upload?.safe !== 1) return;
      await blobs.put({ ...blob, mime: 'image/jpeg', bytes: small, thumb: 1 });
      await uploads.put({ ...upload, freed: 1 });
    }),
  );
}

/** A photo the server refused is sent once more. */
export async function retryUpload(database: UserDatabase, visit: string, sha256: string): Promise<void> {
  await changeRow(database, visit, sha256, owedAgain);
}

/** The sending of a photo the server refused ends here; with a reason where it still stands in the visit. */
export async function giveUp(
  database: UserDatabase,
  visit: string,
  sha256: string,
  ended?: string,
): Promise<void> {
  await changeRow(database, visit, sha256, (row) =>
    row.refused === null ? row : { ...row, givenUp: 1, ...(ended !== undefined && { ended }) },
  );
}

async function changeRow(
  database: UserDatabase,
  visit: string,
  sha256: string,
  change: (row: UploadRow) => UploadRow,
): Promise<void> {
  await durably(database, () =>
    database.uploads
      .where(':id')
      .equals([visit, sha256])
      .modify((row, found) => {
        found.value = change(row);
      }),
  );
}

export async function uploadsOf(database: UserDatabase, visit: string): Promise<UploadRow[]> {
  return durably(database, () => database.uploads.where('visit').equals(visit).toArray());
}

type UploadKey = Pick<UploadRow, 'visit' | 'sha256'>;
export type UploadChange = Partial<Omit<UploadRow, keyof UploadKey>>;

/** Writes down what has changed of an upload and nothing else: meanwhile the rest may have changed too. */
export async function changeUpload(
  database: UserDatabase,
  { visit, sha256 }: UploadKey,
  change: UploadChange,
): Promise<void> {
  await durably(database, () => database.uploads.update([visit, sha256], change));
}
