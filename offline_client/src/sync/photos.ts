// Which photos a visit still owes the server, and sending them (what becomes of them there: receipts.ts). Derived from own attach operations that the log shows, so a photo is sent after the operation that names it,
// and never forgotten. One photo is in memory at a time.
import { blobOf, changeUpload, type UploadChange, uploadsOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import { ownOps } from '../store/ops.ts';
import type { UploadRow } from '../store/rows.ts';
import { ApiError } from './api.ts';
import type { Sha256 } from './chain.ts';
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
    const body = JSON.parse(row.body) as { kind: string; val: { sha256: string } };
    if (body.kind === 'attach') named.add(body.val.sha256);
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
