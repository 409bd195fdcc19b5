// One round of VSP/1 for one visit as a pure state machine: step(state, event) → state and effects.
// No clock, randomness, network or database here; driver.ts executes effects in the browser and
// tests execute them against a simulated server.
//
//   start → pull ⇄ store (until no more) → read outbox → push → note evidence → pull → … → finish
//                 ↘ diverged: drop the cached log, pull from 0
//   forked, gap that cannot be filled → re-wrap → pull;  idreuse → mint anew → pull
//
// The round ends when the verified log shows everything of ours, or when it can get no further.
import { type Cursor, type LogEntry, START } from '../store/rows.ts';
import { type OpToPush, PUSH_BYTES, PUSH_OPS, type PullReply, type PushResult } from './protocol.ts';

export interface WaitingOp extends OpToPush {
  readonly writer: string;
}

export type FailureKind =
  | 'offline'
  | 'login'
  /** The browser's session belongs to somebody else now; nothing of ours is sent in it. */
  | 'other_user'
  | 'csrf'
  | 'device_revoked'
  | 'no_such_visit'
  | 'upgrade'
  | 'bad_envelope'
  | 'too_big'
  | 'busy'
  /** The day's limit of this device. */
  | 'limit'
  | 'server'
  | 'storage'
  | 'chain_broken';

export interface Failure {
  readonly kind: FailureKind;
  /** What the server asked for, in seconds. */
  readonly retryAfter?: number;
}

