// Own operations: minted once, kept for ever, sent under a writer slot (writer, ws).
//
//   outbox = own operations − operations seen in the chain-verified log
//
// An acknowledgement never removes anything from the outbox; only the log does (see log.ts).
import { durably, type UserDatabase } from './database.ts';
import { type BlobRow, type OpRow, owedAgain } from './rows.ts';

/** An operation encoded and hashed by the caller, before any transaction. */
export interface MintedOp {
  readonly op: string;
  readonly visit: string;
  readonly body: string;
  readonly bh: string;
}

export interface Slot {
  readonly writer: string;
  /** The last `ws` given in this visit. */
  readonly ws: number;
}

interface Minting {
  readonly ops: readonly MintedOp[];
  readonly blob?: BlobRow;
  /** A photo these operations take away: if the server had refused it, nothing is owed any more. */
  readonly detached?: string;
  /** Photos these operations name: what the server had refused of them is sent again. */
  readonly attached?: readonly string[];
  /** Drafts that these operations make obsolete. */
  readonly settledDrafts?: readonly string[];
}

const slotKey = (visit: string) => `slot/${visit}`;
const SEQ = 'seq';

/**
 * Stores operations of one visit (and the photo they name) in one durable transaction and gives each
 * its slot. `freshWriter` is used for the first operation of a visit: a random id made by the caller.
 * All reads go out together, then all writes: a person waits for this before an answer counts as saved.
 */
export async function mint(database: UserDatabase, minting: Minting, freshWriter: string): Promise<OpRow[]> {
  const { ops, meta, blobs, uploads, drafts } = database;
  const visit = minting.ops[0]?.visit ?? '';
  const ids = minting.ops.map((minted) => minted.op);
  const { blob, detached, attached = [], settledDrafts = [] } = minting;
  return durably(database, () =>
    database.transaction('rw', [ops, meta, blobs, uploads, drafts], async () => {
      const [known, [seqRow, slotRow], blobKey] = await Promise.all([
        ops.bulkGet(ids),
        meta.bulkGet([SEQ, slotKey(visit)]),
        blob ? blobs.where(':id').equals([blob.visit, blob.sha256]).primaryKeys() : [],
      ]);
      let seq = (seqRow?.value as number | undefined) ?? 0;
      let slot = (slotRow?.value as Slot | undefined) ?? { writer: freshWriter, ws: 0 };
      const fresh: OpRow[] = [];
      const rows = minting.ops.map((minted, index) => {
        // The transaction may have completed although its connection broke before it could say so.
        const before = known[index];
        if (before) return before;
        seq += 1;
        slot = { writer: slot.writer, ws: slot.ws + 1 };
        const row: OpRow = { ...minted, seq, ...slot, seen: 0 };
        fresh.push(row);
        return row;
      });
      const writes: PromiseLike<unknown>[] = [
        ops.bulkAdd(fresh),
        meta.bulkPut([
          { key: SEQ, value: seq },
          { key: slotKey(visit), value: slot },
        ]),
        drafts.bulkDelete(settledDrafts.map((path): [string, string] => [visit, path])),
      ];
      if (blob && blobKey.length === 0) {
        const { sha256, size } = blob;
        writes.push(blobs.add(blob));
        writes.push(uploads.put({ visit: blob.visit, sha256, size, url: null, present: 0, refused: null }));
      }
      for (const sha256 of attached)
        writes.push(
          uploads
            .where(':id')
            .equals([visit, sha256])
            .modify((row, found) => {
              if (row.refused !== null) found.value = owedAgain(row);
            }),
        );
      if (detached !== undefined)
        writes.push(
          uploads
            .where(':id')
            .equals([visit, detached])
            .modify((row, found) => {
              if (row.refused !== null) found.value = { ...row, givenUp: 1 };
            }),
        );
      await Promise.all(writes);
      return rows;
    }),
  );
}

