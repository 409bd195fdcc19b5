// The state of a visit, read from its log: planned, open, closed, signed, and what was frozen.
// Twin of app/domain/visits.py. A signed answer set never changes (I12): the answers of a signed
// visit are the fold of the frozen set, and accepted operations outside it are late (docs/sync.md 5).
import { type Cells, cellValue, type Entry, Fold, fold, type Head, headOf, isAnswer } from './operations.ts';
import { REPIN } from './repinning.ts';
import { sha256 as sha256Of } from './sha256.ts';
import { canonical, canonicalBytes, compareCodePoints, type Json } from './wire.ts';

export type State = 'planned' | 'open' | 'closed' | 'signed';
export type Party = 'lead' | 'unit';

export const CLOSING = 'visit/closing';
/** The hash of "entry 0": nothing had reached the log when the visit was closed. */
export const NO_HASH = '0'.repeat(64);

/** The value of a `close`. */
export interface Close {
  readonly n: number;
  readonly h: string;
  readonly own: readonly string[];
  readonly digest: string;
  /** Entries 1…n by their writers' counters, which a refilled server does not change. */
  readonly upto?: { readonly [writer: string]: number };
  readonly unanswered_reason?: string;
  readonly no_evidence_reason?: string;
  readonly held_reason?: string;
  readonly missing_photos_reason?: string;
  readonly silent_reason?: string;
  /** A unit that checks itself: who leads it signs alone. */
  readonly alone?: boolean;
}

type Signatures = Readonly<Partial<Record<Party, Head>>>;

/** A close that both parties signed: its answers are for ever the fold of what it froze, amended or not. */
export interface SignedSet {
  readonly closing: Head;
  readonly signatures: Signatures;
  /** Number of the entry that completed the signatures; null while that is in an outbox. */
  readonly n: number | null;
}

/** See `VisitState` in app/domain/visits.py. */
export interface VisitState {
  readonly state: State;
  /** The close in force. */
  readonly closing: Head | null;
  /** Those that name the close in force and its digest. */
  readonly signatures: Signatures;
  /** Op ids of the frozen set, while closed or signed. */
  readonly frozen: ReadonlySet<string> | null;
  /** Accepted answers outside the frozen set, in log order. */
  readonly late: readonly string[];
  /** Number of the entry that completed the signatures; null while that is in an outbox. */
  readonly signedN: number | null;
  /** Everything that was ever signed by both, in order; the one in force last if the visit is signed. */
  readonly signedSets: readonly SignedSet[];
}

/** Reads the state of a visit from its entries, those of the outbox included. */
export function visitState(entries: Iterable<Entry>): VisitState {
  const accepted = [...entries].filter((entry) => entry.status === 'acc');
  const nothing = { closing: null, signatures: {}, frozen: null, late: [], signedN: null };
  if (accepted.length === 0) return { state: 'planned', ...nothing, signedSets: [] };
  const cells = fold(accepted.filter((entry) => entry.path === CLOSING));
  const closes = (cells.get(CLOSING) ?? []).filter((head) => head.kind === 'close');
  const signs = accepted.filter((entry) => entry.kind === 'sign').sort(inLogOrder);
  const [best] = closes
    .map((closing) => ({ closing, signatures: signaturesOf(closing, signs) }))
    .sort(
      (a, b) =>
        Number(isWhole(b)) - Number(isWhole(a)) ||
        count(b.signatures) - count(a.signatures) ||
        inLogOrder(b.closing, a.closing),
    );
  const signedSets = signedSetsOf(accepted, signs);
  if (best === undefined) return { state: 'open', ...nothing, signedSets };
  const { closing, signatures } = best;
  const frozen = new Set(frozenEntries(accepted, closing.value as unknown as Close).map((entry) => entry.op));
  const signed = isWhole(best);
  return {
    state: signed ? 'signed' : 'closed',
    closing,
    signatures,
    frozen,
    late: accepted
      .filter((entry) => isAnswer(entry.path) && !frozen.has(entry.op))
      .sort(inLogOrder)
      .map((entry) => entry.op),
    signedN: signed ? completed(signatures) : null,
    signedSets,
  };
}

/** Whether the close in force gives the digest it was made with: after a restore entries may be missing (I12). */
export async function isConfirmed(
  entries: Iterable<Entry>,
  state: VisitState,
  sha256: (bytes: Uint8Array) => Promise<string>,
): Promise<boolean> {
  const { closing, frozen } = state;
  if (closing === null || frozen === null) return true;
  const cells = fold([...entries].filter((entry) => frozen.has(entry.op)));
  return (await answersDigest(cells, sha256)) === (closing.value as unknown as Close).digest;
}

/** How far each writer had come by entry `n`, held entries included: what a close names as `upto`. */
export function counters(entries: Iterable<Entry>, n: number): { readonly [writer: string]: number } {
  const reached: { [writer: string]: number } = {};
  for (const entry of entries)
    if (entry.n !== null && entry.n <= n)
      reached[entry.writer] = Math.max(entry.ws, reached[entry.writer] ?? 0);
  return reached;
}

/** The accepted entries a close covers: 1…n of the log (by `upto` where it is given) and the lead's own beyond it. */
export function frozenEntries(entries: Iterable<Entry>, close: Close): readonly Entry[] {
  const own = new Set(close.own);
  const { n, upto } = close;
  const covers = (entry: Entry) =>
    upto === undefined ? entry.n !== null && entry.n <= n : entry.ws <= (upto[entry.writer] ?? 0);
  return [...entries].filter((entry) => entry.status === 'acc' && (covers(entry) || own.has(entry.op)));
}

/** The answers of one signed set, whatever was amended since. */
export function frozenCells(entries: Iterable<Entry>, signed: SignedSet): Cells {
  return fold(frozenEntries(entries, signed.closing.value as unknown as Close));
}

