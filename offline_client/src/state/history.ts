// What was ever written into the cells of a visit and what became of it: who, when by both clocks, held or not,
// how people decided and why. Pure; the twin of what the desk reads with app/domain/matters.py.
import { cellValue, type Entry, entryOf, headOf } from '../domain/operations.ts';
import type { Repins } from '../domain/repinning.ts';
import { openHeld } from '../domain/visits.ts';
import { decode, type Json } from '../domain/wire.ts';
import type { LogEntry, OpRow } from '../store/rows.ts';
import { dateOf } from './wall.ts';

/** Something a person wrote into a cell. */
export interface Written {
  readonly op: string;
  readonly kind: string;
  /** The cell as it is called under the checklist in force; empty when the body is hidden or cannot be read. */
  readonly path: string;
  readonly value: Json;
  /** Whose answer it is, and who put it there: these differ when it was adopted. */
  readonly actor: string;
  readonly by: string;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
  readonly mine: boolean;
  /** Given with a `resolve` or an `adopt`. */
  readonly reason: string | null;
  /** The hold reason (docs/sync.md 3), empty when it was accepted. */
  readonly why: string;
}

/** How the lead ended a held operation. */
export interface HeldDecision extends Written {
  readonly kind: 'adopt' | 'dismiss';
}

/** A held operation: stored without effect. `decision` is null while it waits for the lead. */
export interface HeldOp extends Written {
  readonly decision: HeldDecision | null;
  /** This person may not read it; what has no path and is not hidden cannot be read by anybody. */
  readonly hidden: boolean;
  /** False when its content does not fit the checklist in force, so that nobody can adopt it. */
  readonly adoptable: boolean;
}

/** One cell with everything ever written into it, in the order of the log, then the outbox. */
export interface CellHistory {
  readonly path: string;
  readonly written: readonly Written[];
}

const DECIDING = /"kind"\s*:\s*"(?:adopt|dismiss)"/;

/** Whether an operation's text may end a held one: cheaper than reading every body of a log. */
export function mayDecide(body: string | null): boolean {
  return body !== null && DECIDING.test(body);
}

/** An entry as this phone has it: of a hidden one it has no body. */
export interface ShownEntry extends Entry {
  readonly hidden?: boolean;
}

/** A log row as the fold reads it; a held one without a readable body keeps its place. */
export function entryOfRow(row: LogEntry): ShownEntry {
  const operation = decoded(row.body);
  return {
    hidden: row.body === null && row.body_b64 === undefined,
    op: row.op,
    kind: operation?.kind ?? '',
    path: operation?.path ?? '',
    value: operation?.value ?? null,
    actor: row.actor,
    parents: row.epar,
    n: row.n,
    wall: operation?.wall ?? '',
    receivedAt: row.recv,
    status: row.st,
    why: row.why,
    writer: row.writer,
    ws: row.ws,
    chk: operation?.chk ?? '',
  };
}

export function decoded(body: string | null) {
  if (body === null) return null;
  try {
    return decode(new TextEncoder().encode(body));
  } catch {
    return null;
  }
}

/** An entry as people see it. */
export function written(entry: Entry, me: string): Written {
  const head = headOf(entry);
  return {
    op: entry.op,
    kind: entry.kind,
    path: entry.path,
    value: cellValue(entry.kind, entry.value),
    actor: head.actor,
    by: entry.actor,
    wall: dateOf(entry.wall),
    receivedAt: entry.receivedAt === null ? null : new Date(entry.receivedAt),
    pending: entry.n === null && entry.receivedAt === null,
    mine: head.actor === me,
    reason: head.reason ?? reasonOf(entry.value),
    why: entry.status === 'acc' ? '' : entry.why,
  };
}

function reasonOf(value: Json): string | null {
  const reason = (value as { reason?: Json } | null)?.reason;
  return typeof reason === 'string' ? reason : null;
}

/** The last decision about each held operation: what was dismissed may be adopted afterwards. */
function decisions(entries: readonly Entry[], me: string): ReadonlyMap<string, HeldDecision> {
  const found = new Map<string, HeldDecision>();
  for (const entry of entries) {
    if (entry.status !== 'acc' || (entry.kind !== 'adopt' && entry.kind !== 'dismiss')) continue;
    const of =
      entry.kind === 'adopt' ? String((entry.value as { of?: Json }).of) : entry.path.slice('held/'.length);
    if (found.get(of)?.kind !== 'adopt') found.set(of, { ...written(entry, me), kind: entry.kind });
  }
  return found;
}

/** Every held operation among these, waiting ones first, each in the order given; `fits` says which may be adopted. */
export function heldOps(
  entries: readonly ShownEntry[],
  me: string,
  fits: (path: string, value: Json) => boolean,
  repins: Pick<Repins, 'carried'> | null,
): readonly HeldOp[] {
  const decided = decisions(entries, me);
  const waiting = new Set(openHeld(entries).map((entry) => entry.op));
  const all = entries
    .filter((entry) => entry.status !== 'acc')
    .map((entry) => {
      const seen = written(repins ? repins.carried(entry) : entry, me);
      const [decision, adoptable] = [decided.get(entry.op) ?? null, fits(seen.path, seen.value)];
      return { ...seen, decision, hidden: entry.hidden === true, adoptable };
    });
  return [...all.filter(({ op }) => waiting.has(op)), ...all.filter(({ op }) => !waiting.has(op))];
}

/** For the list of visits: what waits for the lead and this person may read, decisions of the outbox included. */
export function waitingHeld(
  rows: readonly LogEntry[],
  outbox: readonly OpRow[],
  me: string,
): readonly HeldOp[] {
  const minted = outbox
    .filter((row) => mayDecide(row.body))
    .flatMap((row) => {
      const operation = decoded(row.body);
      return operation ? [entryOf(operation, me, [], row)] : [];
    });
  return heldOps([...rows.map(entryOfRow), ...minted], me, () => false, null).filter(
    (each) => each.decision === null && !each.hidden,
  );
}

/** The cells of an item (or of the minutes) that were ever written, photos and notes of it included. */
export function historyOf(
  under: string,
  entries: readonly Entry[],
  repins: Pick<Repins, 'carried'>,
  me: string,
): readonly CellHistory[] {
  const cells = new Map<string, Written[]>();
  const records = new Map<string, string>();
  for (const entry of entries) {
    const each = written(repins.carried(entry), me);
    const of = (each.value as { of?: Json } | null)?.of;
    if (typeof of === 'string') records.set(each.path, of);
    const place = records.get(each.path.replace(/\/caption$/, '')) ?? each.path;
    if (place !== under && !place.startsWith(`${under}/`)) continue;
    cells.set(each.path, [...(cells.get(each.path) ?? []), each]);
  }
  return [...cells].map(([path, all]) => ({ path, written: all }));
}
