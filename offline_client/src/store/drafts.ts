// Text being typed, so that a crash or a camera that pushes the page out of memory loses nothing.
import Dexie from 'dexie';
import { durably, type UserDatabase } from './database.ts';
import type { DraftRow } from './rows.ts';

export async function saveDraft(database: UserDatabase, row: DraftRow): Promise<void> {
  await durably(database, async () => {
    if (row.text === '') await database.drafts.delete([row.visit, row.path]);
    else await database.drafts.put(row);
  });
}

export async function draftsOf(database: UserDatabase, visit: string): Promise<DraftRow[]> {
  return durably(database, () =>
    database.drafts.where('[visit+path]').between([visit, Dexie.minKey], [visit, Dexie.maxKey]).toArray(),
  );
}

/** Puts away what was typed of a visit and never became an answer. */
export async function discardDrafts(database: UserDatabase, visit: string): Promise<void> {
  const drafts = await draftsOf(database, visit);
  await durably(database, () => database.drafts.bulkDelete(drafts.map(({ path }) => [visit, path])));
}
