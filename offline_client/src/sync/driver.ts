// Executes the effects of one round (step.ts) against the store and the server, one at a time.
import type { UserDatabase } from '../store/database.ts';
import {
  acceptOwnView,
  appendEntries,
  cursorOf,
  dropLog,
  evidenceToOffer,
  keepEvidence,
} from '../store/log.ts';
import { type MintedOp, opsFrom, outbox, replaceReused, rewrap, slotOf } from '../store/ops.ts';
import type { IncidentKind, OpRow } from '../store/rows.ts';
import { type Api, ApiError } from './api.ts';
import { continuesChain, type Sha256, soundEntries } from './chain.ts';
import { EVIDENCE_PER_PUSH, type Pending, PROTO, ProtocolError } from './protocol.ts';
import { type Effect, type Event, type Failure, IDLE, type Outcome, step, type WaitingOp } from './step.ts';

/** Everything a round needs from outside; `freshId` makes 128 random bits as 22 characters. */
export interface RoundPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'pull' | 'push'>;
  readonly sha256: Sha256;
  readonly freshId: () => string;
  readonly device: string;
  readonly userId: string;
  readonly pending: (visit: string) => Promise<Pending>;
  /** Called after the log of a visit changed in the store. */
  readonly changed: (visit: string) => void;
  /** Told of things a person should hear about: a twin database, a reused id. */
  readonly incident?: (visit: string, what: Exclude<IncidentKind, 'storage_lost'>) => unknown;
}

const waiting = (row: OpRow): WaitingOp => ({ op: row.op, ws: row.ws, body: row.body, writer: row.writer });

/** Runs one round for one visit and says how it ended. Never raises for the network or the store. */
export async function runRound(ports: RoundPorts, visit: string): Promise<Outcome> {
  let current = step(IDLE, { type: 'start', cursor: await cursorOf(ports.database, visit) });
  for (;;) {
    const [effect] = current.effects;
    if (!effect) throw new Error(`round of ${visit} stopped in phase ${current.state.phase}`);
    if (effect.type === 'finish') return effect.outcome;
    current = step(current.state, await execute(ports, visit, effect));
  }
}

async function execute(ports: RoundPorts, visit: string, effect: Effect): Promise<Event> {
  try {
    return await perform(ports, visit, effect);
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return error.failure;
  return { kind: error instanceof ProtocolError ? 'offline' : 'storage' };
}

async function perform(ports: RoundPorts, visit: string, effect: Effect): Promise<Event> {
  const { database } = ports;
  switch (effect.type) {
    case 'pull':
      return pull(ports, visit, effect);
    case 'store':
      return store(ports, visit, effect);
    case 'drop':
      await dropLog(database, visit);
      await ports.incident?.(visit, 'history_diverged');
      ports.changed(visit);
      return { type: 'dropped' };
    case 'acceptOwn':
      await acceptOwnView(database, visit, effect.entries);
      ports.changed(visit);
      return { type: 'stored', stored: true, cursor: await cursorOf(database, visit), reused: [] };
    case 'readOutbox':
      return {
        type: 'outbox',
        ops: (await outbox(database, visit)).map(waiting),
        evidence: await evidenceToOffer(database, visit, EVIDENCE_PER_PUSH),
      };
    case 'readFrom': {
      const ops = await opsFrom(database, visit, effect.writer, effect.expect);
      // The server misses a slot this database does not have any more: what stood there is lost.
      if (ops.length === 0) await ports.incident?.(visit, 'ops_lost');
      return { type: 'outbox', ops: ops.map(waiting), evidence: [] };
    }
    case 'push':
      return push(ports, visit, effect);
    case 'note':
      await keepEvidence(database, visit, effect.entries);
      return { type: 'noted' };
    case 'rewrap':
      await rewrap(database, visit, ports.freshId());
      await ports.incident?.(visit, 'rewrapped');
      return { type: 'repaired' };
    case 'mintAnew':
      for (const op of effect.ops) await mintAnew(ports, op);
      await ports.incident?.(visit, 'id_reused');
      ports.changed(visit);
      return { type: 'repaired' };
    case 'finish':
      throw new Error('finish is not executed');
  }
}

async function pull(ports: RoundPorts, visit: string, effect: Effect & { type: 'pull' }): Promise<Event> {
  const from = effect.after;
  const reply = await ports.api.pull(visit, from);
  if (reply.kind === 'diverged') return { type: 'pulled', from, reply, sound: true };
  if (reply.kind === 'own') {
    const own = await soundEntries(visit, reply.own, ports.sha256);
    return { type: 'pulled', from, reply: { kind: 'own', own }, sound: true };
  }
  const sound = await continuesChain(visit, from, reply.entries, ports.sha256);
  return { type: 'pulled', from, reply, sound };
}

async function store(ports: RoundPorts, visit: string, effect: Effect & { type: 'store' }): Promise<Event> {
  const { stored, reused } = await appendEntries(ports.database, visit, effect.from, effect.entries);
  ports.changed(visit);
  const cursor = await cursorOf(ports.database, visit);
  return { type: 'stored', stored, cursor, reused: reused.map((row) => row.op) };
}

async function push(ports: RoundPorts, visit: string, effect: Effect & { type: 'push' }): Promise<Event> {
  const slot = effect.writer === '' ? await slotOf(ports.database, visit) : null;
  const reply = await ports.api.push(visit, {
    proto: PROTO,
    user: ports.userId,
    dev: ports.device,
    writer: effect.writer || (slot?.writer ?? ports.freshId()),
    pending: afterwards(await ports.pending(visit), effect.ops.length),
    evidence: effect.evidence,
    ops: effect.ops,
  });
  return { type: 'pushed', results: reply.results };
}

/** What is still owed once this push has arrived; the next one corrects it if it did not. */
function afterwards(pending: Pending, pushed: number): Pending {
  return { ...pending, ops: Math.max(0, pending.ops - pushed) };
}

async function mintAnew(ports: RoundPorts, old: string): Promise<void> {
  const row = await ports.database.ops.get(old);
  if (!row) return;
  const op = ports.freshId();
  const body = JSON.stringify({ ...(JSON.parse(row.body) as object), op });
  const bh = await ports.sha256(new TextEncoder().encode(body));
  const minted: MintedOp = { op, visit: row.visit, body, bh };
  await replaceReused(ports.database, old, minted);
}
