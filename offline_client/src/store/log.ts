// The cached log of a visit: entries whose chain was verified, and the cursor (n, hash of entry n).
// Entries and cursor move in one transaction, so a cursor never stands ahead of its data.
import Dexie from 'dexie';
import { durably, type UserDatabase } from './database.ts';
import { outbox } from './ops.ts';
import { type Cursor, type EvidenceRow, type LogEntry, type LogRow, type OpRow, START } from './rows.ts';

const cursorKey = (visit: string) => `cursor/${visit}`;
/** With the visit: what of it the server may have forgotten, as far as that has still to be looked at. */
export const FORGOTTEN = 'forgotten/';
export type Forgotten = 'entries' | 'photos';
/** The server's epoch in which all visits were looked at. */
export const EPOCH = 'server/epoch';

export async function cursorOf(database: UserDatabase, visit: string): Promise<Cursor> {
  const row = await durably(database, () => database.meta.get(cursorKey(visit)));
  return (row?.value as Cursor | undefined) ?? START;
}

/**
 * Appends verified entries if the cursor still stands where the pull began; otherwise another
 * tab was faster and nothing happens. Returns whether it was stored, and operations of ours
 * whose id stands in the log with other bytes.
 */
export async function appendEntries(
  database: UserDatabase,
  visit: string,
  from: Cursor,
  entries: readonly LogEntry[],
): Promise<{ stored: boolean; reused: OpRow[] }> {
  const last = entries.at(-1);
  if (!last) return { stored: true, reused: [] };
  return durably(database, () =>
    database.transaction('rw', [database.log, database.meta, database.ops, database.evidence], async () => {
      const row = await database.meta.get(cursorKey(visit));
      const cursor = (row?.value as Cursor | undefined) ?? START;
      if (cursor.n === last.n && cursor.h === last.h) return { stored: true, reused: [] };
      if (cursor.n !== from.n || cursor.h !== from.h) return { stored: false, reused: [] };
      await database.log.bulkPut(entries.map((entry) => ({ ...entry, visit })));
      await database.meta.put({ key: cursorKey(visit), value: { n: last.n, h: last.h } });
      // The log holds them now; `dropLog` would turn them into evidence again.
      await database.evidence.bulkDelete(entries.map((entry) => entry.h));
      return { stored: true, reused: await markSeen(database, entries) };
    }),
  );
}

/** What a removed member gets instead of the log: his own entries, as proof of delivery. */
export async function acceptOwnView(
  database: UserDatabase,
  visit: string,
  entries: readonly LogEntry[],
): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.ops, database.evidence], async () => {
      await database.evidence.bulkPut(entries.map((entry) => ({ ...entry, visit })));
      await markSeen(database, entries);
    }),
  );
}

/** A person's last entry that the server has shown here, in the log or in an own view; undefined: none. */
export async function lastOwnEntry(
  database: UserDatabase,
  visit: string,
  me: string,
): Promise<LogEntry | undefined> {
  const { evidence, log } = database;
  return durably(database, async () => {
    const logged = await log
      .where('[visit+n]')
      .between([visit, Dexie.minKey], [visit, Dexie.maxKey])
      .reverse()
      .filter(({ actor }) => actor === me)
      .first();
    const shown = await evidence
      .where('visit')
      .equals(visit)
      .filter(({ actor, former }) => actor === me && !former)
      .toArray();
    return [...(logged ? [logged] : []), ...shown].sort((a, b) => b.n - a.n)[0];
  });
}

async function markSeen(database: UserDatabase, entries: readonly LogEntry[]): Promise<OpRow[]> {
  const own = await database.ops.bulkGet(entries.map((entry) => entry.op));
  const changed: OpRow[] = [];
  const reused: OpRow[] = [];
  own.forEach((row, index) => {
    if (!row) return;
    if (row.bh !== entries[index]?.bh) reused.push(row);
    else if (row.seen === 0) changed.push({ ...row, seen: 1 });
  });
  if (changed.length > 0) await database.ops.bulkPut(changed);
  return reused;
}

/**
 * The server's history is not ours any more (it was restored): forget the cached log, never
 * operations, never signed entries. What was in the log becomes evidence, to be offered back; photos
 * are counted again, for a backup may be as old for them.
 */
