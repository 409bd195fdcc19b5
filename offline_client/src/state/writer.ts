// The one way operations come into being: judged by the same closed table as on the server, encoded
// and hashed, stored durably, then folded in. One after the other, so that a close covers every edit
// made before it.
import { holdReason, type Role } from '../domain/acceptance.ts';
import type { Checklist } from '../domain/checklist.ts';
import { BodyError, type Operation } from '../domain/wire.ts';
import { readsBack } from '../store/blobs.ts';
import { isQuotaError } from '../store/database.ts';
import { mint } from '../store/ops.ts';
import type { BlobRow, OpRow } from '../store/rows.ts';
import type { NotSaved, Saved } from './interface.ts';
import { type Edit, mintOp } from './minting.ts';
import { type Partition, sha256 } from './partition.ts';
import type { Projection } from './projection.ts';

export class Unsaved extends Error implements NotSaved {
  override readonly name = 'NotSaved';
  constructor(
    readonly code: NotSaved['code'],
    override readonly cause?: unknown,
  ) {
    super(code);
  }
}

export interface Pinned {
  readonly chk: string;
  readonly checklist: Checklist;
}

export interface WriterContext {
  readonly visit: string;
  /** The checklist in force on this phone, and its name. */
  readonly checklist: () => Pinned;
  readonly partition: Partition;
  readonly projection: Projection;
  /** Null for somebody who has left the delegation. */
  readonly role: () => Role | null;
  /** A unit checks itself: one signature is enough. */
  readonly selfCheck?: () => boolean;
  /** Called after the operations are durable and before the promise settles. */
  readonly written: (rows: readonly OpRow[]) => void;
  /** A write begins; the answer is called when it is durable (true), failed (false), or was refused (null). */
  readonly writing: () => (saved: boolean | null) => void;
}

const REFUSED: ReadonlySet<string> = new Set(['NOT_MEMBER', 'LATE_AFTER_SIGN', 'ROLE', 'DIGEST_MISMATCH']);

/** The photo an edit names. */
function photoOf({ kind, value }: Edit): string[] {
  const sha256 = kind === 'attach' ? (value as { sha256?: unknown } | null)?.sha256 : undefined;
  return typeof sha256 === 'string' ? [sha256] : [];
}

export interface Extras {
  readonly blob?: BlobRow;
  readonly settledDrafts?: readonly string[];
  /** The bytes of a photo that is taken away, if they stand nowhere else. */
  readonly detached?: string;
  /** The checklist a `repin` leads to. */
  readonly target?: Checklist;
}

/** What was stored, one operation per edit, in the order of the edits. */
export interface Minted extends Saved {
  readonly ops: readonly string[];
}

export class Writer {
  readonly #context: WriterContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Writes what `decide` returns; it runs when every earlier write is done. Raises Unsaved. */
  write(decide: () => readonly Edit[] | Promise<readonly Edit[]>, extras: Extras = {}): Promise<Minted> {
    const next = this.#last.catch(() => {}).then(async () => this.#mint(await decide(), extras));
    this.#last = next;
    return next;
  }

  async #mint(edits: readonly Edit[], extras: Extras): Promise<Minted> {
    const { partition, visit } = this.#context;
    const { chk } = this.#context.checklist();
    const author = { user: partition.user.id, device: partition.device, visit, chk };
    const ended = this.#context.writing();
    try {
      const minted = await Promise.all(edits.map((edit) => mintOp(partition.mint, author, edit)));
      for (const { operation } of minted) this.#judge(operation, extras.target);
      const ops = minted.map(({ row }) => row);
      const { target: _, ...given } = extras;
      const stored = { ...given, attached: edits.flatMap(photoOf) };
      const rows = await mint(partition.database, { ops, ...stored }, partition.freshWriter);
      if (extras.blob) await this.#verify(extras.blob);
      ended(true);
      this.#context.written(rows);
      return { op: ops.at(-1)?.op ?? '', ops: ops.map(({ op }) => op) };
    } catch (error) {
      const refused = error instanceof Unsaved || error instanceof BodyError;
      ended(refused ? null : false);
      if (error instanceof Unsaved) throw error;
      if (error instanceof BodyError) throw new Unsaved('bad_value', error);
      throw new Unsaved(isQuotaError(error) ? 'quota' : 'database', error);
    }
  }

  /** Raises Unsaved for what the server would only hold: our own screens must never make that. */
  #judge(operation: Operation, target?: Checklist): void {
    const { visit, partition, projection, role } = this.#context;
    const { chk, checklist } = this.#context.checklist();
    const state = projection.visitState();
    const closes = new Map<string, string>();
    for (const entry of projection.entries)
      if (entry.status === 'acc' && entry.kind === 'close')
        closes.set(entry.op, (entry.value as { digest: string }).digest);
    const reason = holdReason(operation, checklist, {
      visit,
      chk,
      actor: partition.user.id,
      role: role(),
      signed: state.state === 'signed',
      mayReopen: state.state === 'signed' && state.late.length > 0,
      beside: (projection.cells.get(operation.path) ?? []).filter(
        (head) => !operation.parents.includes(head.op),
      ).length,
      selfCheck: this.#context.selfCheck?.() ?? false,
      closes,
      held: projection.held,
      target,
    });
    if (reason !== null) throw new Unsaved(REFUSED.has(reason) ? 'not_allowed' : 'bad_value', reason);
  }

  /** Browsers have lost stored bytes before: read back, and write once more while they are in memory. */
  async #verify(blob: BlobRow): Promise<void> {
    const { database } = this.#context.partition;
    if (await readsBack(database, blob, sha256)) return;
    await database.blobs.put(blob);
    if (!(await readsBack(database, blob, sha256))) throw new Error('photo does not read back');
  }
}
