// Every step of a round as it must be: what is done for each answer, to which question, and how the round ends.
import { describe, expect, test } from 'vitest';
import { type Cursor, type LogEntry, START } from '../../src/store/rows.ts';
import { type Piece, PUSH_BYTES, PUSH_OPS, type PushResult } from '../../src/sync/protocol.ts';
import {
  type Effect,
  type Event,
  type Failure,
  IDLE,
  type Outcome,
  type RoundState,
  type Shown,
  step,
  type WaitingOp,
} from '../../src/sync/step.ts';
import { entryOf } from '../examples.ts';

const at = (n: number, letter = 'a'): Cursor => ({ n, h: letter.repeat(64) });
const op = (ws: number, change: Partial<WaitingOp> = {}): WaitingOp => ({
  op: `op${ws}`,
  ws,
  body: '{}',
  writer: 'w',
  ...change,
});
const entry = (n: number) => entryOf(n, `op${n}`, { prev: at(n - 1).h, h: at(n).h, sig: 's' });
const OFFLINE: Event & { type: 'failed' } = { type: 'failed', failure: { kind: 'offline', retryAfter: 7 } };
const piece: Piece = { after: 0, prev: START.h, entries: [], sig: 's' };
const page = (entries: readonly LogEntry[] = [], more = false): Shown => ({ kind: 'page', entries, more });
const own = (change: Partial<Shown & { kind: 'own' }> = {}): Shown => ({
  kind: 'own',
  own: [entry(2)],
  more: false,
  last: 2,
  ...change,
});

/** One round, driven by answers: it must do one thing at a time, and `does` says which is next. */
class Round {
  state: RoundState = IDLE;
  does: Effect | null = null;

  constructor(start: Omit<Event & { type: 'start' }, 'type'> = { cursor: START }) {
    this.hears({ type: 'start', ...start });
  }

  hears(event: Event): this {
    const { state, effects } = step(this.state, event);
    expect(effects).toHaveLength(1);
    this.state = state;
    this.does = effects[0]!;
    return this;
  }

  outbox(ops: readonly WaitingOp[] = [], evidence: readonly Piece[] = []): this {
    return this.hears({ type: 'outbox', ops, evidence });
  }

  pulled(shown: Shown, from: Cursor = (this.does as Effect & { type: 'pull' }).after): this {
    return this.hears({ type: 'pulled', from, shown });
  }

  stored(cursor: Cursor, change: Partial<Event & { type: 'stored' }> = {}): this {
    return this.hears({ type: 'stored', stored: true, cursor, reused: [], ...change });
  }

  accepted(): this {
    return this.hears({ type: 'accepted' });
  }

  pushed(except: readonly PushResult[] = [], shown: Shown = page()): this {
    return this.hears({ type: 'pushed', from: START, except, shown });
  }

  fails(failure: Failure): this {
    return this.hears({ type: 'failed', failure });
  }

  ends(outcome: Outcome): void {
    expect(this.does).toEqual({ type: 'finish', outcome });
    for (const late of [{ type: 'start', cursor: START }, OFFLINE] as const)
      expect(step(this.state, late)).toEqual({ state: this.state, effects: [] });
  }

  failsWith(kind: Failure['kind']): void {
    this.ends({ kind: 'failed', failure: { kind } });
  }
}

/** A round that has read the log to its end, and what waits behind it. */
const read = (cursor: Cursor = START) => new Round({ cursor }).outbox().pulled(page());
const result = (r: PushResult['r'], change: Partial<PushResult> = {}): PushResult => ({
  op: 'op1',
  r,
  expect: null,
  ...change,
});

