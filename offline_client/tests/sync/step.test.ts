// The state machine alone: whatever a server, a store or the network answers, in whatever order, a
// round ends, does one thing at a time, and never drops or pushes what it should not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START } from '../../src/store/rows.ts';
import {
  type Effect,
  type Event,
  IDLE,
  type RoundState,
  type Shown,
  step,
  type WaitingOp,
} from '../../src/sync/step.ts';
import { entryOf } from '../examples.ts';

const hash = fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(64));
const cursor = fc.record({ n: fc.nat(5), h: hash });
const entry = fc
  .record({ n: fc.nat(9), h: hash })
  .map(({ n, h }) => entryOf(n, `op${n}`, { ws: 1, bh: h, prev: h, h }));
const op: fc.Arbitrary<WaitingOp> = fc
  .record({ op: fc.constantFrom('p', 'q', 'r'), ws: fc.nat(9), writer: fc.constantFrom('w1', 'w2') })
  .map((each) => ({ ...each, body: '{}' }));
const failure = fc.constantFrom('offline', 'login', 'busy', 'too_big', 'storage', 'server').map((kind) => ({
  type: 'failed' as const,
  failure: { kind: kind as 'offline' },
}));
const result = fc.record({
  op: fc.constantFrom('p', 'q', 'r'),
  r: fc.constantFrom('dup', 'idreuse', 'forked', 'gap', 'later'),
  expect: fc.option(fc.nat(5), { nil: null }),
});
const shown: fc.Arbitrary<Shown> = fc.oneof(
  fc.record({
    kind: fc.constant('page' as const),
    entries: fc.array(entry, { maxLength: 3 }),
    more: fc.boolean(),
  }),
  fc.constant({ kind: 'diverged' as const }),
  fc.constant({ kind: 'unsound' as const }),
  fc.record({
    kind: fc.constant('own' as const),
    own: fc.array(entry, { maxLength: 2 }),
    more: fc.boolean(),
    last: fc.nat(9),
  }),
);
const piece = fc.constant({ after: 0, prev: '0'.repeat(64), entries: [], sig: 's' });

/** Any answer that fits the effect: true, false, late or hostile. */
function answers(effect: Effect): fc.Arbitrary<Event> {
  switch (effect.type) {
    case 'pull':
      return fc.oneof(
        fc.record({ type: fc.constant('pulled' as const), from: fc.constant(effect.after), shown }),
        failure,
      ) as fc.Arbitrary<Event>;
    case 'acceptOwn':
      return fc.oneof(fc.constant({ type: 'accepted' as const }), failure);
    case 'store':
      return fc.oneof(
        fc.record({
          type: fc.constant('stored' as const),
          stored: fc.boolean(),
          cursor,
          reused: fc.array(fc.constant('p'), { maxLength: 1 }),
        }),
        failure,
      );
    case 'drop':
      return fc.constant({ type: 'dropped' });
    case 'readOutbox':
    case 'readFrom':
      return fc.record({
        type: fc.constant('outbox' as const),
        ops: fc.array(op, { maxLength: 4 }),
        evidence: fc.array(piece, { maxLength: 2 }),
      });
    case 'push':
      return fc.oneof(
        fc.record({
          type: fc.constant('pushed' as const),
          from: fc.constant(effect.after),
          except: fc.array(result, { maxLength: 4 }),
          shown,
        }),
        failure,
      ) as fc.Arbitrary<Event>;
    default:
      return fc.constant({ type: 'repaired' });
  }
}

