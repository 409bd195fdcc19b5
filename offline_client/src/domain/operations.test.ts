// The operations vectors, read by both runtimes: tests/domain/test_operations_vectors.py is the other
// reader. Below them: what must hold for every set of entries (I7, I8, I12).
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Circumstances, holdReason } from './acceptance.ts';
import type { Checklist } from './checklist.ts';
import { type Entry, effectiveParents, Fold, fold, isAnswer, type Known } from './operations.ts';
import { isMap, Repins } from './repinning.ts';
import * as visits from './visits.ts';
import { canonical, type Json, type Operation } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: the shape differs per function
type Any = any;
interface Group {
  readonly function: string;
  readonly checklist?: Checklist;
  readonly target?: Checklist;
  readonly cases: readonly { readonly description: string; readonly given: Any; readonly expect: Any }[];
}

const folder = new URL('../../../tests/vectors/operations/', import.meta.url);
const files = readdirSync(folder).sort();
const groups = files.flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Group[]);
const cases = groups.flatMap((group) =>
  group.cases.map((each) => ({ group, ...each, function: group.function })),
);
const sha256 = (raw: Uint8Array) => createHash('sha256').update(raw).digest('hex');

function entry(given: Any): Entry {
  return {
    op: given.op,
    kind: given.kind ?? 'set',
    path: given.path,
    value: given.value,
    actor: given.by ?? 'A',
    parents: given.parents ?? [],
    n: given.n ?? null,
    wall: given.wall ?? '',
    receivedAt: given.received_at ?? null,
    status: given.status ?? 'acc',
    why: given.why ?? '',
    writer: given.writer ?? '',
    ws: given.ws ?? 0,
    chk: given.chk ?? '',
  };
}

const entries = (given: Any): Entry[] => given.entries.map(entry);
const CAMEL: Record<string, string> = { received_at: 'receivedAt', adopted_by: 'adoptedBy' };

/** Heads are compared in the fields the vector names. */
function runFold(given: Any, wanted: Any): unknown {
  const { cells, contested, agreed } = new Fold(entries(given));
  const shown = [...cells].map(([path, heads]) => [
    path,
    heads.map((head: Any, i) =>
      Object.fromEntries(
        Object.keys(wanted.cells[path]?.[i] ?? { missing: 1 }).map((name) => [
          name,
          head[CAMEL[name] ?? name],
        ]),
      ),
    ),
  ]);
  return { cells: Object.fromEntries(shown), contested, agreed };
}

function runEffectiveParents(given: Any): unknown {
  const known = new Map<string, Known>(
    Object.entries<Any>(given.known).map(([op, each]) => [
      op,
      { value: canonical(each.value), parents: each.parents ?? [] },
    ]),
  );
  return { parents: effectiveParents(given.op, given.kind, given.parents, known) };
}

function runHoldReason(given: Any, _wanted: Any, group: Group): unknown {
  const operation: Operation = {
    ...{
      op: 'A'.repeat(22),
      visit: 'V1',
      chk: 'c'.repeat(64),
      kind: 'set',
      path: 'item/noi-quy',
      value: 'yes',
    },
    ...{ parents: [], user: 'U1', dev: 'D1', wall: 'w', app: '0.1.0', version: 1 },
    ...given.operation,
  };
  const around = given.circumstances;
  const circumstances: Circumstances = {
    ...{ visit: 'V1', chk: 'c'.repeat(64), actor: 'U1', signed: around.signed ?? false },
    role: around.role === undefined ? 'member' : around.role,
    dropped: around.dropped ?? false,
    mayReopen: around.may_reopen ?? false,
    selfCheck: around.self_check ?? false,
    beside: around.beside ?? 0,
    closes: new Map(Object.entries<string>(around.closes ?? {})),
    held: new Map(Object.entries<Any>(around.held ?? {})),
    target: around.target ? group.target : undefined,
  };
  return { why: holdReason(operation, group.checklist as Checklist, circumstances) };
}

function runVisitState(given: Any): unknown {
  const log = entries(given);
  const state = visits.visitState(log);
  const cells = [...visits.answerCells(log)].filter(([path]) => isAnswer(path));
  return {
    state: state.state,
    closing: state.closing?.op ?? null,
    signed_by: Object.keys(state.signatures).sort(),
    frozen: state.frozen === null ? null : [...state.frozen].sort(),
    late: state.late,
    signed_n: state.signedN,
    answers: Object.fromEntries(cells.map(([path, heads]) => [path, heads.map((head) => head.value)])),
  };
}

function runSignedSets(given: Any): unknown {
  const log = entries(given);
  return {
    sets: visits.visitState(log).signedSets.map(({ closing, n }) => ({
      close: closing.op,
      n,
      frozen: visits
        .frozenEntries(log, closing.value as Any)
        .map((each) => each.op)
        .sort(),
    })),
  };
}

function runCarried(given: Any): unknown {
  const { path, value, chk } = new Repins(given.repins.map(entry)).carried(entry(given.entry));
  return { path, value, chk };
}

function runFrozenCells(given: Any): unknown {
  const log = entries(given);
  const sets = visits.visitState(log).signedSets.map((each) => [...visits.frozenCells(log, each)]);
  const values = (heads: Any) => heads.map((head: Any) => head.value);
  return {
    sets: sets.map((cells) => Object.fromEntries(cells.map(([path, heads]) => [path, values(heads)]))),
  };
}

