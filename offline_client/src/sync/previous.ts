// Fetches what was found at a visit's unit the last time, and the small pictures of it, while there is a network.
import type { UserDatabase } from '../store/database.ts';
import {
  picturesOf,
  previousOf,
  previousPictures,
  savePrevious,
  savePreviousPicture,
} from '../store/previous.ts';
import type { Api } from './api.ts';

/** How long what the server told is taken for what it would tell now. */
const FRESH_MS = 6 * 3_600_000;

/**
 * Brings one visit's past up to date; says whether anything was stored. What is here already is not asked for again.
 * Raises ApiError: what was stored before it stays.
 */
export async function fetchPrevious(
  database: UserDatabase,
  api: Pick<Api, 'previous' | 'previousPicture'>,
  visit: string,
  now: number,
): Promise<boolean> {
  const before = await previousOf(database, visit);
  let row = before;
  if (!before || now - before.at >= FRESH_MS || before.at > now) {
    const reply = await api.previous(visit, before?.digest ?? '');
    row = { digest: reply.digest, at: now, told: reply.unchanged && before ? before.told : reply.told };
    await savePrevious(database, visit, row);
  }
  const here = new Set(await previousPictures(database, visit));
  const missing = picturesOf(row?.told ?? null).filter((sha256) => !here.has(sha256));
  for (const sha256 of missing)
    await savePreviousPicture(database, visit, sha256, await api.previousPicture(visit, sha256));
  return row !== before || missing.length > 0;
}