export async function dropLog(database: UserDatabase, visit: string): Promise<void> {
  const { log, evidence, ops, meta } = database;
  await durably(database, () =>
    database.transaction('rw', [log, evidence, ops, meta], async () => {
      const entries = await entriesWithin(database, visit);
      await evidence.where('visit').equals(visit).modify({ former: 1 });
      await evidence.bulkPut(entries.map((entry) => ({ ...entry, former: 1 as const })));
      await log.where('[visit+n]').between([visit, Dexie.minKey], [visit, Dexie.maxKey]).delete();
      await meta.put({ key: cursorKey(visit), value: START });
      await meta.put({ key: `${FORGOTTEN}${visit}`, value: 'photos' satisfies Forgotten });
      await ops.where('[visit+seen]').equals([visit, 1]).modify({ seen: 0 });
    }),
  );
}

/** The cached, verified entries of a visit, from 1. */
export async function entriesOf(database: UserDatabase, visit: string): Promise<LogRow[]> {
  return durably(database, () => entriesWithin(database, visit));
}

function entriesWithin(database: UserDatabase, visit: string): Promise<LogRow[]> {
  return database.log.where('[visit+n]').between([visit, Dexie.minKey], [visit, Dexie.maxKey]).toArray();
}

const isHidden = ({ body, body_b64 }: LogEntry) => body === null && body_b64 === undefined;

/** The first entry from `n` on whose body this person was not shown. */
export async function hiddenFrom(
  database: UserDatabase,
  visit: string,
  n: number,
): Promise<LogRow | undefined> {
  return durably(database, () =>
    database.log.where('[visit+n]').between([visit, n], [visit, Dexie.maxKey]).filter(isHidden).first(),
  );
}

/** Puts the bodies of entries into the log where they were hidden: their hash says that they are the same entries. */
export async function uncover(
  database: UserDatabase,
  visit: string,
  entries: readonly LogEntry[],
): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', database.log, async () => {
      const rows = await database.log.bulkGet(entries.map(({ n }): [string, number] => [visit, n]));
      const shown = entries.flatMap(({ h, body, body_b64 }, index) => {
        const row = rows[index];
        const missing = row && isHidden(row) && row.h === h;
        return missing ? [{ ...row, body, ...(body_b64 === undefined ? {} : { body_b64 }) }] : [];
      });
      await database.log.bulkPut(shown);
    }),
  );
}

/** Entries after `n` and the outbox of one moment: what an open visit has not folded yet. */
export async function newsAfter(
  database: UserDatabase,
  visit: string,
  n: number,
): Promise<{ rows: LogRow[]; outbox: OpRow[] }> {
  return durably(database, () =>
    database.transaction('r', [database.log, database.ops], async () => {
      const rows = await database.log
        .where('[visit+n]')
        .between([visit, n], [visit, Dexie.maxKey], false)
        .toArray();
      return { rows, outbox: await outbox(database, visit) };
    }),
  );
}

/** A piece of a chain whose last hash the server signed (docs/sync.md 7, Evidence). */
export interface EvidencePiece {
  readonly after: number;
  readonly prev: string;
  readonly entries: readonly object[];
  readonly sig: string;
}

/** How much may be offered at once, and what needs no offering. */
export interface Offering {
  readonly pieces: number;
  /** About how many characters; one piece may be larger. */
  readonly room: number;
  /** Signatures of pieces that were offered already. */
  readonly offered: readonly string[];
  /** The server shows this person an own view: what it shows in it, it has. */
  readonly own: boolean;
}

/** Signed entries that the log does not show, as pieces of the chain they stood in: to be offered back, oldest first. */
export async function evidenceToOffer(
  database: UserDatabase,
  visit: string,
  offering: Offering,
): Promise<EvidencePiece[]> {
  return durably(database, () =>
    database.transaction('r', [database.evidence, database.log], async () => {
      const rows = await database.evidence.where('visit').equals(visit).toArray();
      if (rows.length === 0) return [];
      const keys = rows.map((row): [string, string] => [visit, row.op]);
      const logged = await database.log.where('[visit+op]').anyOf(keys).toArray();
      const shown = offering.own ? rows.filter((row) => !row.former) : [];
      return piecesOf(rows, new Set([...logged, ...shown].map((entry) => entry.op)), offering);
    }),
  );
}

