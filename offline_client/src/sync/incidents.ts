// Incidents of this phone ride on a push; one without operations does, so that a phone that lost its work and
// has nothing to send is heard too. They are forgotten when the server has answered that push.
import type { UserDatabase } from '../store/database.ts';
import { forgetIncidents, incidentsWaiting, saveIncident } from '../store/incidents.ts';
import { storedVisits } from '../store/manifest.ts';
import type { IncidentKind, IncidentRow } from '../store/rows.ts';
import type { Api } from './api.ts';
import { PROTO } from './protocol.ts';

/** As many as the server takes on one push. */
const AT_ONCE = 50;

interface IncidentPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'push'>;
  readonly device: string;
  readonly userId: string;
}

/** What waits to be told, and the visit whose push may carry it: one that `may`, its own rather than another. */
export async function incidentsToTell(
  database: UserDatabase,
  may: (visit: string) => boolean,
): Promise<{ readonly visit: string; readonly waiting: readonly IncidentRow[] } | null> {
  const waiting = (await incidentsWaiting(database)).slice(0, AT_ONCE);
  if (waiting.length === 0) return null;
  const visits = (await storedVisits(database)).visits.map(({ id }) => id).filter(may);
  const visit = waiting.find((each) => each.visit && visits.includes(each.visit))?.visit ?? visits[0];
  return visit === undefined ? null : { visit, waiting };
}

/** Tells it; raises ApiError, and then it still waits. */
export async function tellIncidents(
  ports: IncidentPorts,
  visit: string,
  waiting: readonly IncidentRow[],
): Promise<void> {
  const { database, api } = ports;
  await api.push(visit, {
    proto: PROTO,
    user: ports.userId,
    dev: ports.device,
    writer: '',
    incidents: waiting,
    ops: [],
  });
  await forgetIncidents(
    database,
    waiting.map((each) => each.id),
  );
}

/** Writes an incident down, to be told with the next push. */
export async function noteIncident(
  ports: { readonly database: UserDatabase; readonly freshId: () => string; readonly now: () => number },
  kind: IncidentKind,
  more: Pick<IncidentRow, 'visit' | 'detail'> = {},
): Promise<void> {
  const at = new Date(ports.now()).toISOString();
  await saveIncident(ports.database, { id: ports.freshId(), kind, at, ...more });
}
