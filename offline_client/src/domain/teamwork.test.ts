// The vectors of the team, read by both runtimes: tests/domain/test_teamwork.py is the other reader.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Entry, fold } from './operations.ts';
import { assignees, comments, doneMarks } from './teamwork.ts';

interface Given {
  readonly sections: { readonly [key: string]: readonly string[] };
  readonly entries: readonly (Partial<Entry> &
    Pick<Entry, 'op' | 'path' | 'value'> & { readonly by?: string })[];
}
interface Group {
  readonly function: string;
  readonly cases: readonly {
    readonly description: string;
    readonly given: Given;
    readonly expect: unknown;
  }[];
}

const file = new URL('../../../tests/vectors/teamwork/team.json', import.meta.url);
const groups = JSON.parse(readFileSync(file, 'utf8')) as readonly Group[];
const cases = groups.flatMap((group) => group.cases.map((each) => ({ ...each, function: group.function })));

function entriesOf({ entries }: Given): readonly Entry[] {
  const plain = { kind: 'set', parents: [], n: null, wall: '', receivedAt: null, status: 'acc' } as const;
  return entries.map(({ by, ...each }) => ({
    ...plain,
    why: '',
    writer: '',
    ws: 0,
    chk: '',
    actor: by ?? 'A',
    ...each,
  }));
}

function run(name: string, given: Given): unknown {
  const entries = entriesOf(given);
  if (name === 'assignees') return { people: assignees(fold(entries).get('assign/chung') ?? []) };
  if (name === 'comments')
    return { comments: comments(entries).map(({ head, of, text }) => [head.op, of, text]) };
  const marks = doneMarks(entries, new Map(Object.entries(given.sections)));
  return {
    marks: Object.fromEntries(
      [...marks].map(([key, { head, since }]) => [key, [head.op, head.actor, since]]),
    ),
  };
}

test.each(cases)('$function: $description', ({ function: name, given, expect: wanted }) => {
  expect(run(name, given)).toEqual(wanted);
});

test('every teamwork vector is read', () => {
  expect(cases.length).toBe(27);
});
