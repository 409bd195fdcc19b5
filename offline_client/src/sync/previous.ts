// Fetches what was found at a visit's unit the last time, and the small pictures of it, while there is a network.
import type { UserDatabase } from '../store/database.ts';
import {
  type PreviousRow,
  picturesOf,
  previousOf,
  previousPictures,
  savePrevious,
  savePreviousPicture,
} from '../store/previous.ts';
import type { Api } from './api.ts';
import { failuresOf } from './driver.ts';
import { isFresh } from './fresh.ts';

/**
 * Brings one visit's past up to date; says whether anything was stored. What is here already is not asked for again.
 * Raises ApiError: what was stored stays.
 */
export async function fetchPrevious(
  database: UserDatabase,
  api: Pick<Api, 'previous' | 'previousPicture'>,
  visit: string,
  now: number,
): Promise<boolean> {
  const before = await previousOf(database, visit);
  const row = before && isFresh(before, now) ? before : await askAgain(database, api, visit, before, now);
  const here = new Set(await previousPictures(database, visit));
  const missing = picturesOf(row.told).filter((sha256) => !here.has(sha256));
  const failed = await failuresOf(missing, async (sha256) =>
    savePreviousPicture(database, visit, sha256, await api.previousPicture(visit, sha256)),
  );
  if (failed.length > 0) throw failed[0];
  return row !== before || missing.length > 0;
}

async function askAgain(
  database: UserDatabase,
  api: Pick<Api, 'previous'>,
  visit: string,
  before: PreviousRow | null,
  now: number,
): Promise<PreviousRow> {
  const { digest, unchanged, told } = await api.previous(visit, before?.digest ?? '');
  const row = { digest, at: now, told: unchanged && before ? before.told : told };
  await savePrevious(database, visit, row);
  return row;
}
