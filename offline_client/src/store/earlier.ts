// What was answered at a visit's unit the last time, item by item, as the server told it. Kept among the small values.
import type { Json } from '../domain/wire.ts';
import type { UserDatabase } from './database.ts';
import { readMeta, writeMeta } from './manifest.ts';

/** One item as the unit's last signed visits left it. */
export interface LastTime {
  /** The visit's day, ISO, and who wrote last. */
  readonly on: string;
  readonly by: string;
  /** Absent where it may not stand in this visit's checklist. */
  readonly value?: Json;
  /** The reason why it did not apply. */
  readonly na?: string;
  readonly note?: string;
  readonly counted?: { readonly observed: number; readonly total: number };
  /** What the rows of a roster were called. */
  readonly rows?: readonly string[];
  readonly fails: boolean;
}

export interface EarlierRow {
  /** Names exactly what was told. */
  readonly digest: string;
  /** When, on this phone's clock; milliseconds since 1970. */
  readonly at: number;
  readonly items: Readonly<Record<string, LastTime>>;
}

const key = (visit: string) => `earlier/${visit}`;

export async function earlierOf(database: UserDatabase, visit: string): Promise<EarlierRow | null> {
  return readMeta<EarlierRow>(database, key(visit));
}

export async function saveEarlier(database: UserDatabase, visit: string, row: EarlierRow): Promise<void> {
  await writeMeta(database, key(visit), row);
}

/** The visit is over: nothing is answered any more. */
export async function forgetEarlier(database: UserDatabase, visit: string): Promise<void> {
  if (await earlierOf(database, visit)) await writeMeta(database, key(visit), null);
}
