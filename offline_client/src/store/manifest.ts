// What the last manifest said, and the immutable checklists, both for starting without a network.
import { durably, type UserDatabase } from './database.ts';
import type { ChecklistRow, SealedRow, VisitRow } from './rows.ts';

const FETCHED = 'manifest/fetched_at';
/** Which surprise visits have not started (store/sealed.ts). */
export const SEALED = 'manifest/sealed';

/** What a manifest tells beside the visits it lists. */
interface Beside {
  readonly sealed?: readonly SealedRow[];
  readonly left?: readonly string[];
  /** Up to where the person's own entries in visits that are not listed are in the server's backup. */
  readonly own?: ReadonlyMap<string, { readonly safeN: number }> | null;
}

/**
 * Stores a manifest. Visits that disappeared stay, marked `gone`: their outbox must still drain; those whose delegation
 * the person did not leave were cancelled. A surprise visit that was opened here by its code stays as it is until the
 * server hears of its start, but for a member let in again.
 */
export async function saveManifest(
  database: UserDatabase,
  visits: readonly VisitRow[],
  fetchedAt: number,
  { sealed = [], left = [], own }: Beside = {},
): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.visits, database.meta], async () => {
      const listed = new Set([...visits, ...sealed].map((visit) => visit.id));
      const before = await database.visits.toArray();
      const missing = before.filter((visit) => !listed.has(visit.id));
      const gone = missing.map((visit) => ({
        ...visit,
        safeN: own?.get(visit.id)?.safeN ?? visit.safeN ?? 0,
        gone: true,
        cancelled: !left.includes(visit.id),
      }));
      const names = new Set(sealed.map((visit) => visit.id));
      const back = before.filter((visit) => visit.gone && names.has(visit.id));
      const returned = back.map((visit) => ({ ...visit, gone: false, cancelled: false }));
      await database.visits.bulkPut([...visits, ...gone, ...returned]);
      await database.meta.put({ key: SEALED, value: sealed });
      await database.meta.put({ key: FETCHED, value: fetchedAt });
    }),
  );
}

/** Only logs have grown: how far, by visit. */
export async function saveHeads(
  database: UserDatabase,
  heads: ReadonlyMap<string, { readonly n: number }>,
  fetchedAt: number,
): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.visits, database.meta], async () => {
      const rows = (await database.visits.toArray()).filter((visit) => heads.has(visit.id));
      await database.visits.bulkPut(
        rows.map((visit) => ({ ...visit, headN: heads.get(visit.id)?.n ?? visit.headN })),
      );
      await database.meta.put({ key: FETCHED, value: fetchedAt });
    }),
  );
}

/** The server said that the manifest is still the same. */
export async function noteManifest(database: UserDatabase, fetchedAt: number): Promise<void> {
  await writeMeta(database, FETCHED, fetchedAt);
}

export async function storedVisits(
  database: UserDatabase,
): Promise<{ visits: VisitRow[]; fetchedAt: number | null }> {
  return durably(database, () =>
    database.transaction('r', [database.visits, database.meta], async () => {
      const visits = await database.visits.toArray();
      visits.sort((a, b) => a.order - b.order);
      const fetched = await database.meta.get(FETCHED);
      return { visits, fetchedAt: (fetched?.value as number | undefined) ?? null };
    }),
  );
}

export async function visitRow(database: UserDatabase, id: string): Promise<VisitRow | undefined> {
  return durably(database, () => database.visits.get(id));
}

/** The caller verified `text` against `chk`. */
export async function saveChecklist(database: UserDatabase, row: ChecklistRow): Promise<void> {
  await durably(database, () => database.checklists.put(row));
}

export async function checklistText(database: UserDatabase, chk: string): Promise<string | null> {
  return (await durably(database, () => database.checklists.get(chk)))?.text ?? null;
}

export async function knownChecklists(database: UserDatabase): Promise<string[]> {
  return durably(database, () => database.checklists.toCollection().primaryKeys());
}

/** Small values by name: the clock's offset to the server, the newest server's confirmation. */
export async function readMeta<T>(database: UserDatabase, key: string): Promise<T | null> {
  return ((await durably(database, () => database.meta.get(key)))?.value as T | undefined) ?? null;
}

export async function writeMeta(database: UserDatabase, key: string, value: unknown): Promise<void> {
  await durably(database, () => database.meta.put({ key, value }));
}
