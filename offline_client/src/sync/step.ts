// One round of VSP/1 for one visit as a pure state machine: step(state, event) → state and effects.
// No clock, randomness, network or database here; driver.ts executes effects in the browser and
// tests execute them against a simulated server.
//
//   start → read outbox → push → store what the log shows → read outbox → … → finish
//                       ↘ nothing to send: pull ⇄ store (until no more) → finish
//   diverged: drop the cached log (it becomes evidence), pull from 0, offer it back
//   renewed, and removed: the same, for an own view is no chain
//   forked, gap that cannot be filled → re-wrap → pull;  idreuse → mint anew → pull
//
// A push shows the log behind our cursor, so one edit is one request. The round ends when the verified log shows
// everything of ours, or when it can get no further.
import { type Cursor, type LogEntry, START } from '../store/rows.ts';
import { type OpToPush, type Piece, PUSH_BYTES, PUSH_OPS, type PushResult } from './protocol.ts';

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

/** What the log showed behind a cursor, worked out and verified. */
export type Shown =
  | { readonly kind: 'page'; readonly entries: readonly LogEntry[]; readonly more: boolean }
  | { readonly kind: 'diverged' }
  /** `elsewhere`: the cursor that was asked with stands in another log than the server's. */
  | {
      readonly kind: 'own';
      readonly own: readonly LogEntry[];
      readonly more: boolean;
      readonly last: number;
      readonly elsewhere?: boolean;
    }
  /** The reply does not continue the verified chain: nothing of it may touch the store. */
  | { readonly kind: 'unsound' };

export type Event =
  /**
   * `heard`: what a waiting request has already brought for this cursor. `renewed`: the server's epoch is new since
   * this visit was last looked at, so it may have forgotten entries.
   */
  | { readonly type: 'start'; readonly cursor: Cursor; readonly renewed?: boolean; readonly heard?: Shown }
  | { readonly type: 'pulled'; readonly from: Cursor; readonly shown: Shown }
  /** `stored` is false when another tab had moved the cursor; `cursor` is where it stands now. */
  | {
      readonly type: 'stored';
      readonly stored: boolean;
      readonly cursor: Cursor;
      readonly reused: readonly string[];
    }
  | { readonly type: 'accepted' }
  | { readonly type: 'dropped' }
  | { readonly type: 'outbox'; readonly ops: readonly WaitingOp[]; readonly evidence: readonly Piece[] }
  | {
      readonly type: 'pushed';
      readonly from: Cursor;
      readonly except: readonly PushResult[];
      readonly shown: Shown;
    }
  | { readonly type: 'repaired' }
  | { readonly type: 'failed'; readonly failure: Failure };

export type Effect =
  | { readonly type: 'pull'; readonly after: Cursor }
  | { readonly type: 'store'; readonly from: Cursor; readonly entries: readonly LogEntry[] }
  | { readonly type: 'drop' }
  | { readonly type: 'acceptOwn'; readonly entries: readonly LogEntry[] }
  /** With what may be offered: not what was in this round, nor, to who sees an own view, what it shows. */
  | { readonly type: 'readOutbox'; readonly offered: readonly string[]; readonly own: boolean }
  | { readonly type: 'readFrom'; readonly writer: string; readonly expect: number }
  | {
      readonly type: 'push';
      readonly writer: string;
      readonly ops: readonly OpToPush[];
      readonly evidence: readonly Piece[];
      readonly after: Cursor;
    }
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
  | 'repairing'
  | 'finished';

export interface RoundState {
  readonly phase: Phase;
  readonly cursor: Cursor;
  /** How far a removed member's own view was read; null for a member, who reads the log itself. */
  readonly view: number | null;
  /** The epoch is new: an own view, which has no chain that could break, proves nothing of before. */
  readonly renewed: boolean;
  /** More is waiting behind what is being stored. */
  readonly more: boolean;
  /** The log was read to its end in this round. */
  readonly read: boolean;
  readonly writer: string;
  /** At most this many operations in a push; halved when the server finds one too big. */
  readonly batch: number;
  readonly sent: number;
  /** What to do once what the last push showed is stored. */
  readonly next: Effect | null;
  /** The server asked to come back later: finish when what it showed is stored. */
  readonly later: boolean;
  /** Signatures of what was offered in this round: what it did not bring back it will not bring a second time. */
  readonly offered: readonly string[];
  /** Pushes and repairs left: a round is short, and no server can keep it running for ever. */
  readonly budget: number;
}

