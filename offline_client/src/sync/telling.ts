// What a phone has to say of a visit when no operation carries it: what it still owes once photos have gone, and, while
// the server recovers, that it has nothing left to give back. A push of nothing else says it, once.
import type { UserDatabase } from '../store/database.ts';
import { cursorOf, evidenceToOffer } from '../store/log.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import type { Api } from './api.ts';
import { type Pending, PROTO } from './protocol.ts';

interface Told extends Pending {
  /** The epoch in which the server heard that nothing is left to give back. */
  readonly gaveBack: string | null;
}

const NOTHING: Told = { ops: 0, blobs: 0, gaveBack: null };
const keyOf = (visit: string) => `told/${visit}`;
const sameOwed = (a: Pending, b: Pending) => a.ops === b.ops && a.blobs === b.blobs;

async function toldOf(database: UserDatabase, visit: string): Promise<Told> {
  return (await readMeta<Told>(database, keyOf(visit))) ?? NOTHING;
}

/** Keeps what a push has told the server. */
export async function noteTold(
  database: UserDatabase,
  visit: string,
  { ops, blobs }: Pending,
  gaveBack?: string | null,
): Promise<void> {
  const before = await toldOf(database, visit);
  if (sameOwed(before, { ops, blobs }) && gaveBack === undefined) return; // most pushes tell nothing new
  await writeMeta(database, keyOf(visit), { ops, blobs, gaveBack: gaveBack ?? before.gaveBack });
}

export interface Untold {
  readonly pending: Pending;
  /** Everything that the server may have forgotten has been given back. */
  readonly gaveBack: boolean;
}

/** What the server has not heard; null: nothing. `recovering`: its epoch, while it waits for phones to give back. */
export async function untold(
  database: UserDatabase,
  visit: string,
  pending: Pending,
  recovering: string | null,
): Promise<Untold | null> {
  const told = await toldOf(database, visit);
  const asked = recovering !== null && told.gaveBack !== recovering;
  const gaveBack = asked && (await holdsNothing(database, visit));
  return gaveBack || !sameOwed(told, pending) ? { pending, gaveBack } : null;
}

/** Also what the server refused in this round counts: only a phone that has nothing says so. */
async function holdsNothing(database: UserDatabase, visit: string): Promise<boolean> {
  const any = { pieces: 1, room: 0, offered: [], own: false };
  return (await evidenceToOffer(database, visit, any)).length === 0;
}

interface TellingPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'push' | 'epoch'>;
  readonly device: string;
  readonly userId: string;
}

/** Tells it; raises ApiError. What it shows of the log comes again with the next round. */
export async function tell(
  { database, api, device, userId }: TellingPorts,
  visit: string,
  { pending, gaveBack }: Untold,
): Promise<void> {
  const { n, h } = await cursorOf(database, visit);
  const { news } = await api.push(visit, {
    proto: PROTO,
    user: userId,
    dev: device,
    writer: '',
    after: n,
    h: n === 0 ? '' : h.slice(0, 16),
    pending,
    ...(gaveBack ? { evidence: [] } : {}),
    ops: [],
  });
  // Said under a cursor that is not in the server's log it counts for nothing: the next round looks into that.
  await noteTold(database, visit, pending, gaveBack && news?.kind === 'page' ? api.epoch : undefined);
}
