// What the server's receipts say of photos: which it holds no more, and which its off-site backup has, so that their room
// here may be freed. Loaded when a photo was sent.
import { receiptBytes } from '../domain/wire.ts';
import { blobOf, changeUpload, shrink, uploadsOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import type { UploadRow } from '../store/rows.ts';
import { fromHex, type Sha256, type VerifySignature } from './chain.ts';
import { photosToConfirm } from './photos.ts';
import type { Receipt } from './protocol.ts';

type Tools = {
  readonly sha256: Sha256;
  /** Checks a signature or says no: where the browser knows no Ed25519 nothing is ever confirmed. */
  readonly verifyStrictly?: VerifySignature | undefined;
  /** A small picture to keep instead of the whole; null where it cannot be made. */
  readonly thumbnail?: ((bytes: ArrayBuffer, mime: string) => Promise<ArrayBuffer | null>) | undefined;
};

/**
 * Marks photos that the server's off-site backup has, as its signed receipts say, and frees their room; a receipt whose
 * signature or size is wrong does neither. One without a receipt the server holds no more: it is sent again. Returns
 * whether any changed.
 */
export async function confirmPhotos(
  database: UserDatabase,
  api: { receipts(visit: string): Promise<Receipt[]> },
  visit: string,
  tools: Tools,
): Promise<boolean> {
  const unconfirmed = await photosToConfirm(database, visit, tools.thumbnail !== undefined);
  const receipts = new Map((await api.receipts(visit)).map((receipt) => [receipt.sha256, receipt]));
  const forgotten = unconfirmed.filter(({ sha256 }) => !receipts.has(sha256));
  let changed = await sendAgain(database, forgotten);
  for (const row of unconfirmed) {
    const receipt = receipts.get(row.sha256);
    if (!receipt || !(await isProven(row, receipt, tools))) continue;
    await changeUpload(database, row, { safe: 1 });
    if (tools.thumbnail) await free(database, row, tools.thumbnail);
    changed = true;
  }
  return changed;
}

/**
 * After the server was restored: photos it does not hold any more, and this phone still does, are sent again.
 * Returns whether there are any.
 */
export async function recountPhotos(
  database: UserDatabase,
  api: { receipts(visit: string): Promise<Receipt[]> },
  visit: string,
): Promise<boolean> {
  // What was freed here is safe at the server's, and cannot be sent from here.
  const sent = (await uploadsOf(database, visit)).filter((row) => row.present === 1 && row.freed !== 1);
  if (sent.length === 0) return false;
  const held = new Set((await api.receipts(visit)).map((receipt) => receipt.sha256));
  return sendAgain(
    database,
    sent.filter((row) => !held.has(row.sha256)),
  );
}

/** Returns whether there is anything. */
async function sendAgain(database: UserDatabase, forgotten: readonly UploadRow[]): Promise<boolean> {
  for (const row of forgotten) await changeUpload(database, row, { present: 0, safe: 0, url: null });
  return forgotten.length > 0;
}

async function isProven(row: UploadRow, receipt: Receipt, tools: Tools): Promise<boolean> {
  if (!tools.verifyStrictly || !receipt.safe || receipt.size !== row.size) return false;
  const bytes = receiptBytes(row.visit, fromHex(row.sha256), row.size, true);
  return tools.verifyStrictly(await tools.sha256(Uint8Array.from(bytes)), receipt.sig);
}

async function free(
  database: UserDatabase,
  row: UploadRow,
  thumbnail: NonNullable<Tools['thumbnail']>,
): Promise<void> {
  const blob = await blobOf(database, row.visit, row.sha256);
  const small = blob ? await thumbnail(blob.bytes, blob.mime) : null;
  if (small) await shrink(database, row, small);
  else await changeUpload(database, row, { freed: 0 });
}