/** Own operations of a visit that the log does not show yet, in sending order. */
export async function outbox(database: UserDatabase, visit: string): Promise<OpRow[]> {
  const rows = await durably(database, () => database.ops.where('[visit+seen]').equals([visit, 0]).toArray());
  return inSendingOrder(rows);
}

/** Every own operation of a visit, in order of minting. */
export async function ownOps(database: UserDatabase, visit: string): Promise<OpRow[]> {
  const rows = await durably(database, () =>
    database.ops.where('[visit+seen]').between([visit, 0], [visit, 1], true, true).toArray(),
  );
  return rows.sort((a, b) => a.seq - b.seq);
}

/** Own operations still held from slot `expect` of `writer` on, without a hole; empty if it is lost. */
export async function opsFrom(
  database: UserDatabase,
  visit: string,
  writer: string,
  expect: number,
): Promise<OpRow[]> {
  const rows = (await ownOps(database, visit)).filter((row) => row.writer === writer && row.ws >= expect);
  const sorted = inSendingOrder(rows);
  return sorted.every((row, index) => row.ws === expect + index) ? sorted : [];
}

/**
 * Gives every operation of the outbox a slot of a new writer, from 1: the old writer has a twin
 * (a cloned or rewound database) or lost an operation. Ids and bytes stay.
 */
export async function rewrap(database: UserDatabase, visit: string, freshWriter: string): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.ops, database.meta], async () => {
      const waiting = await database.ops.where('[visit+seen]').equals([visit, 0]).toArray();
      waiting.sort((a, b) => a.seq - b.seq);
      const rows = waiting.map((row, index) => ({ ...row, writer: freshWriter, ws: index + 1 }));
      await database.ops.bulkPut(rows);
      await database.meta.put({ key: slotKey(visit), value: { writer: freshWriter, ws: rows.length } });
    }),
  );
}

/**
 * Replaces an operation whose id the server already knows with other bytes. The row keeps its place in the order and
 * its slot; a server that has used the number up answers `forked`, and everything that waits is re-wrapped.
 */
export async function replaceReused(database: UserDatabase, old: string, minted: MintedOp): Promise<void> {
  await durably(database, () =>
    database.transaction('rw', [database.ops], async () => {
      const row = await database.ops.get(old);
      if (!row) return;
      await database.ops.delete(old);
      await database.ops.put({ ...row, op: minted.op, body: minted.body, bh: minted.bh, seen: 0 });
    }),
  );
}

export async function slotOf(database: UserDatabase, visit: string): Promise<Slot | null> {
  const row = await durably(database, () => database.meta.get(slotKey(visit)));
  return (row?.value as Slot | undefined) ?? null;
}

/** How many operations wait in the whole partition, without reading them. */
export async function waitingCount(database: UserDatabase): Promise<number> {
  return durably(database, () => database.ops.filter((row) => row.seen === 0).count());
}

function inSendingOrder(rows: OpRow[]): OpRow[] {
  // After a fork is repaired, operations of the old writer that still wait were re-wrapped as well,
  // so an outbox normally has one writer; `seq` decides between writers all the same.
  const first = new Map<string, number>();
  for (const row of rows) first.set(row.writer, Math.min(row.seq, first.get(row.writer) ?? row.seq));
  return rows.sort((a, b) =>
    a.writer === b.writer ? a.ws - b.ws : (first.get(a.writer) ?? 0) - (first.get(b.writer) ?? 0),
  );
}

/** How many own operations of a visit exist, and how many of them the verified log shows. */
export async function counts(
  database: UserDatabase,
  visit: string,
): Promise<{ total: number; seen: number }> {
  const waiting = () => database.ops.where('[visit+seen]').equals([visit, 0]).count();
  const seen = () => database.ops.where('[visit+seen]').equals([visit, 1]).count();
  return durably(database, () =>
    database.transaction('r', [database.ops], async () => {
      const there = await seen();
      return { total: there + (await waiting()), seen: there };
    }),
  );
}
