// Executes the effects of one round (step.ts) against the store and the server, one at a time.
import type { UserDatabase } from '../store/database.ts';
import {
  acceptOwnView,
  appendEntries,
  cursorOf,
  dropLog,
  EPOCH,
  evidenceToOffer,
  FORGOTTEN,
  type Forgotten,
} from '../store/log.ts';
import { readMeta } from '../store/manifest.ts';
import { type MintedOp, opsFrom, outbox, replaceReused, rewrap } from '../store/ops.ts';
import type { Cursor, IncidentKind, OpRow } from '../store/rows.ts';
import { type Api, ApiError } from './api.ts';
import {
  type Mine,
  NOTHING_MINE,
  readNews,
  type Sha256,
  soundEntries,
  type VerifySignature,
} from './chain.ts';
import { EVIDENCE_CHARS, EVIDENCE_PIECES, type News, type Pending, PROTO } from './protocol.ts';
import {
  type Effect,
  type Event,
  type Failure,
  type FailureKind,
  IDLE,
  type Outcome,
  type Shown,
  same,
  step,
  type WaitingOp,
} from './step.ts';
import { noteTold } from './telling.ts';

/** Everything a round needs from outside; `freshId` makes 128 random bits as 22 characters. */
export interface RoundPorts {
  readonly database: UserDatabase;
  readonly api: Pick<Api, 'pull' | 'push' | 'epoch'>;
  readonly sha256: Sha256;
  /** Checks the server's signature with the key this phone knows; absent where the browser cannot. */
  readonly verify?: VerifySignature;
  readonly freshId: () => string;
  readonly device: string;
  readonly userId: string;
  readonly pending: (visit: string) => Promise<Pending>;
  /** Called after the log of a visit changed in the store. */
  readonly changed: (visit: string) => void;
  /** Told of things a person should hear about: a twin database, a reused id. */
  readonly incident: (visit: string, what: Exclude<IncidentKind, 'storage_lost'>) => unknown;
}

const waiting = (row: OpRow): WaitingOp => ({ op: row.op, ws: row.ws, body: row.body, writer: row.writer });

/** What a waiting request has brought: news behind the cursor it asked for. */
export interface Heard {
  readonly from: Cursor;
  readonly news: News;
}

/** Runs one round for one visit and says how it ended. Never raises for the network or the store. */
export async function runRound(ports: RoundPorts, visit: string, heard?: Heard): Promise<Outcome> {
  const cursor = await cursorOf(ports.database, visit);
  const fresh = heard && same(heard.from, cursor);
  const shown = fresh ? { heard: await shownBy(ports, visit, cursor, heard.news) } : {};
  const forgotten = await readMeta<Forgotten>(ports.database, `${FORGOTTEN}${visit}`);
  let current = step(IDLE, { type: 'start', cursor, renewed: forgotten === 'entries', ...shown });
  for (;;) {
    const effect = current.effects[0]!; // what is told here always belongs to the phase
    if (effect.type === 'finish') return effect.outcome;
    current = step(current.state, await execute(ports, visit, effect));
  }
}

type Work = Exclude<Effect, { type: 'finish' }>;

async function execute(ports: RoundPorts, visit: string, effect: Work): Promise<Event> {
  try {
    return await perform(ports, visit, effect);
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
}

/** Failures that are the same for every visit: no use trying the next one. */
const GENERAL: ReadonlySet<FailureKind> = new Set([
  'offline',
  'login',
  'other_user',
  'csrf',
  'device_revoked',
  'upgrade',
  'busy',
  'limit',
  'server',
  'storage',
]);

export const isGeneral = ({ kind }: Failure): boolean => GENERAL.has(kind);

export function failureOf(error: unknown): Failure {
  return error instanceof ApiError ? error.failure : { kind: 'storage' };
}

/** Does something for each id; what fails for one of them alone keeps the others from nothing. */
export async function failuresOf(
  ids: readonly string[],
  work: (id: string) => Promise<unknown>,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const id of ids)
    await work(id).catch((error: unknown) => {
      if (isGeneral(failureOf(error))) throw error;
      found.push(error);
    });
  return found;
}

