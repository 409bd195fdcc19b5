// Fetches what was answered at a visit's unit the last time, while there is a network.
import type { UserDatabase } from '../store/database.ts';
import { earlierOf, saveEarlier } from '../store/earlier.ts';
import type { Api } from './api.ts';

/** How long what the server told is taken for what it would tell now. */
const FRESH_MS = 6 * 3_600_000;

/** Brings one visit's last answers up to date. Raises ApiError: what was stored before it stays. */
export async function fetchEarlier(
  database: UserDatabase,
  api: Pick<Api, 'earlier'>,
  visit: string,
  now: number,
): Promise<void> {
  const before = await earlierOf(database, visit);
  if (before && before.at <= now && now - before.at < FRESH_MS) return;
  const { digest, items } = await api.earlier(visit, before?.digest ?? '');
  await saveEarlier(database, visit, { digest, at: now, items: items ?? before?.items ?? {} });
}
