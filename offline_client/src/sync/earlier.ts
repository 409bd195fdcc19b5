// Fetches what was answered at a visit's unit the last time, while there is a network.
import type { UserDatabase } from '../store/database.ts';
import { earlierOf, saveEarlier } from '../store/earlier.ts';
import type { Api } from './api.ts';
import { isFresh } from './fresh.ts';

/** Brings one visit's last answers up to date. Raises ApiError: what was stored before it stays. */
export async function fetchEarlier(
  database: UserDatabase,
  api: Pick<Api, 'earlier'>,
  visit: string,
  now: number,
): Promise<void> {
  const before = await earlierOf(database, visit);
  if (before && isFresh(before, now)) return;
  const { digest, items } = await api.earlier(visit, before?.digest ?? '');
  await saveEarlier(database, visit, { digest, at: now, items: items ?? before?.items ?? {} });
}
