// What is wrong, each thing said once: of the phone or the server as a whole, or with the visits it concerns.
import type { SyncProblem, VisitCard } from '../state/interface.ts';

type Concerned = Pick<VisitCard, 'id' | 'unitName' | 'plannedOn'>;

export interface ToldProblem {
  readonly problem: SyncProblem;
  /** Empty: it is not a matter of single visits. */
  readonly visits: readonly Concerned[];
}

const OF_VISITS: ReadonlySet<SyncProblem> = new Set([
  'no_such_visit',
  'removed',
  'cancelled',
  'chain_broken',
  'bad_envelope',
]);
/** The sentence says it, or the form for signing in again does. */
const SAID_ELSEWHERE: ReadonlySet<SyncProblem> = new Set(['offline', 'login', 'device_revoked']);

export function problemsTold(
  overall: SyncProblem | null,
  cards: readonly (Concerned & { readonly sync: Pick<VisitCard['sync'], 'problem'> })[],
): readonly ToldProblem[] {
  const all = [overall, ...cards.map(({ sync }) => sync.problem)];
  const said = new Set(all.filter((each) => each !== null).filter((each) => !SAID_ELSEWHERE.has(each)));
  return [...said].map((problem) => ({
    problem,
    visits: OF_VISITS.has(problem) ? cards.filter(({ sync }) => sync.problem === problem) : [],
  }));
}