describe('a round with nothing to send', () => {
  test('reads its outbox, then the log, then its outbox again, and is done', () => {
    const round = new Round({ cursor: at(3) });
    expect(round.does).toMatchObject({ type: 'readOutbox' });
    expect(round.outbox().does).toEqual({ type: 'pull', after: at(3) });
    expect(round.pulled(page()).does).toMatchObject({ type: 'readOutbox' });
    round.outbox().ends({ kind: 'synced', removed: false });
  });

  test('stores each page where it belongs and reads on while there is more', () => {
    const round = new Round().outbox().pulled(page([entry(1)], true));
    expect(round.does).toEqual({ type: 'store', from: START, entries: [entry(1)] });
    expect(round.stored(at(1)).does).toEqual({ type: 'pull', after: at(1) });
    expect(round.pulled(page([entry(2)])).does).toEqual({ type: 'store', from: at(1), entries: [entry(2)] });
    expect(round.stored(at(2)).does).toMatchObject({ type: 'readOutbox' });
    round.outbox().ends({ kind: 'synced', removed: false });
  });

  test('takes what a waiting request has brought, and asks nothing more for it', () => {
    const round = new Round({ cursor: at(1), heard: page([entry(2)]) });
    expect(round.does).toEqual({ type: 'store', from: at(1), entries: [entry(2)] });
    round.stored(at(2)).outbox().ends({ kind: 'synced', removed: false });
    new Round({ cursor: at(1), heard: page() }).outbox().ends({ kind: 'synced', removed: false });
  });

  test('asks first where the epoch is new, whatever it has heard', () => {
    const round = new Round({ cursor: at(2), renewed: true, heard: page([entry(3)]) });
    expect(round.does).toEqual({ type: 'pull', after: at(2) });
    round.pulled(page()).outbox().ends({ kind: 'synced', removed: false });
  });
});

describe('what the log shows', () => {
  test('of a chain that is broken ends the round', () => {
    new Round({ cursor: at(3) }).outbox().pulled({ kind: 'unsound' }).failsWith('chain_broken');
    new Round().outbox().pulled({ kind: 'diverged' }).failsWith('chain_broken');
    new Round()
      .outbox([op(1)])
      .pushed([], { kind: 'unsound' })
      .failsWith('chain_broken');
  });

  test('of a history that is not ours drops the cached log, once it is read from its start', () => {
    const round = new Round({ cursor: at(3) }).outbox().pulled({ kind: 'diverged' });
    expect(round.does).toEqual({ type: 'drop' });
    expect(round.hears({ type: 'dropped' }).does).toEqual({ type: 'pull', after: START });
    round.pulled({ kind: 'diverged' }).failsWith('chain_broken');
  });

  test('of nothing, with more behind it, is no answer', () => {
    new Round().outbox().pulled(page([], true)).failsWith('server');
  });

  test('to a member who is out is his own view: accepted, read to its end, and no cursor', () => {
    const round = new Round({ cursor: at(1) }).outbox().pulled(own({ more: true }));
    expect(round.does).toEqual({ type: 'acceptOwn', entries: [entry(2)] });
    expect(round.accepted().does).toEqual({ type: 'pull', after: { n: 2, h: START.h } });
    expect(round.pulled(own({ own: [], last: 1, more: true })).accepted().does).toMatchObject({
      after: { n: 2 },
    });
    expect(round.pulled(own({ own: [entry(5)], last: 5 })).does).toEqual({
      type: 'acceptOwn',
      entries: [entry(5)],
    });
    expect(round.accepted().does).toMatchObject({ type: 'readOutbox' });
    round.outbox().ends({ kind: 'synced', removed: true });
  });

  test('to a member who is out, in a new epoch, proves nothing of before: it is all read anew, once', () => {
    const round = new Round({ cursor: at(4), renewed: true }).pulled(own());
    expect(round.does).toEqual({ type: 'drop' });
    expect(round.hears({ type: 'dropped' }).does).toEqual({ type: 'pull', after: START });
    expect(round.pulled(own()).does).toEqual({ type: 'acceptOwn', entries: [entry(2)] });
    round.accepted().outbox().ends({ kind: 'synced', removed: true });
  });

  test('where another tab was faster is read again from where the cursor stands now', () => {
    const round = new Round().outbox().pulled(page([entry(1)]));
    expect(round.stored(at(4, 'b'), { stored: false }).does).toEqual({ type: 'pull', after: at(4, 'b') });
  });

  test('under an id of ours with other bytes has ours minted anew before anything else', () => {
    const round = new Round().outbox().pulled(page([entry(1)], true));
    expect(round.stored(at(1), { reused: ['op1'] }).does).toEqual({ type: 'mintAnew', ops: ['op1'] });
    expect(round.hears({ type: 'repaired' }).does).toEqual({ type: 'pull', after: at(1) });
  });
});

