// Sends photos in chunks after the operations that name them (tus 1.0.0: creation, HEAD, PATCH).
// A break costs at most one chunk: the next attempt asks the server where it stands.
import type { UploadRow } from '../store/rows.ts';

export const CHUNK_BYTES = 256 * 1024;

/** What the sending needs of api.ts. */
export interface UploadPort {
  createUpload(
    visit: string,
    photo: { sha256: string; size: number; mime: string },
  ): Promise<{ url: string | null; present: boolean }>;
  uploadOffset(url: string): Promise<number | null>;
  sendChunk(url: string, offset: number, chunk: Uint8Array<ArrayBuffer>): Promise<number | null>;
}

export interface PhotoToSend {
  readonly row: UploadRow;
  readonly mime: string;
  readonly bytes: ArrayBuffer;
}

/** A visit owes these: own photos named by an operation the log shows, smallest first. */
export function owed(rows: readonly UploadRow[], named: ReadonlySet<string>): UploadRow[] {
  return rows
    .filter((row) => row.present === 0 && row.refused === null && named.has(row.sha256))
    .sort((a, b) => a.size - b.size || (a.sha256 < b.sha256 ? -1 : 1));
}

/** Sends one photo to the end. `remember` stores progress; raises what the port raises. */
export async function sendPhoto(
  port: UploadPort,
  photo: PhotoToSend,
  remember: (row: UploadRow) => Promise<void>,
): Promise<void> {
  let { row } = photo;
  const bytes = new Uint8Array(photo.bytes);
  for (let restarts = 0; restarts < 3; restarts += 1) {
    let offset: number | null = row.url === null ? null : await port.uploadOffset(row.url);
    if (row.url === null || offset === null) {
      const created = await port.createUpload(row.visit, {
        sha256: row.sha256,
        size: row.size,
        mime: photo.mime,
      });
      if (created.present) return remember({ ...row, url: null, present: 1 });
      row = { ...row, url: created.url };
      await remember(row);
      offset = 0;
    }
    const { url } = row;
    while (url !== null && offset !== null && offset < bytes.length)
      offset = await port.sendChunk(url, offset, bytes.slice(offset, offset + CHUNK_BYTES));
    // The server recomputes the hash before it confirms the last byte.
    if (offset === bytes.length) return remember({ ...row, url: null, present: 1 });
  }
}
