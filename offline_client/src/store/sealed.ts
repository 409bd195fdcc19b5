// Surprise visits before their start, as the phones of their members hold them: a day, and a box that only the start
// code opens. Kept among the small values, so that no new table makes older tabs let go of the database.
import type { Beacon } from '../domain/starting.ts';
import { durably, type UserDatabase } from './database.ts';
import type { EarlierRow } from './earlier.ts';
import { saveEarlier } from './earlier.ts';
import { readMeta, SEALED, saveChecklist, writeMeta } from './manifest.ts';
import { type PreviousConclusion, savePrevious } from './previous.ts';
import type { SealedRow, VisitRow } from './rows.ts';

/** AES-GCM under a key stretched from the start code; base64 texts. */
export interface Box {
  readonly rounds: number;
  readonly salt: string;
  readonly iv: string;
  readonly data: string;
}

export interface PackRow {
  /** When it was fetched, on this phone's clock; milliseconds since 1970. */
  readonly at: number;
  readonly box: Box;
}

/** What a box held. */
export interface Unsealed {
  readonly visit: VisitRow;
  readonly checklist: string;
  readonly earlier: EarlierRow['items'];
  readonly previous: PreviousConclusion | null;
}

const BEACON = 'beacon';
const packKey = (visit: string) => `pack/${visit}`;

export async function sealedVisits(database: UserDatabase): Promise<readonly SealedRow[]> {
  return (await readMeta<readonly SealedRow[]>(database, SEALED)) ?? [];
}

export async function packOf(database: UserDatabase, visit: string): Promise<PackRow | null> {
  return readMeta<PackRow>(database, packKey(visit));
}

export async function savePack(database: UserDatabase, visit: string, row: PackRow): Promise<void> {
  await writeMeta(database, packKey(visit), row);
}

/** Boxes of visits that have started, or were taken off the list: the room they took is free again. */
export async function forgetPacks(database: UserDatabase, but: readonly string[]): Promise<void> {
  const kept = new Set(but.map(packKey));
  await durably(database, async () => {
    const keys = await database.meta.where('key').startsWith(packKey('')).primaryKeys();
    await database.meta.bulkDelete(keys.filter((key) => !kept.has(key)));
  });
}

/** The visit opens on this phone now; the caller has checked the checklist's hash. */
export async function saveUnsealed(database: UserDatabase, unsealed: Unsealed, at: number): Promise<void> {
  const { visit } = unsealed;
  await saveChecklist(database, { chk: visit.chk, text: unsealed.checklist });
  await saveEarlier(database, visit.id, { digest: '', at, items: unsealed.earlier });
  await savePrevious(database, visit.id, { digest: '', at, told: unsealed.previous });
  await writeMeta(database, `confirmed/${visit.id}`, at);
  await durably(database, () => database.visits.put(visit));
}

/** The last time the server told, signed: named by a start made without a network. */
export async function lastBeacon(database: UserDatabase): Promise<Beacon | null> {
  return readMeta<Beacon>(database, BEACON);
}

export async function saveBeacon(database: UserDatabase, beacon: Beacon): Promise<void> {
  await writeMeta(database, BEACON, beacon);
}
