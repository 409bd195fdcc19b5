// What happened to this phone's data and has to be told: kept until a push that carried it was answered.
import { durably, type UserDatabase } from './database.ts';
import type { IncidentRow } from './rows.ts';

/** Stores an incident; the same id twice is one incident. */
export async function saveIncident(database: UserDatabase, incident: IncidentRow): Promise<void> {
  await durably(database, () => database.incidents.put(incident));
}

/** What the server has not heard yet, oldest first. */
export async function incidentsWaiting(database: UserDatabase): Promise<IncidentRow[]> {
  const rows = await durably(database, () => database.incidents.toArray());
  return rows.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1));
}

/** The server answered the push these rode on. */
export async function forgetIncidents(database: UserDatabase, ids: readonly string[]): Promise<void> {
  await durably(database, () => database.incidents.bulkDelete([...ids]));
}
