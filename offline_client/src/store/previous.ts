// What was found at a visit's unit the last time, as the server told it, with the small pictures of it. Kept among the
// small values, so that no new table makes older tabs let go of the database.
import { durably, type UserDatabase } from './database.ts';
import type { MetaRow } from './rows.ts';

export interface PreviousFinding {
  readonly item: string;
  readonly severity: string;
  readonly text: string;
  readonly remedy: string;
  /** State of its repair and the day it is due; '' and null where none was ordered. */
  readonly state: string;
  readonly dueOn: string | null;
  /** SHA-256 of its photos; what is kept is a small picture of each. */
  readonly pictures: readonly string[];
}

export interface PreviousConclusion {
  readonly number: string;
  readonly issuedOn: string | null;
  readonly visitedOn: string;
  readonly basisPoints: number | null;
  readonly findings: readonly PreviousFinding[];
}

export interface PreviousRow {
  /** Names exactly what was told. */
  readonly digest: string;
  /** When, on this phone's clock; milliseconds since 1970. */
  readonly at: number;
  /** Null: the unit has no issued conclusion before. */
  readonly told: PreviousConclusion | null;
}

/** A small picture as JPEG bytes (an ArrayBuffer: WebKit repeatedly lost stored Blobs). */
type Picture = ArrayBuffer;

const key = (visit: string) => `previous/${visit}`;
const pictureKey = (visit: string, sha256: string) => `previous_picture/${visit}/${sha256}`;

export function picturesOf(told: PreviousConclusion | null): readonly string[] {
  return [...new Set((told?.findings ?? []).flatMap((finding) => finding.pictures))];
}

export async function previousOf(database: UserDatabase, visit: string): Promise<PreviousRow | null> {
  return ((await durably(database, () => database.meta.get(key(visit))))?.value as PreviousRow) ?? null;
}

/** Keeps what was told and forgets the pictures it no longer names. */
export async function savePrevious(database: UserDatabase, visit: string, row: PreviousRow): Promise<void> {
  const needed = new Set(picturesOf(row.told).map((sha256) => pictureKey(visit, sha256)));
  await durably(database, () =>
    database.transaction('rw', [database.meta], async () => {
      const stored = await database.meta.where('key').startsWith(pictureKey(visit, '')).primaryKeys();
      await database.meta.bulkDelete(stored.filter((each) => !needed.has(each)));
      await database.meta.put({ key: key(visit), value: row } satisfies MetaRow);
    }),
  );
}

export async function savePreviousPicture(
  database: UserDatabase,
  visit: string,
  sha256: string,
  bytes: Picture,
): Promise<void> {
  await durably(database, () => database.meta.put({ key: pictureKey(visit, sha256), value: bytes }));
}

/** Which pictures of a visit are here. */
export async function previousPictures(database: UserDatabase, visit: string): Promise<readonly string[]> {
  const from = pictureKey(visit, '');
  const keys = await durably(database, () => database.meta.where('key').startsWith(from).primaryKeys());
  return keys.map((each) => each.slice(from.length));
}

export async function previousPicture(
  database: UserDatabase,
  visit: string,
  sha256: string,
): Promise<Picture | null> {
  const row = await durably(database, () => database.meta.get(pictureKey(visit, sha256)));
  return (row?.value as Picture | undefined) ?? null;
}

/** Over: the room it took is free again. */
export async function forgetPrevious(database: UserDatabase, visit: string): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.meta], async () => {
      await database.meta.where('key').startsWith(pictureKey(visit, '')).delete();
      await database.meta.delete(key(visit));
    }),
  );
}
