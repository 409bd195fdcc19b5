// Whether work here may be deleted: it is in the server's off-site backup, entries and photos, and nothing beside it
// exists on this phone only.
import Dexie from 'dexie';
import { durably, type UserDatabase } from './database.ts';

/** Own operations all stand in the log, or the own view, at or below the safe mark; photos have a verified receipt or were given up. */
export async function isSafe(database: UserDatabase, visit: string, me: string): Promise<boolean> {
  const { visits, ops, log, evidence, uploads } = database;
  return durably(database, () =>
    database.transaction('r', [visits, ops, log, evidence, uploads], async () => {
      const safeN = (await visits.get(visit))?.safeN ?? 0;
      const waiting = await ops.where('[visit+seen]').equals([visit, 0]).count();
      if (waiting > 0) return false;
      // Ends at the first entry of this person: a long log is not read through after each edit.
      const sent = await ops.where('[visit+seen]').equals([visit, 1]).count();
      const above =
        sent > 0 &&
        (await log
          .where('[visit+n]')
          .between([visit, safeN], [visit, Dexie.maxKey], false)
          .filter((entry) => entry.actor === me)
          .first());
      if (above || (await ownViewAbove(database, visit, me, safeN))) return false;
      const photos = await uploads.where('visit').equals(visit).toArray();
      return photos.every((photo) => photo.safe === 1 || photo.givenUp === 1);
    }),
  );
}

/** Whether deleting a person's whole database loses nothing: also nothing half written, nothing that waits to be told. */
export async function isAllSafe(database: UserDatabase, me: string): Promise<boolean> {
  const { drafts, incidents, ops, uploads } = database;
  const visits = await durably(database, () =>
    database.transaction('r', [drafts, incidents, ops, uploads], async () => {
      if ((await drafts.count()) + (await incidents.count()) > 0) return null;
      const minted = (await ops.orderBy('[visit+seen]').uniqueKeys()) as unknown as [string, number][];
      const photographed = (await uploads.orderBy('visit').uniqueKeys()) as string[];
      return new Set([...minted.map(([visit]) => visit), ...photographed]);
    }),
  );
  if (visits === null) return false;
  for (const visit of visits) if (!(await isSafe(database, visit, me))) return false;
  return true;
}

/** Whether something above the safe mark was shown only to somebody who is out: it stands in no log here. */
async function ownViewAbove(
  { evidence, log }: UserDatabase,
  visit: string,
  me: string,
  safeN: number,
): Promise<boolean> {
  const shown = await evidence
    .where('visit')
    .equals(visit)
    .filter((entry) => entry.actor === me && entry.n > safeN && !entry.former)
    .toArray();
  const apart = new Set(shown.map(({ op }) => op));
  const inLog = await log
    .where('[visit+op]')
    .anyOf([...apart].map((op) => [visit, op]))
    .count();
  return inLog < apart.size;
}
