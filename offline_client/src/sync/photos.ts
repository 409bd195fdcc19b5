// Which photos a visit still owes the server, and sending them. Derived from own attach operations
// that the log shows, so a photo is sent after the operation that names it, and never forgotten.
import { receiptBytes } from '../domain/wire.ts';
import { blobOf, saveUpload, uploadsOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import { ownOps } from '../store/ops.ts';
import type { UploadRow } from '../store/rows.ts';
import { ApiError } from './api.ts';
import { fromHex, type Sha256, type VerifySignature } from './chain.ts';
import type { Receipt } from './protocol.ts';
import { owed, sendPhoto, type UploadPort } from './uploads.ts';

/** Photos that wait for the server, whether or not their operation has arrived. */
export async function pendingPhotos(database: UserDatabase, visit: string): Promise<number> {
  const rows = await uploadsOf(database, visit);
  return rows.filter((row) => row.present === 0 && row.refused === null).length;
}

async function namedInLog(database: UserDatabase, visit: string): Promise<Set<string>> {
  const named = new Set<string>();
  for (const row of await ownOps(database, visit)) {
    if (row.seen === 0 || !row.body.includes('"attach"')) continue;
    const body = JSON.parse(row.body) as { kind: string; val: { sha256?: string } | null };
    if (body.kind === 'attach' && body.val?.sha256) named.add(body.val.sha256);
  }
  return named;
}

/**
 * Sends what the visit owes, smallest first. Refused bytes are remembered with the reason and shown;
 * a network failure is raised and ends the attempt.
 */
export async function sendPhotos(
  database: UserDatabase,
  api: UploadPort,
  visit: string,
  progressed: () => void,
): Promise<void> {
  const rows = await uploadsOf(database, visit);
  if (rows.every((row) => row.present === 1 || row.refused !== null)) return;
  for (const row of owed(rows, await namedInLog(database, visit))) {
    await sendOne(database, api, row);
    progressed();
  }
}

/**
 * Marks photos that the server's off-site backup has, as its signed receipts say; a receipt whose signature or size is
 * wrong marks nothing. Returns whether any was marked.
 */
export async function confirmPhotos(
  database: UserDatabase,
  api: { receipts(visit: string): Promise<Receipt[]> },
  visit: string,
  tools: { readonly sha256: Sha256; readonly verify?: VerifySignature | undefined },
): Promise<boolean> {
  const unconfirmed = await photosToConfirm(database, visit);
  const receipts = new Map((await api.receipts(visit)).map((receipt) => [receipt.sha256, receipt]));
  let marked = false;
  for (const row of unconfirmed) {
    const receipt = receipts.get(row.sha256);
    if (!receipt?.safe || receipt.size !== row.size) continue;
    const bytes = receiptBytes(visit, fromHex(row.sha256), row.size, true);
    if (tools.verify && !(await tools.verify(await tools.sha256(Uint8Array.from(bytes)), receipt.sig)))
      continue;
    await saveUpload(database, { ...row, safe: 1 });
    marked = true;
  }
  return marked;
}

/** Photos the server has of which it is not known whether its off-site backup has them. */
export async function photosToConfirm(database: UserDatabase, visit: string): Promise<UploadRow[]> {
  return (await uploadsOf(database, visit)).filter((row) => row.present === 1 && row.safe !== 1);
}

async function sendOne(database: UserDatabase, api: UploadPort, row: UploadRow): Promise<void> {
  const blob = await blobOf(database, row.visit, row.sha256);
  const remember = (next: UploadRow) => saveUpload(database, next);
  if (!blob) return remember({ ...row, refused: 'LOST_ON_DEVICE' });
  try {
    await sendPhoto(api, { row, mime: blob.mime, bytes: blob.bytes }, remember);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Bytes that were damaged on the way start again; bytes that are no photo never will be one.
    if (error.code === 'BLOB_HASH') return remember({ ...row, url: null });
    if (error.status === 422 || error.status === 413)
      return remember({ ...row, url: null, refused: error.code });
    throw error;
  }
}
