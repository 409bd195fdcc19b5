// The phone's database, one per person (`congvu-<user id>`), so that on a shared machine nobody
// can read or send another person's operations. Dexie lives in this folder only.
//
// Every write is asked to be flushed (`strict`): "saved" may be shown only after the promise of
// a writing function here has resolved, which is when the transaction is complete. Hashing and
// encoding happen before a transaction opens, because awaiting anything else closes it.
import Dexie, { type DexieOptions, type Table } from 'dexie';
import { noteRunning, present } from './aside.ts';
import type {
  BlobRow,
  ChecklistRow,
  DraftRow,
  EvidenceRow,
  IncidentRow,
  LogRow,
  MetaRow,
  OpRow,
  UploadRow,
  VisitRow,
} from './rows.ts';

export class UserDatabase extends Dexie {
  declare readonly ops: Table<OpRow, string>;
  declare readonly log: Table<LogRow, [string, number]>;
  declare readonly evidence: Table<EvidenceRow, string>;
  declare readonly visits: Table<VisitRow, string>;
  declare readonly checklists: Table<ChecklistRow, string>;
  declare readonly drafts: Table<DraftRow, [string, string]>;
  declare readonly blobs: Table<BlobRow, [string, string]>;
  declare readonly uploads: Table<UploadRow, [string, string]>;
  declare readonly meta: Table<MetaRow, string>;
  declare readonly incidents: Table<IncidentRow, string>;

  /** `options` give tests a database of their own. */
  constructor(userId: string, options: DexieOptions = {}) {
    super(`congvu-${userId}`, { chromeTransactionDurability: 'strict', ...options });
    // Additive only: an older tab may still be open on the same data.
    this.version(1).stores({
      ops: '&op, [visit+seen]',
      log: '&[visit+n], &[visit+op]',
      evidence: '&h, visit',
      visits: '&id',
      checklists: '&chk',
      drafts: '&[visit+path]',
      blobs: '&[visit+sha256]',
      uploads: '&[visit+sha256], visit',
      meta: '&key',
    });
    this.version(2).stores({ incidents: '&id' });
    guardSchema(this);
  }
}

/** Newer code has changed this database: older code may look at it (recovery page), never write to it. */
export class NewerDatabase extends Error {
  override readonly name = 'NewerDatabase';
}

/** What another tab, or a newer version of the app, does to a database this page has open. */
export interface SchemaEvents {
  /** Newer code wants to upgrade: the last moment to store drafts. The database closes when it settles. */
  leaving: () => Promise<void>;
  /** This page's database was closed for newer code: it must be reloaded before it can write again. */
  left: () => void;
  /** This page wants to upgrade and waits for other tabs to close theirs. */
  blocked: () => void;
}

/** One listener for the page; the app sets it before it opens anything. */
export const schemaEvents: SchemaEvents = { leaving: async () => {}, left: () => {}, blocked: () => {} };
const LEAVING_MS = 3_000;

/**
 * Dexie would open a newer database with the older schema; rows written then could miss what newer code
 * relies on, so opening raises NewerDatabase. When newer code asks for the upgrade, drafts are stored first.
 */
export function guardSchema(database: Dexie): void {
  noteRunning(database);
  const declared = () => Math.round(database.verno * 10);
  database.on(
    'ready',
    () => {
      if (database.backendDB().version > newest.get(database)!) throw new NewerDatabase(database.name);
    },
    true,
  );
  newest.set(database, declared());
  database.on('blocked', () => schemaEvents.blocked());
  database.on('versionchange', (event) => {
    if (event.newVersion === null) return; // it is being deleted: Dexie closes it
    const late = new Promise<void>((done) => setTimeout(done, LEAVING_MS));
    void Promise.race([schemaEvents.leaving().catch(() => {}), late]).then(() => {
      database.close({ disableAutoOpen: false });
      schemaEvents.left();
    });
    return false; // Dexie's own handler would close at once
  });
}

/** The version our own code declares: `verno` tells what was found once a database is open. */
const newest = new WeakMap<Dexie, number>();

const LOST_CONNECTION = new Set(['UnknownError', 'DatabaseClosedError', 'InvalidStateError']);
/** Without a reason of their own these were the browser's doing: no function here aborts a transaction. */
const UNEXPLAINED = new Set(['AbortError', 'OpenFailedError']);

/** An error with the errors Dexie wrapped: one reason, or one per row of a bulk write. */
function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const { inner, failures } = error as { inner?: unknown; failures?: unknown };
  const bulk = Array.isArray(failures) ? (failures as unknown[]) : [];
  return [error, ...(inner === error ? [] : causes(inner)), ...bulk.slice(0, 1).flatMap(causes)];
}

function lostConnection(error: unknown): boolean {
  const all = causes(error);
  if (all.length === 1 && UNEXPLAINED.has(all[0]!.name)) return true;
  return all.some((each) => LOST_CONNECTION.has(each.name)) && !isNewer(error);
}

/** Whether newer code has taken over this database. */
export function isNewer(error: unknown): boolean {
  return causes(error).some((each) => each instanceof NewerDatabase || each.name === 'VersionError');
}

interface Connection {
  /** Grows with every reopening, so that of several failing calls one reopens and the others only wait. */
  turn: number;
  opening: Promise<unknown>;
}

const connections = new WeakMap<Dexie, Connection>();

function connectionOf(database: Dexie): Connection {
  const found = connections.get(database) ?? { turn: 0, opening: Promise.resolve() };
  connections.set(database, found);
  return found;
}

/**
 * Runs `work`; if the browser lost its database process (iOS does, in the background), reopens
 * once and tries again. `work` must be safe to repeat: one transaction that either happened or not.
 * Inside a transaction it only runs `work`: the outermost call repeats the whole of it.
 */
export async function durably<T>(database: Dexie, work: () => PromiseLike<T>): Promise<T> {
  if (Dexie.currentTransaction) return work();
  const connection = connectionOf(database);
  const { turn } = connection;
  try {
    await present();
    await connection.opening;
    return await work();
  } catch (error) {
    if (!lostConnection(error)) throw error;
    await present();
    if (connection.turn === turn) {
      connection.turn += 1;
      database.close({ disableAutoOpen: false });
      connection.opening = Promise.resolve(database.open()).catch(() => {});
    }
    await connection.opening;
    return await work();
  }
}

/** Whether a failed write means that the phone is full. */
export function isQuotaError(error: unknown): boolean {
  return causes(error).some((each) => each.name === 'QuotaExceededError');
}

/** Where the databases of this browser are. */
export function browserDatabases(): IDBFactory {
  return Dexie.dependencies.indexedDB;
}
