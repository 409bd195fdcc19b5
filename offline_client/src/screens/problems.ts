// What is wrong, each thing said once: of the phone or the server as a whole, or with the visits it concerns; and why a
// photo could not be taken away.
import type { NotSaved, SyncProblem, VisitCard } from '../state/interface.ts';

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

/** The visit takes no edit of this person's, or the phone could not write: then trying again may help. */
type Forbidden = 'closed' | 'signed' | 'gone' | 'cancelled' | 'not_allowed';
export type NotRemoved = Forbidden | 'not_ready' | 'quota' | 'database';

/** Nothing is left but to end the sending with a reason. */
export const FORBIDDEN: ReadonlySet<NotRemoved> = new Set<Forbidden>([
  'closed',
  'signed',
  'gone',
  'cancelled',
  'not_allowed',
]);

/** Why a photo is still there, as the ending of the key of its words; `error` is what taking it away raised. */
export function whyNotRemoved(
  error: unknown,
  { state, gone, cancelled }: Pick<VisitCard, 'state' | 'gone' | 'cancelled'>,
): NotRemoved {
  const { name, code } = error as Partial<NotSaved>;
  if ((name as string) === 'NotReady') return 'not_ready';
  if (code !== 'not_allowed') return code === 'quota' ? 'quota' : 'database';
  if (cancelled) return 'cancelled';
  if (gone) return 'gone';
  return state === 'closed' || state === 'signed' ? state : 'not_allowed';
}
