// Hands in what is unsent without a session: the account was closed, or the server never lets this person in again.
// The device's ticket submits and does nothing else; what it brings is held for the administrator (docs/sync.md 7), but
// what the server once signed: if it was restored and has forgotten that, it is there again as it stood.
import type { UserDatabase } from '../store/database.ts';
import { acceptOwnView, evidenceToHandIn } from '../store/log.ts';
import { storedVisits } from '../store/manifest.ts';
import { outbox, ownOps } from '../store/ops.ts';
import type { OpRow } from '../store/rows.ts';
import type { Api } from './api.ts';
import { type Sha256, soundEntries } from './chain.ts';
import { failureOf, failuresOf } from './driver.ts';
import { sendPhotos } from './photos.ts';
import {
  type DropReply,
  EVIDENCE_CHARS,
  EVIDENCE_PIECES,
  PROTO,
  PUSH_BYTES,
  PUSH_OPS,
  type PushRequest,
} from './protocol.ts';
import { OF_THIS_PUSH } from './step.ts';

interface DropPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'drop' | 'uploadsBy'>;
  readonly sha256: Sha256;
  readonly ticket: string;
  readonly device: string;
  readonly userId: string;
}

/** Operations in the order they were minted, in requests that are not too big. */
function batches(ops: readonly OpRow[]): OpRow[][] {
  const all: OpRow[][] = [];
  let room = 0;
  for (const row of ops) {
    const bytes = 3 * row.body.length + 100;
    const last = all.at(-1);
    if (last && last.length < PUSH_OPS && bytes <= room) last.push(row);
    else all.push([row]);
    room = (all.at(-1) === last ? room : PUSH_BYTES) - bytes;
  }
  return all;
}

/**
 * Signed entries first, then operations, then the photos they name. Raises ApiError when the server does not take
 * something, after it was given everything else; returns how many operations it has now. Those it had before go too: who
 * may no longer read the log cannot see that the server was restored and has forgotten them.
 */
export async function handIn(ports: DropPorts): Promise<number> {
  const { database, api, ticket } = ports;
  const visits = (await storedVisits(database)).visits.map(({ id }) => id);
  const port = api.uploadsBy(ticket);
  let taken = 0;
  const refused = await failuresOf(visits, async (visit) => {
    await handInEvidence(ports, visit);
    taken += await handInOperations(ports, visit);
  });
  refused.push(
    ...(await failuresOf(visits, (visit) =>
      sendPhotos(database, port, visit, { progressed: () => {}, sha256: ports.sha256 }),
    )),
  );
  if (refused.length > 0) throw refused[0];
  return taken;
}

/** As much as one request takes at a time. What the server refuses as such keeps nothing else from it. */
async function handInEvidence(ports: DropPorts, visit: string): Promise<void> {
  const offered: string[] = [];
  const most = { pieces: EVIDENCE_PIECES, room: EVIDENCE_CHARS, offered };
  for (;;) {
    const evidence = await evidenceToHandIn(ports.database, visit, most);
    if (evidence.length === 0) return;
    offered.push(...evidence.map(({ sig }) => sig));
    await send(ports, visit, { writer: '', evidence, ops: [] }).catch((error: unknown) => {
      if (!OF_THIS_PUSH.has(failureOf(error).kind)) throw error;
    });
  }
}

async function handInOperations(ports: DropPorts, visit: string): Promise<number> {
  const { database, sha256 } = ports;
  const before = (await outbox(database, visit)).length;
  for (const rows of batches(await ownOps(database, visit))) {
    const ops = rows.map(({ op, ws, body }) => ({ op, ws, body }));
    const { own } = await send(ports, visit, { writer: rows[0]!.writer, ops });
    // The same proof as everywhere: our very bytes in an entry of the server's, not its word for it.
    await acceptOwnView(database, visit, await soundEntries(visit, own, sha256));
  }
  return before - (await outbox(database, visit)).length; // what it does not prove stays here
}

function send(
  { api, ticket, userId, device }: DropPorts,
  visit: string,
  what: Pick<PushRequest, 'writer' | 'evidence' | 'ops'>,
): Promise<DropReply> {
  return api.drop(ticket, visit, { proto: PROTO, user: userId, dev: device, ...what });
}