/** The same for who may read no more, and so cannot know what the server has: all signed entries that are here. */
export async function evidenceToHandIn(
  database: UserDatabase,
  visit: string,
  offering: Omit<Offering, 'own'>,
): Promise<EvidencePiece[]> {
  return durably(database, () =>
    database.transaction('r', [database.evidence, database.log], async () => {
      const former = await database.evidence.where('visit').equals(visit).toArray();
      return piecesOf([...former, ...(await entriesWithin(database, visit))], new Set(), offering);
    }),
  );
}

/**
 * From each signed entry back along the links, as far as something the log lacks is found. What goes on behind a piece
 * lengthens it: a log that was heard entry by entry is signed at each of them, and the last signature vouches for all.
 */
function piecesOf(
  rows: readonly EvidenceRow[],
  known: ReadonlySet<string>,
  { pieces: most, room, offered }: Omit<Offering, 'own'>,
): EvidencePiece[] {
  const done = new Set(known);
  const lacks = (row: EvidenceRow) => !done.has(row.op) && (row.body !== null || row.body_b64 !== undefined);
  const settle = (stretch: readonly EvidenceRow[]) => {
    for (const row of stretch.filter(lacks)) done.add(row.op);
  };
  const stretchTo = walking(rows);
  const [before, after] = endsOf(rows, new Set(offered));
  for (const end of before) settle(stretchTo(end));
  const pieces = new Map<string, { after: number; prev: string; entries: object[]; sig: string }>();
  let left = room;
  for (const end of after) {
    const stretch = stretchTo(end);
    const first = stretch.findIndex(lacks);
    if (first < 0) continue;
    const behind = stretch[0]!.prev;
    const piece = pieces.get(behind);
    const added = piece ? stretch : stretch.slice(first);
    const entries = added.map((row) => complete(row, lacks(row)));
    const size = JSON.stringify(entries).length;
    if (pieces.size > 0 && (size > left || (!piece && pieces.size === most))) break;
    left -= size;
    settle(stretch);
    pieces.delete(behind);
    pieces.set(end.h, {
      ...(piece ?? { after: added[0]!.n - 1, prev: added[0]!.prev }),
      entries: [...(piece?.entries ?? []), ...entries],
      sig: end.sig,
    });
  }
  return [...pieces.values()];
}

/** The signed entries, oldest first: those that were offered, and the others. */
function endsOf(
  rows: readonly EvidenceRow[],
  offered: ReadonlySet<string>,
): [before: EvidenceRow[], after: EvidenceRow[]] {
  const ends = rows.filter((row) => row.sig !== '').sort((a, b) => a.n - b.n || a.recv - b.recv);
  return [ends.filter((end) => offered.has(end.sig)), ends.filter((end) => !offered.has(end.sig))];
}

/** From an entry back to where an earlier walk went, or to where the links end: that stretch, oldest first. */
function walking(rows: readonly EvidenceRow[]): (end: EvidenceRow) => EvidenceRow[] {
  const byHash = new Map(rows.map((row) => [row.h, row]));
  return (end) => {
    const stretch: EvidenceRow[] = [];
    for (let row = byHash.get(end.h); row; row = byHash.get(row.prev)) {
      byHash.delete(row.h);
      stretch.push(row);
    }
    return stretch.reverse();
  };
}

/** An entry written out whole; where the server has the body, its hash is link enough. */
function complete(row: EvidenceRow, withBody: boolean): object {
  const { op, actor, writer, ws, recv, epar, why, st, body, body_b64, bh } = row;
  const content = withBody ? (body === null ? { body_b64 } : { body }) : { bh };
  return { op, actor, writer, ws, recv, epar, ...(st === 'held' ? { why } : {}), ...content };
}

/**
 * Entries the server holds without effect, from the log and from a removed member's own view, and those of the log
 * whose body `decides` about one.
 */
export async function heldOf(
  database: UserDatabase,
  visit: string,
  decides: (body: string | null) => boolean,
): Promise<LogEntry[]> {
  return durably(database, async () => {
    const logged = await database.log
      .where('[visit+n]')
      .between([visit, Dexie.minKey], [visit, Dexie.maxKey])
      .filter((entry) => entry.st === 'held' || decides(entry.body))
      .toArray();
    const known = new Set(logged.map((entry) => entry.op));
    const elsewhere = await database.evidence.where('visit').equals(visit).toArray();
    return [...logged, ...elsewhere.filter((entry) => entry.st === 'held' && !known.has(entry.op))];
  });
}
