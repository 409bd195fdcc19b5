// Photos as screens see them, their bytes as addresses an <img> can show, and making one from a file.
import type { Cells } from '../domain/operations.ts';
import { blobOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import type { BlobRow } from '../store/rows.ts';
import { dateOf } from './closing.ts';
import { downscale, PhotoError } from './downscale.ts';
import type { Photo } from './interface.ts';
import { sha256 } from './partition.ts';
import { Unsaved } from './writer.ts';

type Attached = { readonly of?: string; readonly sha256?: string; readonly taken_at?: string } | null;

/** Photos of one item or row, oldest first; `here` maps those on this phone to whether they were sent. */
export function photosOf(cells: Cells, ofPath: string, here: ReadonlyMap<string, boolean>): Photo[] {
  const found: Photo[] = [];
  for (const [path, heads] of cells) {
    if (!path.startsWith('photo/')) continue;
    for (const head of heads) {
      const value = head.value as Attached;
      if (value?.of !== ofPath || !value.sha256) continue;
      const sent = here.get(value.sha256);
      found.push({
        id: path.slice('photo/'.length),
        of: ofPath,
        sha256: value.sha256,
        takenAt: dateOf(value.taken_at ?? ''),
        author: head.actor,
        here: sent !== undefined,
        sent: sent ?? head.n !== null,
      });
    }
  }
  return found.sort((a, b) => (a.takenAt?.getTime() ?? 0) - (b.takenAt?.getTime() ?? 0));
}

/** Under which ids these bytes stand as photos. */
export function idsOf(cells: Cells, sha: string): string[] {
  const found: string[] = [];
  for (const [path, heads] of cells)
    if (path.startsWith('photo/') && heads.some((head) => (head.value as Attached)?.sha256 === sha))
      found.push(path.slice('photo/'.length));
  return found;
}

/** The evidence bytes of a file. Raises Unsaved for what is no picture. */
export async function evidenceOf(visit: string, file: Blob): Promise<BlobRow> {
  try {
    const { bytes, mime } = await downscale(file);
    return { visit, sha256: await sha256(bytes), mime, size: bytes.byteLength, bytes };
  } catch (error) {
    throw new Unsaved(error instanceof PhotoError ? error.code : 'not_an_image', error);
  }
}

/** blob: addresses of photos on this phone; others have an address on the server. */
export class PhotoUrls {
  readonly #database: UserDatabase;
  readonly #visit: string;
  readonly #urls = new Map<string, string>();

  constructor(database: UserDatabase, visit: string) {
    this.#database = database;
    this.#visit = visit;
  }

  /** `whole` asks for the photo itself, of which this phone may have kept only a small picture. */
  async of(sha: string, whole: boolean): Promise<string> {
    const known = this.#urls.get(`${sha}${whole}`);
    if (known) return known;
    const blob = await blobOf(this.#database, this.#visit, sha);
    const there = `/api/sync/v1/visits/${encodeURIComponent(this.#visit)}/blobs/${sha}`;
    if (!blob) return whole ? there : `${there}/thumbnail`;
    if (whole && blob.thumb) return there;
    const url = URL.createObjectURL(new Blob([blob.bytes], { type: blob.mime }));
    this.#urls.set(`${sha}${whole}`, url);
    return url;
  }

  revoke(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }
}