export const IDLE: RoundState = {
  phase: 'idle',
  cursor: START,
  view: null,
  renewed: false,
  more: false,
  read: false,
  writer: '',
  batch: PUSH_OPS,
  sent: 0,
  next: null,
  later: false,
  offered: [],
  budget: 60,
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
/** Behind what to ask: an own view is no log, so where it ended is never a cursor of ours. */
const asked = ({ view, cursor }: RoundState): Cursor => (view === null ? cursor : { n: view, h: START.h });
const pull = (state: RoundState): Step =>
  go(state, { phase: 'pulling', read: false }, { type: 'pull', after: asked(state) });
export const same = (a: Cursor, b: Cursor): boolean => a.n === b.n && a.h === b.h;
const readOutbox = (state: RoundState): Step =>
  go(
    state,
    { phase: 'reading', more: false },
    { type: 'readOutbox', offered: state.offered, own: state.view !== null },
  );
const drop = (state: RoundState): Step =>
  go(state, { phase: 'dropping', more: false, offered: [] }, { type: 'drop' });

/** Repairs and pushes draw on one budget, so that a lying server costs a round, not a battery. */
function spend(state: RoundState, then: (state: RoundState) => Step): Step {
  if (state.budget === 0) return finish(state, { kind: 'again' });
  return then({ ...state, budget: state.budget - 1 });
}

function start(event: Event & { type: 'start' }): Step {
  const state: RoundState = { ...IDLE, cursor: event.cursor };
  if (event.renewed) return pull({ ...state, renewed: true });
  return event.heard ? show(state, event.heard) : readOutbox(state);
}

/** Takes in what the log showed behind our cursor. */
function show(state: RoundState, shown: Shown): Step {
  // A member again since his own view was read: what came answers no cursor of ours.
  if (state.view !== null && shown.kind !== 'own')
    return spend({ ...state, view: null, more: false }, (spent) => pull(spent));
  if (shown.kind === 'unsound') return fail(state, { kind: 'chain_broken' });
  if (shown.kind === 'diverged') {
    if (state.cursor.n === 0) return fail(state, { kind: 'chain_broken' });
    return spend(state, drop);
  }
  if (shown.kind === 'own' && (state.renewed || shown.elsewhere))
    return spend({ ...state, renewed: false }, drop);
  if (shown.kind === 'own') {
    const view = Math.max(state.view ?? 0, shown.last);
    const change = { phase: 'accepting', more: shown.more, view } as const;
    return go(state, change, { type: 'acceptOwn', entries: shown.own });
  }
  if (shown.entries.length === 0)
    return shown.more ? fail(state, { kind: 'server' }) : settled({ ...state, more: false });
  const { cursor, entries, more } = { ...state, ...shown };
  return go(state, { phase: 'storing', more }, { type: 'store', from: cursor, entries });
}

function pulled(state: RoundState, event: Event & { type: 'pulled' }): Step {
  // A reply to an older question (late, or repeated by the network) has another `from`.
  if (!same(event.from, asked(state))) return ignore(state);
  return show(state, event.shown);
}

function stored(state: RoundState, event: Event & { type: 'stored' }): Step {
  const at: RoundState = { ...state, cursor: event.cursor };
  if (!event.stored) return spend(at, (spent) => pull(spent));
  if (event.reused.length > 0)
    return spend(at, (spent) => go(spent, { phase: 'repairing' }, { type: 'mintAnew', ops: event.reused }));
  return settled(at);
}

/** What was shown is stored: repair what the push found, read on, or look at the outbox again. */
function settled(state: RoundState): Step {
  const { next } = state;
  if (next) {
    const phase: Phase = next.type === 'readFrom' ? 'filling' : 'repairing';
    return spend(state, (spent) => go(spent, { phase, next: null }, next));
  }
  if (state.more) return spend(state, (spent) => pull(spent));
  if (state.later) return finish(state, { kind: 'again' });
  return readOutbox({ ...state, read: true });
}

function outbox(state: RoundState, event: Event & { type: 'outbox' }): Step {
  const { ops, evidence } = event;
  const [first] = ops;
  // Only what the server said in this round shows what it has forgotten; and that must stand there again before
  // anything new is judged: who has left would find held what once was accepted.
  if (!state.read && (!first || evidence.length > 0)) return pull(state);
  if (evidence.length > 0) return spend(state, (spent) => offer(spent, evidence));
  if (first) return spend(state, (spent) => push(spent, first.writer, ops));
  return finish(state, { kind: 'synced', removed: state.view !== null });
}

/** As much as one push takes; what it brings back is shown, and the rest comes with the next one. */
function offer(state: RoundState, evidence: readonly Piece[]): Step {
  const offered = [...state.offered, ...evidence.map(({ sig }) => sig)];
  const effect = { type: 'push', writer: '', ops: [], evidence, after: asked(state) } as const;
  return go(state, { phase: 'pushing', writer: '', sent: 0, offered }, effect);
}

function push(state: RoundState, writer: string, waiting: readonly WaitingOp[]): Step {
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
    { phase: 'pushing', writer, sent: ops.length },
    { type: 'push', writer, ops, evidence: [], after: asked(state) },
  );
}

