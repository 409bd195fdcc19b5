// The phone's database, one per person (`congvu-<user id>`), so that on a shared machine nobody
// can read or send another person's operations. Dexie lives in this folder only.
//
// Every write is asked to be flushed (`strict`): "saved" may be shown only after the promise of
// a writing function here has resolved, which is when the transaction is complete. Hashing and
// encoding happen before a transaction opens, because awaiting anything else closes it.
import Dexie, { type DexieOptions, type Table } from 'dexie';
import type {
  BlobRow,
  ChecklistRow,
  DraftRow,
  EvidenceRow,
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
    // Another tab wants to upgrade the schema: let it, and reopen when we next need it.
    this.on('versionchange', () => this.close({ disableAutoOpen: false }));
  }
}

const LOST_CONNECTION = new Set(['UnknownError', 'DatabaseClosedError', 'InvalidStateError']);

function lostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const inner = (error as { inner?: unknown }).inner;
  return LOST_CONNECTION.has(error.name) || (inner instanceof Error && LOST_CONNECTION.has(inner.name));
}

/**
 * Runs `work`; if the browser lost its database process (iOS does, in the background), reopens
 * once and tries again. `work` must be safe to repeat: one transaction that either happened or not.
 */
export async function durably<T>(database: Dexie, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!lostConnection(error)) throw error;
    database.close({ disableAutoOpen: false });
    await database.open();
    return await work();
  }
}

/** Whether a failed write means that the phone is full. */
export function isQuotaError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const inner = (error as { inner?: unknown }).inner;
  return (
    error.name === 'QuotaExceededError' || (inner instanceof Error && inner.name === 'QuotaExceededError')
  );
}