export type Outcome =
  /** Everything of ours is in the verified log (or in the own view of a removed member). */
  | { readonly kind: 'synced'; readonly removed: boolean }
  /** Nothing is wrong, but another round is needed soon: the server said "later", or a limit hit. */
  | { readonly kind: 'again' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type Event =
  | { readonly type: 'start'; readonly cursor: Cursor }
  | { readonly type: 'pulled'; readonly from: Cursor; readonly reply: PullReply; readonly sound: boolean }
  /** `stored` is false when another tab had moved the cursor; `cursor` is where it stands now. */
  | {
      readonly type: 'stored';
      readonly stored: boolean;
      readonly cursor: Cursor;
      readonly reused: readonly string[];
    }
  | { readonly type: 'dropped' }
  | { readonly type: 'outbox'; readonly ops: readonly WaitingOp[]; readonly evidence: readonly LogEntry[] }
  | { readonly type: 'pushed'; readonly results: readonly PushResult[] }
  | { readonly type: 'noted' }
  | { readonly type: 'repaired' }
  | { readonly type: 'failed'; readonly failure: Failure };

export type Effect =
  | { readonly type: 'pull'; readonly after: Cursor }
  | { readonly type: 'store'; readonly from: Cursor; readonly entries: readonly LogEntry[] }
  | { readonly type: 'drop' }
  | { readonly type: 'acceptOwn'; readonly entries: readonly LogEntry[] }
  | { readonly type: 'readOutbox' }
  | { readonly type: 'readFrom'; readonly writer: string; readonly expect: number }
  | {
      readonly type: 'push';
      readonly writer: string;
      readonly ops: readonly OpToPush[];
      readonly evidence: readonly LogEntry[];
    }
  | { readonly type: 'note'; readonly entries: readonly LogEntry[] }
  | { readonly type: 'rewrap' }
  | { readonly type: 'mintAnew'; readonly ops: readonly string[] }
  | { readonly type: 'finish'; readonly outcome: Outcome };

type Phase =
  | 'idle'
  | 'pulling'
  | 'storing'
  | 'accepting'
  | 'dropping'
  | 'reading'
  | 'filling'
  | 'pushing'
  | 'noting'
  | 'repairing'
  | 'finished';

export interface RoundState {
  readonly phase: Phase;
  readonly cursor: Cursor;
  /** More pages are waiting behind the one being stored. */
  readonly more: boolean;
  readonly removed: boolean;
  readonly writer: string;
  /** At most this many operations in a push; halved when the server finds one too big. */
  readonly batch: number;
  readonly sent: number;
  /** What to do once the evidence of the last push is kept. */
  readonly next: readonly Effect[];
  /** The server asked to come back later: finish after the next pull. */
  readonly later: boolean;
  /** Signed entries were offered in this round already. */
  readonly offered: boolean;
  /** Pushes and repairs left: a round is short, and no server can keep it running for ever. */
  readonly budget: number;
}

export const IDLE: RoundState = {
  phase: 'idle',
  cursor: START,
  more: false,
  removed: false,
  writer: '',
  batch: PUSH_OPS,
  sent: 0,
  next: [],
  later: false,
  offered: false,
  budget: 40,
};

export type Step = { readonly state: RoundState; readonly effects: readonly Effect[] };

const go = (state: RoundState, change: Partial<RoundState>, ...effects: Effect[]): Step => ({
  state: { ...state, ...change },
  effects,
});
const ignore = (state: RoundState): Step => ({ state, effects: [] });
const finish = (state: RoundState, outcome: Outcome): Step =>
  go(state, { phase: 'finished' }, { type: 'finish', outcome });
const fail = (state: RoundState, failure: Failure): Step => finish(state, { kind: 'failed', failure });
const pull = (state: RoundState, cursor: Cursor): Step =>
  go(state, { phase: 'pulling', cursor }, { type: 'pull', after: cursor });

/** Repairs and pushes draw on one budget, so that a lying server costs a round, not a battery. */
function spend(state: RoundState, then: (state: RoundState) => Step): Step {
  if (state.budget === 0) return finish(state, { kind: 'again' });
  return then({ ...state, budget: state.budget - 1 });
}

function pulled(state: RoundState, event: Event & { type: 'pulled' }): Step {
  // A reply to an older question (late, or repeated by the network) has another `from`.
  if (event.from.n !== state.cursor.n || event.from.h !== state.cursor.h) return ignore(state);
  const { reply } = event;
  if (reply.kind === 'diverged') {
    if (state.cursor.n === 0) return fail(state, { kind: 'chain_broken' });
    return spend(state, (spent) => go(spent, { phase: 'dropping', more: false }, { type: 'drop' }));
  }
  if (!event.sound) return fail(state, { kind: 'chain_broken' });
  if (reply.kind === 'own')
    return go(state, { phase: 'accepting', removed: true }, { type: 'acceptOwn', entries: reply.own });
  if (reply.entries.length === 0) return reply.more ? fail(state, { kind: 'server' }) : afterPull(state);
  return go(
    state,
    { phase: 'storing', more: reply.more, removed: false },
    { type: 'store', from: state.cursor, entries: reply.entries },
  );
}

function stored(state: RoundState, event: Event & { type: 'stored' }): Step {
  const at: RoundState = { ...state, cursor: event.cursor };
  if (!event.stored) return spend(at, (spent) => pull(spent, event.cursor));
  if (event.reused.length > 0)
    return spend(at, (spent) => go(spent, { phase: 'repairing' }, { type: 'mintAnew', ops: event.reused }));
  return state.more ? pull(at, event.cursor) : afterPull(at);
}

function afterPull(state: RoundState): Step {
  if (state.later) return finish(state, { kind: 'again' });
  return go(state, { phase: 'reading', more: false }, { type: 'readOutbox' });
}

function outbox(state: RoundState, event: Event & { type: 'outbox' }): Step {
  const [first] = event.ops;
  const evidence = state.offered ? [] : event.evidence;
  if (!first && evidence.length === 0) return finish(state, { kind: 'synced', removed: state.removed });
  return spend(state, (spent) => push(spent, first?.writer ?? '', event.ops, evidence));
}

function push(
  state: RoundState,
  writer: string,
  waiting: readonly WaitingOp[],
  evidence: readonly LogEntry[],
): Step {
  const ops: OpToPush[] = [];
  let bytes = 0;
  for (const { op, ws, body, writer: of } of waiting) {
    // Three bytes a character is the most UTF-8 needs inside the basic plane.
    bytes += 3 * body.length + 100;
    if (of !== writer || ops.length >= state.batch || (ops.length > 0 && bytes > PUSH_BYTES)) break;
    ops.push({ op, ws, body });
  }
  return go(
    state,
    { phase: 'pushing', writer, sent: ops.length, offered: true },
    { type: 'push', writer, ops, evidence },
  );
}

function pushed(state: RoundState, event: Event & { type: 'pushed' }): Step {
  const { results } = event;
  const entries = results.flatMap((result) => (result.entry ? [result.entry] : []));
  const reused = results.filter((result) => result.r === 'idreuse').map((result) => result.op);
  const gap = results.find((result) => result.r === 'gap');
  const next: Effect[] = [];
  if (results.some((result) => result.r === 'forked')) next.push({ type: 'rewrap' });
  else if (reused.length > 0) next.push({ type: 'mintAnew', ops: reused });
  else if (gap)
    next.push(
      gap.expect === null
        ? { type: 'rewrap' }
        : { type: 'readFrom', writer: state.writer, expect: gap.expect },
    );
  const later = results.some((result) => result.r === 'later');
  return go(state, { phase: 'noting', next, later }, { type: 'note', entries });
}

function noted(state: RoundState): Step {
  const [effect] = state.next;
  if (!effect) return pull(state, state.cursor);
  const phase: Phase = effect.type === 'readFrom' ? 'filling' : 'repairing';
  return spend(state, (spent) => go(spent, { phase, next: [] }, effect));
}

/** The slot the server misses, and everything behind it; without it only a new writer helps. */
function filled(state: RoundState, event: Event & { type: 'outbox' }): Step {
  if (event.ops.length === 0) return go(state, { phase: 'repairing' }, { type: 'rewrap' });
  return spend(state, (spent) => push(spent, spent.writer, event.ops, []));
}

function failed(state: RoundState, event: Event & { type: 'failed' }): Step {
  const { failure } = event;
  if (failure.kind === 'too_big' && state.phase === 'pushing' && state.sent > 1)
    return spend(state, (spent) =>
      go(spent, { phase: 'reading', batch: Math.ceil(state.sent / 2) }, { type: 'readOutbox' }),
    );
  return fail(state, failure);
}

/** The next state and what to do. An event that does not belong to the phase changes nothing. */
export function step(state: RoundState, event: Event): Step {
  if (state.phase === 'finished') return ignore(state);
  if (event.type === 'failed') return state.phase === 'idle' ? ignore(state) : failed(state, event);
  switch (`${state.phase}/${event.type}`) {
    case 'idle/start':
      return pull({ ...IDLE }, (event as Event & { type: 'start' }).cursor);
    case 'pulling/pulled':
      return pulled(state, event as Event & { type: 'pulled' });
    case 'storing/stored':
    case 'accepting/stored':
      return stored(state, event as Event & { type: 'stored' });
    case 'dropping/dropped':
      return pull(state, START);
    case 'reading/outbox':
      return outbox(state, event as Event & { type: 'outbox' });
    case 'filling/outbox':
      return filled(state, event as Event & { type: 'outbox' });
    case 'pushing/pushed':
      return pushed(state, event as Event & { type: 'pushed' });
    case 'noting/noted':
      return noted(state);
    case 'repairing/repaired':
      return pull(state, state.cursor);
    default:
      return ignore(state);
  }
}
