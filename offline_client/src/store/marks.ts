// Sets of ids kept by name, which only grow: what was read on this phone.
import { durably, type UserDatabase } from './database.ts';
import { readMeta } from './manifest.ts';

export async function readMarks(database: UserDatabase, key: string): Promise<readonly string[]> {
  return (await readMeta<readonly string[]>(database, key)) ?? [];
}

/** Adds to what is there: another tab may have added meanwhile. */
export async function saveMarks(database: UserDatabase, key: string, ids: readonly string[]): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.meta], async () => {
      const before = ((await database.meta.get(key))?.value as readonly string[] | undefined) ?? [];
      await database.meta.put({ key, value: [...new Set([...before, ...ids])] });
    }),
  );
}