function pushed(state: RoundState, event: Event & { type: 'pushed' }): Step {
  const { except } = event;
  const reused = except.filter((result) => result.r === 'idreuse').map((result) => result.op);
  const gap = except.find((result) => result.r === 'gap');
  let next: Effect | null = null;
  if (except.some((result) => result.r === 'forked')) next = { type: 'rewrap' };
  else if (reused.length > 0) next = { type: 'mintAnew', ops: reused };
  else if (gap)
    next =
      gap.expect === null
        ? { type: 'rewrap' }
        : { type: 'readFrom', writer: state.writer, expect: gap.expect };
  const later = except.some((result) => result.r === 'later');
  return show({ ...state, next, later }, event.shown);
}

/** The slot the server misses, and everything behind it; without it only a new writer helps. */
function filled(state: RoundState, event: Event & { type: 'outbox' }): Step {
  if (event.ops.length === 0) return go(state, { phase: 'repairing' }, { type: 'rewrap' });
  return spend(state, (spent) => push(spent, spent.writer, event.ops));
}

/** Failures that come of what is in a push: another one may go well. */
export const OF_THIS_PUSH: ReadonlySet<FailureKind> = new Set(['too_big', 'bad_envelope']);

function failed(state: RoundState, event: Event & { type: 'failed' }): Step {
  const { failure } = event;
  if (failure.kind === 'too_big' && state.phase === 'pushing' && state.sent > 1)
    return spend(state, (spent) => readOutbox({ ...spent, batch: Math.ceil(state.sent / 2) }));
  // Nothing of our own was in it: what cannot be given back keeps nothing else from being sent.
  if (OF_THIS_PUSH.has(failure.kind) && state.phase === 'pushing' && state.sent === 0)
    return spend(state, readOutbox);
  return fail(state, failure);
}

/** The next state and what to do. An event that does not belong to the phase changes nothing. */
export function step(state: RoundState, event: Event): Step {
  if (state.phase === 'finished') return ignore(state);
  if (event.type === 'failed') return state.phase === 'idle' ? ignore(state) : failed(state, event);
  switch (`${state.phase}/${event.type}`) {
    case 'idle/start':
      return start(event as Event & { type: 'start' });
    case 'pulling/pulled':
      return pulled(state, event as Event & { type: 'pulled' });
    case 'storing/stored':
      return stored(state, event as Event & { type: 'stored' });
    case 'accepting/accepted':
      return settled(state);
    case 'dropping/dropped':
      return pull({ ...state, cursor: START });
    case 'reading/outbox':
      return outbox(state, event as Event & { type: 'outbox' });
    case 'filling/outbox':
      return filled(state, event as Event & { type: 'outbox' });
    case 'pushing/pushed':
      return pushed(state, event as Event & { type: 'pushed' });
    case 'repairing/repaired':
      return pull(state);
    default:
      return ignore(state);
  }
}
