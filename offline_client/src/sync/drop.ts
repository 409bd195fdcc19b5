// Hands in what is unsent without a session: the account was closed, or the server never lets this person in again.
// The device's ticket submits and does nothing else; what it brings is held for the administrator (docs/sync.md 7).
import type { UserDatabase } from '../store/database.ts';
import { acceptOwnView } from '../store/log.ts';
import { storedVisits } from '../store/manifest.ts';
import { outbox } from '../store/ops.ts';
import type { OpRow } from '../store/rows.ts';
import type { Api } from './api.ts';
import { type Sha256, soundEntries } from './chain.ts';
import { PROTO, PUSH_BYTES, PUSH_OPS } from './protocol.ts';

interface DropPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'drop'>;
  readonly sha256: Sha256;
  readonly ticket: string;
  readonly device: string;
  readonly userId: string;
}

/** The first operations of one writer that fit into one request. */
function batch(waiting: readonly OpRow[]): OpRow[] {
  const taken: OpRow[] = [];
  let bytes = 0;
  for (const row of waiting) {
    bytes += 3 * row.body.length + 100;
    if (
      row.writer !== waiting[0]?.writer ||
      taken.length >= PUSH_OPS ||
      (taken.length > 0 && bytes > PUSH_BYTES)
    )
      break;
    taken.push(row);
  }
  return taken;
}

/** Raises ApiError when the server does not take it; returns how many operations it has now. */
export async function handIn(ports: DropPorts): Promise<number> {
  const { database, api, ticket } = ports;
  let taken = 0;
  for (const { id } of (await storedVisits(database)).visits)
    for (;;) {
      const before = await outbox(database, id);
      const [first] = before;
      if (!first) break;
      const rows = batch(before);
      const reply = await api.drop(ticket, id, {
        proto: PROTO,
        user: ports.userId,
        dev: ports.device,
        writer: first.writer,
        evidence: [],
        ops: rows.map(({ op, ws, body }) => ({ op, ws, body })),
      });
      // The same proof as everywhere: our very bytes in an entry of the server's, not its word for it.
      await acceptOwnView(database, id, await soundEntries(id, reply.own, ports.sha256));
      const left = await outbox(database, id);
      taken += before.length - left.length;
      if (left.length >= before.length) break; // what it does not prove stays here
    }
  return taken;
}
