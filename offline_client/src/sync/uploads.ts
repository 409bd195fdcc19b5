// Sends photos in chunks after the operations that name them (tus 1.0.0: creation, HEAD, PATCH).
// A break costs at most one chunk: the next attempt asks the server where it stands.
import type { UploadChange } from '../store/blobs.ts';
import type { UploadRow } from '../store/rows.ts';

/** What the sending needs of api.ts. */
export interface UploadPort {
  createUpload(visit: string, photo: { sha256: string; size: number; mime: string }): Promise<string | null>;
  uploadOffset(url: string): Promise<number | null>;
  sendChunk(url: string, offset: number, chunk: Uint8Array<ArrayBuffer>): Promise<number | null>;
}

export interface PhotoToSend {
  readonly row: UploadRow;
  readonly mime: string;
  readonly bytes: ArrayBuffer;
}

/** How far a photo is, in bytes. */
export interface PhotoProgress {
  readonly visit: string;
  readonly sha256: string;
  readonly sent: number;
  readonly size: number;
}

/** What a visit owes: own photos named by an operation the log shows, smallest first. */
export function owed(rows: readonly UploadRow[], named: ReadonlySet<string>): UploadRow[] {
  return rows
    .filter((row) => row.present === 0 && row.refused === null && named.has(row.sha256))
    .sort((a, b) => a.size - b.size || (a.sha256 < b.sha256 ? -1 : 1));
}

export const FIRST_CHUNK = 128 * 1024;
const SMALLEST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 1024 * 1024;
const QUICK_MS = 1_500;
const SLOW_MS = 6_000;

/**
 * How much goes in one request. A chunk should take a few seconds: short enough to survive a bad line and the request's
 * time limit, long enough that headers cost little. Kept from photo to photo.
 */
export class ChunkSize {
  #bytes = FIRST_CHUNK;

  get bytes(): number {
    return this.#bytes;
  }

  took(ms: number): void {
    if (ms < QUICK_MS) this.#bytes = Math.min(LARGEST_CHUNK, this.#bytes * 2);
    else if (ms > SLOW_MS) this.broke();
  }

  broke(): void {
    this.#bytes = Math.max(SMALLEST_CHUNK, this.#bytes / 2);
  }
}

export interface Sending {
  readonly chunk: ChunkSize;
  readonly now: () => number;
  /** Asked before each chunk: whether photos may still be sent, or something else comes first. */
  readonly proceed: () => boolean | Promise<boolean>;
  readonly progressed: (photo: PhotoProgress) => void;
  readonly remember: (change: UploadChange) => Promise<void>;
}

/** Sends one photo to the end, or until it may not go on; raises what the port raises. */
export async function sendPhoto(port: UploadPort, photo: PhotoToSend, sending: Sending): Promise<void> {
  const { row } = photo;
  let url = row.url ?? '';
  const bytes = new Uint8Array(photo.bytes);
  for (let restarts = 0; restarts < 3; restarts += 1) {
    let offset = url === '' ? null : await port.uploadOffset(url);
    if (offset === null) {
      const { sha256, size } = row;
      const created = await port.createUpload(row.visit, { sha256, size, mime: photo.mime });
      if (created === null) return sending.remember({ url: null, present: 1 });
      url = created;
      await sending.remember({ url });
      offset = 0;
    }
    while (offset !== null && offset < row.size) {
      if (!(await sending.proceed())) return;
      offset = await sendChunk(port, url, offset, bytes, sending);
      if (offset !== null)
        sending.progressed({ visit: row.visit, sha256: row.sha256, sent: offset, size: row.size });
    }
    // The server recomputes the hash before it confirms the last byte.
    if (offset === row.size) return sending.remember({ url: null, present: 1 });
  }
}

async function sendChunk(
  port: UploadPort,
  url: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
  { chunk, now }: Sending,
): Promise<number | null> {
  const began = now();
  try {
    const next = await port.sendChunk(url, offset, bytes.slice(offset, offset + chunk.bytes));
    chunk.took(now() - began);
    return next;
  } catch (error) {
    chunk.broke();
    throw error;
  }
}
