// Photos as screens see them, their bytes as addresses an <img> can show, and making one from a file.

import { veiled } from '../domain/evidence.ts';
import type { Cells } from '../domain/operations.ts';
import { blobOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import type { BlobRow } from '../store/rows.ts';
import { downscale, PhotoError, timeOf } from './downscale.ts';
import type { Photo, PhotoOrigin, PhotoPlace } from './interface.ts';
import { sha256 } from './partition.ts';
import { dateOf, wallClock } from './wall.ts';
import { Unsaved } from './writer.ts';

type Attached = ({ readonly of?: string; readonly sha256?: string } & Partial<Told>) | null;

/** What an `attach` says of a photo besides its bytes (docs/sync.md 3). */
export type Told = {
  readonly taken_at: string | null;
  readonly place?: { readonly [key in keyof PhotoPlace]: number };
  readonly made_from?: { readonly sha256: string; readonly masked: boolean };
};

/** The photos that stand, by the item or row they are of, oldest first; `here` maps those on this phone to whether they were sent. */
export function photosOf(
  cells: Cells,
  here: ReadonlyMap<string, boolean>,
): ReadonlyMap<string, readonly Photo[]> {
  const found = new Map<string, Photo[]>();
  const few = veiled(cells);
  for (const [path, heads] of cells) {
    if (!path.startsWith('photo/')) continue;
    for (const head of heads) {
      const value = head.value as Attached;
      if (!value?.of || !value.sha256) continue;
      const sent = here.get(value.sha256);
      const photo: Photo = {
        id: path.slice('photo/'.length),
        of: value.of,
        sha256: value.sha256,
        takenAt: dateOf(value.taken_at ?? ''),
        author: head.actor,
        caption: captionOf(cells, path),
        place: value.place ?? null,
        madeFrom: value.made_from ?? null,
        veiled: few.has(value.sha256),
        here: sent !== undefined,
        sent: sent ?? head.n !== null,
      };
      found.set(value.of, [...(found.get(value.of) ?? []), photo]);
    }
  }
  for (const photos of found.values()) photos.sort(byTime);
  return found;
}

/** Whose time is not known comes last; a copy stands after the photo it was drawn on, whose time it has. */
function byTime(a: Photo, b: Photo): number {
  const [first, second] = [a, b].map(({ takenAt }) => takenAt?.getTime() ?? Number.MAX_SAFE_INTEGER);
  return Number(first) - Number(second) || Number(a.madeFrom !== null) - Number(b.madeFrom !== null);
}

/** What stands under a photo; of captions that differ, each. */
function captionOf(cells: Cells, path: string): string {
  const texts = (cells.get(`${path}/caption`) ?? []).map((head) => head.value);
  return [...new Set(texts.filter((text) => typeof text === 'string'))].join(' ↔ ');
}

/** What is recorded with a picture, by where it comes from; `wall` is this moment. */
export async function toldOf(file: Blob, origin: PhotoOrigin, wall: string): Promise<Told> {
  if (origin.from === 'file') return { taken_at: await timeOf(file).catch(() => null) };
  if (origin.from === 'camera') {
    const place = await origin.place.catch(() => null);
    return { taken_at: wall, ...(place && { place: { ...place } }) };
  }
  const { source, masked } = origin;
  const { takenAt, place, sha256 } = source;
  const made_from = { sha256, masked };
  return { taken_at: takenAt && wallClock(takenAt), ...(place && { place: { ...place } }), made_from };
}

/** Under which ids these bytes stand as photos. */
export function idsOf(cells: Cells, sha: string): string[] {
  const found: string[] = [];
  for (const [path, heads] of cells)
    if (path.startsWith('photo/') && heads.some((head) => (head.value as Attached)?.sha256 === sha))
      found.push(path.slice('photo/'.length));
  return found;
}

/** The evidence bytes of a file; what was drawn here is taken as it is. Raises Unsaved for what is no picture. */
export async function evidenceOf(visit: string, file: Blob, origin: PhotoOrigin): Promise<BlobRow> {
  try {
    const drawn = origin.from === 'drawing';
    const { bytes, mime } = drawn
      ? { bytes: await file.arrayBuffer(), mime: file.type }
      : await downscale(file);
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
