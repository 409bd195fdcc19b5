// Which photos a visit still owes the server, sending them, and freeing their room here once the server's backup has
// them. Derived from own attach operations that the log shows, so a photo is sent after the operation that names it,
// and never forgotten. One photo is in memory at a time.
import { receiptBytes } from '../domain/wire.ts';
import { blobOf, changeUpload, shrink, type UploadChange, uploadsOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import { ownOps } from '../store/ops.ts';
import type { UploadRow } from '../store/rows.ts';
import { ApiError } from './api.ts';
import { fromHex, type Sha256, type VerifySignature } from './chain.ts';
import type { Receipt } from './protocol.ts';
import { ChunkSize, owed, type PhotoProgress, sendPhoto, type UploadPort } from './uploads.ts';

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

export interface PhotoSending {
  /** The row of a photo changed (null), or more of its bytes arrived. */
  readonly progressed: (photo: PhotoProgress | null) => void;
  readonly sha256: Sha256;
  readonly proceed?: () => boolean | Promise<boolean>;
  readonly chunk?: ChunkSize;
  readonly now?: () => number;
}

/**
 * Sends what the visit owes, smallest first; false if `proceed` said to stop before the end. Refused bytes are
 * remembered with the reason and shown; a network failure is raised and ends the attempt.
 */
export async function sendPhotos(
  database: UserDatabase,
  api: UploadPort,
  visit: string,
  { progressed, sha256, proceed = () => true, chunk = new ChunkSize(), now = Date.now }: PhotoSending,
): Promise<boolean> {
  const rows = await uploadsOf(database, visit);
  if (rows.every((row) => row.present === 1 || row.refused !== null)) return true;
  for (const row of owed(rows, await namedInLog(database, visit))) {
    if (!(await proceed())) return false;
    const remember = (change: UploadChange) => changeUpload(database, row, change);
    await sendOne(database, api, row, { chunk, now, proceed, progressed, remember }, sha256);
    progressed(null);
  }
  return proceed();
}

type Tools = {
  readonly sha256: Sha256;
  /** Checks a signature or says no: where the browser knows no Ed25519 nothing is ever confirmed. */
  readonly verifyStrictly?: VerifySignature | undefined;
  /** A small picture to keep instead of the whole; null where it cannot be made. */
  readonly thumbnail?: ((bytes: ArrayBuffer, mime: string) => Promise<ArrayBuffer | null>) | undefined;
};

/**
 * Marks photos that the server's off-site backup has, as its signed receipts say, and frees their room; a receipt whose
 * signature or size is wrong does neither. Returns whether any was marked.
 */
export async function confirmPhotos(
  database: UserDatabase,
  api: { receipts(visit: string): Promise<Receipt[]> },
  visit: string,
  tools: Tools,
): Promise<boolean> {
  const unconfirmed = await photosToConfirm(database, visit, tools.thumbnail !== undefined);
  const receipts = new Map((await api.receipts(visit)).map((receipt) => [receipt.sha256, receipt]));
  let marked = false;
  for (const row of unconfirmed) {
    const receipt = receipts.get(row.sha256);
    if (!receipt || !(await isProven(row, receipt, tools))) continue;
    await changeUpload(database, row, { safe: 1 });
    if (tools.thumbnail) await free(database, row, tools.thumbnail);
    marked = true;
  }
  return marked;
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
  const sent = (await uploadsOf(database, visit)).filter((row) => row.present === 1 && row.freed !== 1);
  if (sent.length === 0) return false;
  const held = new Set((await api.receipts(visit)).map((receipt) => receipt.sha256));
  const forgotten = sent.filter((row) => !held.has(row.sha256));
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

/** Photos the server has of which no verified receipt was seen yet, or (`toFree`) whose room here was not freed. */
export async function photosToConfirm(
  database: UserDatabase,
  visit: string,
  toFree: boolean,
): Promise<UploadRow[]> {
  const rows = await uploadsOf(database, visit);
  return rows.filter((row) => row.present === 1 && (row.safe !== 1 || (toFree && row.freed === undefined)));
}

async function sendOne(
  database: UserDatabase,
  api: UploadPort,
  row: UploadRow,
  sending: Parameters<typeof sendPhoto>[2],
  sha256: Sha256,
): Promise<void> {
  const { remember } = sending;
  const blob = await blobOf(database, row.visit, row.sha256);
  const lost = () => remember({ url: null, refused: 'LOST_ON_DEVICE' });
  if (blob?.bytes.byteLength !== row.size) return lost();
  try {
    await sendPhoto(api, { row, mime: blob.mime, bytes: blob.bytes }, sending);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Bytes that were damaged on the way start again; those damaged here, or that are no photo, never will be it.
    if (error.code === 'BLOB_HASH')
      return (await sha256(new Uint8Array(blob.bytes))) === row.sha256 ? remember({ url: null }) : lost();
    if (error.status === 422 || error.status === 413) return remember({ url: null, refused: error.code });
    throw error;
  }
}