async function perform(ports: RoundPorts, visit: string, effect: Work): Promise<Event> {
  const { database } = ports;
  switch (effect.type) {
    case 'pull':
      return pull(ports, visit, effect);
    case 'store':
      return store(ports, visit, effect);
    case 'drop':
      await dropLog(database, visit);
      await ports.incident(visit, 'history_diverged');
      ports.changed(visit);
      return { type: 'dropped' };
    case 'acceptOwn':
      await acceptOwnView(database, visit, effect.entries);
      ports.changed(visit);
      return { type: 'accepted' };
    case 'readOutbox':
      return {
        type: 'outbox',
        ops: (await outbox(database, visit)).map(waiting),
        evidence: (await isLookedAt(ports))
          ? await evidenceToOffer(database, visit, {
              ...effect,
              pieces: EVIDENCE_PIECES,
              room: EVIDENCE_CHARS,
            })
          : [],
      };
    case 'readFrom': {
      const ops = await opsFrom(database, visit, effect.writer, effect.expect);
      // The server misses a slot this database does not have any more: what stood there is lost.
      if (ops.length === 0) await ports.incident(visit, 'ops_lost');
      return { type: 'outbox', ops: ops.map(waiting), evidence: [] };
    }
    case 'push':
      return push(ports, visit, effect);
    case 'rewrap':
      await rewrap(database, visit, ports.freshId());
      await ports.incident(visit, 'rewrapped');
      return { type: 'repaired' };
    case 'mintAnew':
      for (const op of effect.ops) await mintAnew(ports, op);
      await ports.incident(visit, 'id_reused');
      ports.changed(visit);
      return { type: 'repaired' };
  }
}

/** In an epoch that is new to this phone nothing is offered back until it is known what has to come before it. */
async function isLookedAt({ database, api }: RoundPorts): Promise<boolean> {
  const known = await readMeta<string>(database, EPOCH);
  return known === null || known === api.epoch;
}

async function pull(ports: RoundPorts, visit: string, effect: Effect & { type: 'pull' }): Promise<Event> {
  const from = effect.after;
  const reply = await ports.api.pull(visit, from, { user: ports.userId });
  return { type: 'pulled', from, shown: await shownBy(ports, visit, from, reply.news) };
}

/** News worked out and verified. Own views are no chain: what is not sound in them is left out. */
async function shownBy(
  ports: RoundPorts,
  visit: string,
  from: Cursor,
  news: News,
  mine: Mine = NOTHING_MINE,
): Promise<Shown> {
  if (news.kind === 'diverged') return news;
  if (news.kind === 'own') return { ...news, own: await soundEntries(visit, news.own, ports.sha256) };
  const entries = await readNews(visit, from, news, mine, ports);
  return entries ? { kind: 'page', entries, more: news.more } : { kind: 'unsound' };
}

async function store(ports: RoundPorts, visit: string, effect: Effect & { type: 'store' }): Promise<Event> {
  const { stored, reused } = await appendEntries(ports.database, visit, effect.from, effect.entries);
  ports.changed(visit);
  const cursor = await cursorOf(ports.database, visit);
  return { type: 'stored', stored, cursor, reused: reused.map((row) => row.op) };
}

async function push(ports: RoundPorts, visit: string, effect: Effect & { type: 'push' }): Promise<Event> {
  const { writer, after, ops, evidence } = effect;
  const pending = afterwards(await ports.pending(visit), ops.length);
  const reply = await ports.api.push(visit, {
    proto: PROTO,
    user: ports.userId,
    dev: ports.device,
    writer,
    after: after.n,
    h: after.n === 0 ? '' : after.h,
    pending,
    ...(evidence.length > 0 ? { evidence } : {}),
    ops,
  });
  await noteTold(ports.database, visit, pending);
  const unusual = new Set(reply.except.map((result) => result.op));
  const operations = ops.slice(0, reply.taken).filter(({ op }) => !unusual.has(op));
  const { except, news } = reply;
  if (!news) throw new ApiError({ kind: 'offline' }, 200, 'NO_NEWS');
  const shown = await shownBy(ports, visit, after, news, { author: ports.userId, writer, operations });
  return { type: 'pushed', from: after, except, shown };
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