/** The accepted entries whose fold is the answers now: the frozen set once signed, else all. */
export function standingEntries(entries: Iterable<Entry>, state: VisitState): readonly Entry[] {
  const { frozen } = state;
  const all = [...entries].filter((entry) => entry.status === 'acc');
  return state.state === 'signed' && frozen !== null ? all.filter((entry) => frozen.has(entry.op)) : all;
}

/** The answers of a visit as cells, frozen ones if it is signed. */
export function answerCells(entries: readonly Entry[]): Cells {
  return fold(standingEntries(entries, visitState(entries)));
}

/** The canonical JSON of the answers, without closing, signatures, done marks and handled held ops. */
export function answersBytes(cells: Cells): Uint8Array {
  const heads: { [path: string]: Json } = {};
  for (const [path, standing] of cells) {
    if (isAnswer(path)) heads[path] = standing.map(({ op, value }) => ({ op, value }));
  }
  return canonicalBytes(heads);
}

/** What a close freezes and both signatures name: the SHA-256 of `answersBytes`, by an injected hash. */
export function answersDigest<Hash>(cells: Cells, sha256: (bytes: Uint8Array) => Hash): Hash {
  return sha256(answersBytes(cells));
}

/**
 * The SHA-256 of everything that was signed: the answers' digest, names, strokes, what the unit objected to or why it
 * refused. `v` 2: papers made before it carry the answers' digest alone, which is still printed and still verifies.
 */
export function minutesDigest(closing: Head, signatures: Signatures): string {
  const signed = Object.fromEntries(Object.entries(signatures).map(([party, head]) => [party, head.value]));
  const answers = (closing.value as unknown as Close).digest;
  return sha256Of(canonical({ v: 2, close: closing.op, answers, signatures: signed }));
}

/**
 * Why a close must be held: it is not what the log says, or it freezes a contested answer. `entries` are the whole
 * log; `hashAtN` is the hash of entry n in hex, null if there is no such entry; `sha256` answers in hex.
 */
export function closeProblem(
  close: Close,
  entries: readonly Entry[],
  hashAtN: string | null,
  sha256: (bytes: Uint8Array) => string,
): 'DIGEST_MISMATCH' | 'CONTESTED' | null {
  const frozen = frozenEntries(entries, close);
  const covered = new Set(frozen.map((entry) => entry.op));
  const { cells, contested } = new Fold(frozen);
  const told =
    close.h === hashAtN &&
    (close.upto === undefined || canonical(close.upto) === canonical(counters(entries, close.n))) &&
    close.own.every((op) => covered.has(op)) &&
    answersDigest(cells, sha256) === close.digest;
  if (!told) return 'DIGEST_MISMATCH';
  // What is signed is judged by the checklist in force: a re-pin the close did not know of would be another one.
  const repins = entries.filter((entry) => entry.status === 'acc' && entry.kind === REPIN);
  if (repins.some((entry) => !covered.has(entry.op))) return 'DIGEST_MISMATCH';
  return contested.length > 0 ? 'CONTESTED' : null;
}

/** The held entries that nobody has adopted or dismissed yet, in the order given. */
export function openHeld(entries: readonly Entry[]): readonly Entry[] {
  const handled = new Set<string>();
  for (const { status, kind, path, value } of entries) {
    if (status !== 'acc') continue;
    if (kind === 'adopt') handled.add((value as { of: string }).of);
    if (kind === 'dismiss') handled.add(path.slice('held/'.length));
  }
  return entries.filter((entry) => entry.status !== 'acc' && !handled.has(entry.op));
}

function signedSetsOf(accepted: readonly Entry[], signs: readonly Entry[]): readonly SignedSet[] {
  return accepted
    .filter((entry) => entry.kind === 'close')
    .map(headOf)
    .map((closing) => ({ closing, signatures: signaturesOf(closing, signs) }))
    .filter(isWhole)
    .map(({ closing, signatures }) => ({ closing, signatures, n: completed(signatures) }))
    .sort((a, b) => inLogOrder({ n: a.n, op: a.closing.op }, { n: b.n, op: b.closing.op }));
}

/** The number of the last of these signatures; null while one is in an outbox. */
function completed(signatures: Signatures): number | null {
  const numbers = Object.values(signatures).map((head) => head.n);
  return numbers.includes(null) ? null : Math.max(...numbers.map(Number));
}

/** The first signature of each party that names this close and its digest; a later one never voids it. */
function signaturesOf(close: Head, signs: readonly Entry[]): Signatures {
  const found: Partial<Record<Party, Head>> = {};
  const { digest } = cellValue(close.kind, close.value) as unknown as Close;
  for (const sign of signs) {
    const party: Party = sign.path === 'sign/lead' ? 'lead' : 'unit';
    const named = sign.value as unknown as { close: string; digest: string };
    if (named.close === close.op && named.digest === digest) found[party] ??= headOf(sign);
  }
  return found;
}

/** Whether everybody has signed: of a unit that checks itself only who leads it. */
function isWhole({
  closing,
  signatures,
}: {
  readonly closing: Head;
  readonly signatures: Signatures;
}): boolean {
  const { alone } = closing.value as unknown as Close;
  return alone === true ? signatures.lead !== undefined : count(signatures) === 2;
}

function count(signatures: object): number {
  return Object.keys(signatures).length;
}

/** Log order; what is still in the outbox comes after all numbers. */
function inLogOrder(
  a: { readonly n: number | null; readonly op: string },
  b: { readonly n: number | null; readonly op: string },
): number {
  if (a.n !== b.n) return a.n === null ? 1 : b.n === null ? -1 : a.n - b.n;
  return compareCodePoints(a.op, b.op);
}