describe('a push', () => {
  test('says under which writer, behind which cursor, and only what belongs there', () => {
    const round = new Round({ cursor: at(2) }).outbox([op(1), op(2), op(1, { writer: 'x' }), op(3)]);
    const [one, two] = [1, 2].map((ws) => ({ op: `op${ws}`, ws, body: '{}' }));
    expect(round.does).toEqual({ type: 'push', writer: 'w', ops: [one, two], evidence: [], after: at(2) });
  });

  test('that the log answers with all of it is the whole round', () => {
    const round = new Round().outbox([op(1)]).pushed([], page([entry(1)]));
    expect(round.does).toEqual({ type: 'store', from: START, entries: [entry(1)] });
    round.stored(at(1)).outbox().ends({ kind: 'synced', removed: false });
  });

  test('holds as many operations as one push may', () => {
    const many = Array.from({ length: PUSH_OPS + 1 }, (_, index) => op(index + 1));
    expect(new Round().outbox(many).does).toMatchObject({ ops: { length: PUSH_OPS } });
  });

  test('holds as many bytes as one push may, and not one more', () => {
    const half = (PUSH_BYTES - 2 * 100) / 6; // counted as three bytes a character, and a hundred around each
    const bodies = (...lengths: number[]) =>
      new Round().outbox(lengths.map((length, index) => op(index + 1, { body: 'x'.repeat(length) }))).does;
    expect(bodies(half, half)).toMatchObject({ ops: { length: 2 } });
    expect(bodies(half, half + 1)).toMatchObject({ ops: { length: 1 } });
  });

  test('that is too big is halved, rounded up, until a single operation is left', () => {
    const five = [1, 2, 3, 4, 5].map((ws) => op(ws));
    const round = new Round().outbox(five);
    for (const left of [3, 2, 1]) {
      expect(round.fails({ kind: 'too_big' }).does).toMatchObject({ type: 'readOutbox' });
      expect(round.outbox(five).does).toMatchObject({ type: 'push', ops: { length: left } });
    }
    round.fails({ kind: 'too_big' }).failsWith('too_big');
  });

  test('of two writers’ work takes one after the other', () => {
    const round = new Round().outbox([op(1), op(1, { writer: 'x', op: 'other' })]);
    round.pushed([], page([entry(1)])).stored(at(1));
    expect(round.outbox([op(1, { writer: 'x', op: 'other' })]).does).toMatchObject({
      writer: 'x',
      ops: [{ op: 'other' }],
      after: at(1),
    });
  });
});

describe('what a push finds', () => {
  const answered = (...except: PushResult[]) => new Round().outbox([op(4)]).pushed(except);

  test('a fork is re-wrapped, whatever else there is, and read again', () => {
    const round = answered(result('idreuse'), result('gap', { expect: 2 }), result('forked'));
    expect(round.does).toEqual({ type: 'rewrap' });
    expect(round.hears({ type: 'repaired' }).does).toEqual({ type: 'pull', after: START });
    round.pulled(page()).outbox().ends({ kind: 'synced', removed: false });
  });

  test('ids that are taken are minted anew, those and no others', () => {
    const round = answered(result('dup', { op: 'd' }), result('idreuse', { op: 'r' }), result('gap'));
    expect(round.does).toEqual({ type: 'mintAnew', ops: ['r'] });
  });

  test('a gap is filled from where the server waits, under the writer it waits for', () => {
    const round = answered(result('dup', { op: 'd' }), result('gap', { expect: 2 }));
    expect(round.does).toEqual({ type: 'readFrom', writer: 'w', expect: 2 });
    expect(round.outbox([op(2), op(3)]).does).toMatchObject({
      type: 'push',
      writer: 'w',
      ops: [{ ws: 2 }, { ws: 3 }],
      evidence: [],
    });
  });

  test('a gap that cannot be filled needs a new writer', () => {
    expect(answered(result('gap')).does).toEqual({ type: 'rewrap' });
    const lost = answered(result('gap', { expect: 2 })).outbox();
    expect(lost.does).toEqual({ type: 'rewrap' });
    expect(lost.hears({ type: 'repaired' }).does).toEqual({ type: 'pull', after: START });
  });

  test('duplicates alone are no trouble', () => {
    const round = answered(result('dup'));
    expect(round.does).toMatchObject({ type: 'readOutbox' });
    round.outbox().ends({ kind: 'synced', removed: false });
  });

  test('is stored before it is repaired', () => {
    const round = new Round().outbox([op(1)]).pushed([result('forked')], page([entry(1)], true));
    expect(round.does).toMatchObject({ type: 'store' });
    expect(round.stored(at(1)).does).toEqual({ type: 'rewrap' });
  });

  test('that the server wants to be left alone ends the round when what it showed is stored', () => {
    answered(result('later')).ends({ kind: 'again' });
    const round = new Round().outbox([op(1)]).pushed([result('later')], page([entry(1)], true));
    expect(round.stored(at(1)).does).toEqual({ type: 'pull', after: at(1) });
    round.pulled(page()).ends({ kind: 'again' });
  });
});