async function runIsConfirmed(given: Any): Promise<unknown> {
  const log = entries(given);
  return { confirmed: await visits.isConfirmed(log, visits.visitState(log), async (raw) => sha256(raw)) };
}

const RUNNERS: Record<string, (given: Any, wanted: Any, group: Group) => unknown> = {
  fold: runFold,
  effective_parents: runEffectiveParents,
  hold_reason: runHoldReason,
  visit_state: runVisitState,
  signed_sets: runSignedSets,
  carried: runCarried,
  is_map: (given) => ({ map: isMap(given.old, given.new, given.map) }),
  frozen_cells: runFrozenCells,
  is_confirmed: runIsConfirmed,
  counters: (given) => ({ upto: visits.counters(entries(given), given.n) }),
  open_held: (given) => ({ held: visits.openHeld(entries(given)).map((each) => each.op) }),
  answers_digest: (given) => {
    const cells = fold(entries(given));
    return {
      bytes: new TextDecoder().decode(visits.answersBytes(cells)),
      digest: visits.answersDigest(cells, sha256),
    };
  },
  minutes_digest: (given) => {
    const { closing, signatures } = visits.visitState(entries(given));
    return { digest: visits.minutesDigest(closing!, signatures) };
  },
  close_problem: (given) => ({
    why: visits.closeProblem(given.close, entries(given), given.hash_at_n, sha256),
  }),
};

test.each(cases)('$function: $description', async ({ function: name, given, expect: wanted, group }) => {
  expect(await RUNNERS[name]?.(given, wanted, group)).toEqual(wanted);
});

test('every operations vector is read', () => {
  expect(files.length).toBe(6);
  expect(cases.length).toBe(393);
});

describe('for every set of entries', () => {
  const paths = ['item/a', 'item/b', 'item/a/note'];
  const values: Json[] = ['yes', 'no', null, { observed: 1, total: 2 }, ['x', 'y'], ['y', 'x']];
  const step = fc.record({
    path: fc.constantFrom(...paths),
    kind: fc.constantFrom('set', 'set', 'set', 'detach'),
    value: fc.constantFrom(...values),
    named: fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { maxLength: 4 }),
    held: fc.integer({ min: 0, max: 5 }).map((each) => each === 0),
  });
  const id = (n: number) => `op${String(n).padStart(2, '0')}`;

  /** As the server writes it: effective parents in log order; devices may name what comes later or never. */
  const logs = fc.array(step, { maxLength: 14 }).map((steps) => {
    const known = new Map(paths.map((path) => [path, new Map<string, Known>()]));
    return steps.map(({ path, kind, value, named, held }, index): Entry => {
      const op = id(index + 1);
      const cell = known.get(path) as Map<string, Known>;
      const given = named.filter((n) => n !== index + 1).map(id);
      const parents = held ? [] : effectiveParents(op, kind, given, cell);
      const written = kind === 'detach' ? null : value;
      if (!held) cell.set(op, { value: canonical(written), parents });
      return entry({ op, path, kind, value: written, parents, n: index + 1, status: held ? 'held' : 'acc' });
    });
  });
  const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
    items
      .map((item, i) => ({ item, key: keys[i % keys.length] ?? 0, i }))
      .sort((a, b) => a.key - b.key || a.i - b.i)
      .map(({ item }) => item);
  const order = fc.array(fc.nat(), { minLength: 20, maxLength: 20 });

  test('any order of the same entries gives the same heads (I7)', () => {
    fc.assert(
      fc.property(logs, order, (log, keys) => {
        const one = new Fold(log);
        const other = new Fold(shuffled(log, keys));
        expect(new Map([...one.cells].sort())).toEqual(new Map([...other.cells].sort()));
        expect([one.contested, one.agreed]).toEqual([other.contested, other.agreed]);
      }),
    );
  });

  test('every accepted op is a head or an ancestor of one (I8)', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const accepted = new Map(log.filter((each) => each.status === 'acc').map((each) => [each.op, each]));
        const waiting = [...fold(log).values()].flat().map((head) => head.op);
        const reached = new Set(waiting);
        for (let op = waiting.pop(); op !== undefined; op = waiting.pop()) {
          for (const parent of accepted.get(op)?.parents ?? []) {
            if (reached.has(parent) || accepted.get(parent)?.path !== accepted.get(op)?.path) continue;
            reached.add(parent);
            waiting.push(parent);
          }
        }
        expect([...reached].sort()).toEqual([...accepted.keys()].sort());
      }),
    );
  });

  test('a signed answer set is the fold of its frozen set, whatever follows (I12)', () => {
    fc.assert(
      fc.property(logs, fc.nat(14), order, (log, at, keys) => {
        const n = Math.min(at, log.length);
        const digest = visits.answersDigest(fold(log.slice(0, n)), sha256);
        const value = { n, h: 'h', own: [], digest };
        const close = entry({ op: 'zc', kind: 'close', path: visits.CLOSING, value });
        const signs = ['lead', 'unit'].map((party) =>
          entry({ op: `zs${party}`, kind: 'sign', path: `sign/${party}`, value: { close: 'zc', digest } }),
        );
        const everything = shuffled([...log, close, ...signs], keys);
        expect(visits.visitState(everything).state).toBe('signed');
        expect(visits.answersDigest(visits.answerCells(everything), sha256)).toBe(digest);
      }),
    );
  });
});