describe('step', () => {
  test('a round ends within its budget, whatever is answered, and does one thing at a time', () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        let current = step(IDLE, { type: 'start', cursor: START });
        let pages = 0;
        for (let i = 0; i < 2_000; i += 1) {
          expect(current.effects).toHaveLength(1);
          const [effect] = current.effects;
          if (!effect || effect.type === 'finish') return;
          if (effect.type === 'pull') pages += 1;
          const event = gen(answers, effect);
          // Honest pagination ends; a server that always says "more" is bounded by the driver's data.
          const tamed =
            event.type === 'pulled' && event.shown.kind === 'page' && pages > 60
              ? { ...event, shown: { ...event.shown, more: false } }
              : event;
          current = step(current.state, tamed);
        }
        throw new Error('the round did not end');
      }),
      { numRuns: 1_000 },
    );
  });

  test('a member let in again in mid-round reads on from his log, not from where his own view ended', () => {
    const at = { n: 3, h: 'a'.repeat(64) };
    const asks: Effect[] = [];
    const last = () => asks.at(-1)!;
    let current = step(IDLE, { type: 'start', cursor: at });
    const answer = (event: Event) => {
      current = step(current.state, event);
      asks.push(current.effects[0]!);
    };
    const own: Shown = { kind: 'own', own: [], more: true, last: 7 };
    const waiting = {
      type: 'outbox',
      ops: [{ op: 'p', ws: 1, body: '{}', writer: 'w' }],
      evidence: [],
    } as const;
    answer({ type: 'outbox', ops: [], evidence: [] });
    answer({ type: 'pulled', from: at, shown: own });
    answer({ type: 'accepted' });
    expect(last()).toEqual({ type: 'pull', after: { n: 7, h: START.h } });
    answer({ type: 'pulled', from: { n: 7, h: START.h }, shown: { ...own, more: false, last: 0 } });
    answer({ type: 'accepted' });
    answer(waiting);
    expect(last()).toMatchObject({ type: 'push', after: { n: 7, h: START.h } });
    for (const shown of [{ kind: 'unsound' }, { kind: 'diverged' }] as const) {
      const next = step(current.state, { type: 'pushed', from: START, except: [], shown });
      expect(next.effects).toEqual([{ type: 'pull', after: at }]);
    }
  });

  test('events that do not belong to the phase change nothing', () => {
    const strays: Event[] = [
      { type: 'accepted' },
      { type: 'dropped' },
      { type: 'repaired' },
      { type: 'pulled', from: START, shown: { kind: 'page', entries: [], more: false } },
      { type: 'pushed', from: START, except: [], shown: { kind: 'diverged' } },
      { type: 'stored', stored: true, cursor: START, reused: [] },
    ];
    const { state } = step(IDLE, { type: 'start', cursor: START });
    for (const stray of strays) expect(step(state, stray)).toEqual({ state, effects: [] });
  });

  test('a reply to an older pull is ignored', () => {
    const begun = step(IDLE, { type: 'start', cursor: { n: 3, h: 'a'.repeat(64) } });
    const { state } = step(begun.state, { type: 'outbox', ops: [], evidence: [] });
    const late: Event = { type: 'pulled', from: START, shown: { kind: 'diverged' } };
    expect(step(state, late)).toEqual({ state, effects: [] });
  });

  test('a push holds operations of one writer only, in the order given', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 30 }), (ops) => {
        const reading: RoundState = { ...IDLE, phase: 'reading' };
        const [effect] = step(reading, { type: 'outbox', ops, evidence: [] }).effects;
        if (effect?.type !== 'push') throw new Error('expected a push');
        const prefix = ops.slice(0, effect.ops.length);
        expect(prefix.every((each) => each.writer === effect.writer)).toBe(true);
        expect(effect.ops.map((each) => each.ws)).toEqual(prefix.map((each) => each.ws));
        expect(effect.ops.length).toBeGreaterThan(0);
      }),
    );
  });

  test('a push stays under 512 KiB, but a single large operation still goes', () => {
    const large = (i: number): WaitingOp => ({ op: `o${i}`, ws: i, writer: 'w', body: 'x'.repeat(60_000) });
    const reading: RoundState = { ...IDLE, phase: 'reading' };
    const send = (ops: WaitingOp[]) => step(reading, { type: 'outbox', ops, evidence: [] }).effects[0];
    expect(send([1, 2, 3, 4, 5].map(large))).toMatchObject({ ops: [{ ws: 1 }, { ws: 2 }] });
    expect(send([{ ...large(1), body: 'x'.repeat(600_000) }])).toMatchObject({ ops: [{ ws: 1 }] });
  });

  test('too big for a single operation is a failure, not a loop', () => {
    const pushing: RoundState = { ...IDLE, phase: 'pushing', sent: 1 };
    const [effect] = step(pushing, { type: 'failed', failure: { kind: 'too_big' } }).effects;
    expect(effect).toEqual({ type: 'finish', outcome: { kind: 'failed', failure: { kind: 'too_big' } } });
  });
});