describe('what the server lacks', () => {
  test('is offered only when the log was read in this round', () => {
    const round = new Round().outbox([], [piece]);
    expect(round.does).toEqual({ type: 'pull', after: START });
    expect(round.pulled(page()).outbox([], [piece]).does).toEqual({
      type: 'push',
      writer: '',
      ops: [],
      evidence: [piece],
      after: START,
    });
    expect(new Round().outbox([op(1)], [piece]).does).toEqual({ type: 'pull', after: START });
  });

  test('goes before what waits, as often as there is more of it, and what was offered is named', () => {
    const round = read().outbox([op(1)], [piece]);
    expect(round.does).toMatchObject({ type: 'push', ops: [], evidence: [piece] });
    const asks = (offered: string[]) => ({ type: 'readOutbox', offered, own: false });
    expect(round.pushed().does).toEqual(asks(['s']));
    const second = { ...piece, sig: 't' };
    expect(round.outbox([op(1)], [second]).does).toMatchObject({ ops: [], evidence: [second] });
    expect(round.pushed().does).toEqual(asks(['s', 't']));
    expect(round.outbox([op(1)]).does).toMatchObject({ ops: [{ ws: 1 }], evidence: [] });
  });

  test.each(['too_big', 'bad_envelope'] as const)(
    'and is refused as %s keeps nothing else from being sent',
    (kind) => {
      const round = read()
        .outbox([op(1)], [piece])
        .fails({ kind });
      expect(round.does).toEqual({ type: 'readOutbox', offered: ['s'], own: false });
      round
        .outbox([op(1)])
        .fails({ kind })
        .failsWith(kind);
    },
  );

  test('ends the round when the server cannot be reached', () => {
    read()
      .outbox([op(1)], [piece])
      .fails({ kind: 'offline' })
      .failsWith('offline');
  });

  test('after a history that broke in mid-round is offered from the beginning', () => {
    const round = new Round({ cursor: at(4) }).outbox().pulled(page());
    round.outbox([], [piece]).pushed([], { kind: 'diverged' });
    expect(round.does).toEqual({ type: 'drop' });
    round.hears({ type: 'dropped' }).pulled(page());
    expect(round.does).toEqual({ type: 'readOutbox', offered: [], own: false });
  });
});

describe('a round is short', () => {
  const lying: [string, (round: Round) => Round, Outcome][] = [
    ['pushes that change nothing', (round) => round.outbox([op(1)]).pushed(), { kind: 'again' }],
    [
      'gaps without end',
      (round) =>
        round
          .outbox([op(1)])
          .pushed([result('gap', { expect: 1 })])
          .outbox([op(1)])
          .pushed(),
      { kind: 'again' },
    ],
    [
      'forks without end',
      (round) =>
        round
          .outbox([op(1)])
          .pushed([result('forked')])
          .hears({ type: 'repaired' })
          .pulled(page()),
      { kind: 'again' },
    ],
  ];
  test.each(lying)('%s', (_name, turn, outcome) => {
    const round = new Round();
    let turns = 0;
    const over = () => round.state.phase === 'finished';
    try {
      for (; turns < 100; turns += 1) turn(round);
    } catch (problem) {
      if (!over()) throw problem;
    }
    round.ends(outcome);
    expect(turns).toBeLessThanOrEqual(IDLE.budget);
  });

  test('sixty pushes and repairs, and no more', () => {
    const round = new Round();
    for (let pushes = 0; pushes < 60; pushes += 1) {
      expect(round.outbox([op(1)]).does).toMatchObject({ type: 'push' });
      round.pushed();
    }
    round.outbox([op(1)]).ends({ kind: 'again' });
  });
});

describe('what does not belong to a phase', () => {
  test('a failure ends any round but one that has not begun', () => {
    expect(step(IDLE, OFFLINE)).toEqual({ state: IDLE, effects: [] });
    const { failure } = OFFLINE;
    new Round().hears(OFFLINE).ends({ kind: 'failed', failure });
    const pushing = () => new Round().outbox([op(1), op(2)]);
    pushing().hears(OFFLINE).ends({ kind: 'failed', failure });
    pushing().pushed().fails({ kind: 'too_big' }).failsWith('too_big');
  });

  test('an answer to another question changes nothing', () => {
    const round = new Round({ cursor: at(3) }).outbox();
    for (const from of [START, at(3, 'b'), at(2)])
      expect(step(round.state, { type: 'pulled', from, shown: page() })).toEqual({
        state: round.state,
        effects: [],
      });
  });
});
