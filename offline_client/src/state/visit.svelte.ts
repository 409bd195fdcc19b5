// One open visit: verified log + outbox as answers and score, and every way to write. All writing
// goes through #write, one after the other: mint, store durably, fold in, tell the other tabs, wake
// the sync loop. Nothing is shown as saved before the transaction is complete.
import { maySet } from '../domain/acceptance.ts';
import { type Answers, read } from '../domain/answers.ts';
import type { Checklist } from '../domain/checklist.ts';
import { deriveFindings, type Finding } from '../domain/findings.ts';
import type { Cells, Entry, Head } from '../domain/operations.ts';
import { type Score, score } from '../domain/scoring.ts';
import { answersDigest, CLOSING, openHeld, type VisitState } from '../domain/visits.ts';
import { BodyError, type Json } from '../domain/wire.ts';
import { blobOf, readsBack } from '../store/blobs.ts';
import { isQuotaError } from '../store/database.ts';
import { draftsOf, saveDraft } from '../store/drafts.ts';
import { cursorOf, entriesAfter } from '../store/log.ts';
import { mint, outbox } from '../store/ops.ts';
import type { BlobRow } from '../store/rows.ts';
import { closeBlockers, closingView, dateOf, orderAfter, signValue } from './closing.ts';
import { downscale, PhotoError } from './downscale.ts';
import type {
  Authorship,
  HeldOp,
  NotSaved,
  OpenVisit,
  Photo,
  Saved,
  Signature,
  VisitCard,
} from './interface.ts';
import { type Edit, kindOf, mintOp, repairText, repairValue } from './minting.ts';
import { type Partition, sha256 } from './partition.ts';
import { Projection } from './projection.ts';

const DRAFT_MS = 500;

export class Unsaved extends Error implements NotSaved {
  override readonly name = 'NotSaved';
  constructor(
    readonly code: NotSaved['code'],
    override readonly cause?: unknown,
  ) {
    super(code);
  }
}

export interface VisitContext {
  readonly partition: Partition;
  readonly checklist: Checklist;
  readonly chk: string;
  /** The card as it stands now: role, sync numbers, members' names. */
  readonly card: () => VisitCard;
  readonly people: () => ReadonlyMap<string, string>;
  readonly onState: (state: VisitState['state']) => void;
}

export class LiveVisit implements OpenVisit {
  readonly id: string;
  readonly checklist: Checklist;
  readonly #context: VisitContext;
  readonly #projection: Projection;
  readonly #drafts = new Map<string, string>();
  readonly #draftTimers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #urls = new Map<string, string>();
  readonly #stopListening: () => void;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #lastRefresh: Promise<unknown> = Promise.resolve();
  #head = '';

  #entries = $state.raw<readonly Entry[]>([]);
  #visitState = $state.raw<VisitState>(new Projection('').visitState());
  #live = $state.raw<Cells>(new Map());
  #here = $state.raw<ReadonlyMap<string, boolean>>(new Map());
  cells = $state.raw<Cells>(new Map());
  contested = $state.raw<readonly string[]>([]);

  readonly answers: Answers = $derived.by(() => read(this.checklist, this.cells));
  readonly score: Score = $derived.by(() => score(this.checklist, this.answers));
  readonly findings: readonly Finding[] = $derived.by(() =>
    deriveFindings(this.checklist, this.answers, this.score),
  );
  readonly closing = $derived.by(() => closingView(this.#visitState));
  readonly held: readonly HeldOp[] = $derived.by(() => this.#openHeld());
  readonly closeBlockers = $derived.by(() =>
    closeBlockers(this.card.role, this.#visitState, this.contested, this.answers, this.score),
  );

  constructor(id: string, context: VisitContext) {
    this.id = id;
    this.checklist = context.checklist;
    this.#context = context;
    this.#projection = new Projection(context.partition.user.id);
    this.#stopListening = context.partition.bus.listen((change) => {
      if ('visit' in change && change.visit === id) void this.refresh();
    });
  }

  get card(): VisitCard {
    return this.#context.card();
  }
  get sync() {
    return this.card.sync;
  }
  get people(): ReadonlyMap<string, string> {
    return this.#context.people();
  }
  get me() {
    const { user } = this.#context.partition;
    return { id: user.id, name: user.name, role: this.card.role };
  }
  get state(): VisitState['state'] {
    return this.#visitState.state;
  }
  get mayEdit(): boolean {
    return !this.card.gone && (this.state === 'planned' || this.state === 'open');
  }
  get mayResolve(): boolean {
    return this.mayEdit && this.card.role === 'lead';
  }

  /** Opens the visit from the store, with the drafts of an interrupted edit. */
  async load(): Promise<void> {
    const { database } = this.#context.partition;
    for (const draft of await draftsOf(database, this.id)) this.#drafts.set(draft.path, draft.text);
    await this.refresh();
  }

  /** Takes in what the store has and memory has not; one at a time. */
  refresh(): Promise<void> {
    const next = this.#lastRefresh.catch(() => {}).then(() => this.#refresh());
    this.#lastRefresh = next;
    return next;
  }

  async #refresh(): Promise<void> {
    const { database } = this.#context.partition;
    const { cursor } = this.#projection;
    let rows = await entriesAfter(database, this.id, Math.max(0, cursor - 1));
    // The last entry folded in must still be there: after a dropped log everything starts again.
    if (cursor > 0 && rows[0]?.h !== this.#head) {
      this.#projection.reset();
      rows = await entriesAfter(database, this.id, 0);
    }
    this.#projection.update(rows, await outbox(database, this.id));
    this.#head = rows.at(-1)?.h ?? this.#head;
    this.#publish();
  }

  #publish(): void {
    const state = this.#projection.visitState();
    this.#entries = this.#projection.entries;
    this.#visitState = state;
    this.#live = new Map(this.#projection.cells);
    this.cells = this.#projection.standingCells(state);
    this.contested = state.state === 'signed' ? [] : this.#projection.contested;
    this.#context.onState(state.state);
  }

  // ------------------------------------------------------------------ reading

  heads(path: string): readonly Head[] {
    return (this.cells.get(path) ?? this.#live.get(path) ?? []) as readonly Head[];
  }

  authors(path: string): readonly Authorship[] {
    return this.heads(path).map((head) => ({
      op: head.op,
      actor: head.actor,
      name: this.people.get(head.actor) ?? '',
      value: head.value,
      wall: dateOf(head.wall),
      receivedAt: head.receivedAt === null ? null : new Date(head.receivedAt),
      pending: head.n === null,
      mine: head.actor === this.me.id,
    }));
  }

  photos(ofPath: string): readonly Photo[] {
    const found: Photo[] = [];
    for (const [path, heads] of this.cells as ReadonlyMap<string, readonly Head[]>) {
      if (!path.startsWith('photo/')) continue;
      for (const head of heads) {
        const value = head.value as { of?: string; sha256?: string; taken_at?: string } | null;
        if (value?.of !== ofPath || !value.sha256) continue;
        const uploaded = this.#here.get(value.sha256);
        found.push({
          id: path.slice('photo/'.length),
          of: ofPath,
          sha256: value.sha256,
          takenAt: dateOf(value.taken_at ?? ''),
          author: head.actor,
          here: uploaded !== undefined,
          sent: uploaded ?? head.n !== null,
        });
      }
    }
    return found.sort((a, b) => (a.takenAt?.getTime() ?? 0) - (b.takenAt?.getTime() ?? 0));
  }

  async photoUrl(sha: string): Promise<string> {
    const known = this.#urls.get(sha);
    if (known) return known;
    const blob = await blobOf(this.#context.partition.database, this.id, sha);
    if (!blob) return `/api/sync/v1/visits/${encodeURIComponent(this.id)}/blobs/${sha}`;
    const url = URL.createObjectURL(new Blob([blob.bytes], { type: blob.mime }));
    this.#urls.set(sha, url);
    return url;
  }

  /** Which photos are on this phone, and whether the server has each. */
  photosHere(photos: ReadonlyMap<string, boolean>): void {
    this.#here = photos;
  }

  #openHeld(): readonly HeldOp[] {
    return openHeld(this.#entries).map((entry) => ({
      op: entry.op,
      path: entry.path,
      why: entry.why,
      actor: entry.actor,
      value: entry.kind === '' ? null : entry.value,
      mine: entry.actor === this.me.id,
    }));
  }

  // ------------------------------------------------------------------ writing

  async edit(path: string, value: Json, seen: readonly string[]): Promise<Saved> {
    this.#require(this.mayEdit);
    const repaired = repairValue(value);
    // The same judgement as the server's, so that nothing this phone writes is held for its form.
    if (path.startsWith('item/') && !maySet(this.checklist, path, repaired)) throw new Unsaved('bad_value');
    return this.#write([{ kind: kindOf(path, repaired), path, value: repaired, parents: seen }], [path]);
  }

  clear(path: string, seen: readonly string[]): Promise<Saved> {
    return this.edit(path, null, seen);
  }

  async resolve(path: string, value: Json, reason: string, seen: readonly string[]): Promise<Saved> {
    this.#require(this.mayResolve && seen.length > 0 && reason.trim() !== '');
    return this.#write(
      [{ kind: 'resolve', path, value: { value, reason: reason.trim() }, parents: seen }],
      [path],
    );
  }

  async addRow(itemKey: string, label: string): Promise<{ row: string }> {
    this.#require(this.mayEdit);
    const row = crypto.randomUUID();
    const base = `item/${itemKey}/row/${row}`;
    const last = this.answers.items.get(itemKey)?.rows.at(-1)?.order;
    await this.#write([
      { kind: 'set', path: `${base}/order`, value: orderAfter(last || undefined), parents: [] },
      { kind: 'set', path: `${base}/label`, value: label.trim(), parents: [] },
    ]);
    return { row };
  }

  async deleteRow(itemKey: string, row: string): Promise<Saved> {
    this.#require(this.mayEdit);
    const prefix = `item/${itemKey}/row/${row}/`;
    const cells = this.cells as ReadonlyMap<string, readonly Head[]>;
    const shown = [...cells].filter(([path]) => path.startsWith(prefix) && path !== `${prefix}deleted`);
    const seen = shown.flatMap(([, heads]) => heads.map((head) => head.op));
    const parents = this.heads(`${prefix}deleted`).map((head) => head.op);
    return this.#write([{ kind: 'set', path: `${prefix}deleted`, value: { seen }, parents }]);
  }

  async attachPhoto(ofPath: string, file: Blob): Promise<{ photo: string } & Saved> {
    this.#require(this.mayEdit);
    let bytes: ArrayBuffer;
    try {
      bytes = await downscale(file);
    } catch (error) {
      throw new Unsaved(error instanceof PhotoError ? error.code : 'not_an_image', error);
    }
    const sha = await sha256(bytes);
    const { size, mime } = { size: bytes.byteLength, mime: 'image/jpeg' };
    const photo = crypto.randomUUID();
    const blob: BlobRow = { visit: this.id, sha256: sha, mime, size, bytes };
    const taken_at = this.#context.partition.mint.moment().wall;
    const value = { of: ofPath, sha256: sha, size, mime, taken_at };
    const saved = await this.#write(
      [{ kind: 'attach', path: `photo/${photo}`, value, parents: [] }],
      [],
      blob,
    );
    return { photo, ...saved };
  }

  async detachPhoto(photo: string): Promise<Saved> {
    const path = `photo/${photo}`;
    const parents = this.heads(path).map((head) => head.op);
    this.#require(this.mayEdit && parents.length > 0);
    return this.#write([{ kind: 'detach', path, value: null, parents }]);
  }

  async addNote(text: string, ofPath?: string): Promise<Saved> {
    this.#require(this.mayEdit && text.trim() !== '');
    const value = { text: text.trim(), ...(ofPath === undefined ? {} : { of: ofPath }) };
    return this.#write([{ kind: 'set', path: `note/${crypto.randomUUID()}`, value, parents: [] }]);
  }

  async markDone(sectionKey: string, done: boolean): Promise<Saved> {
    const path = `done/${sectionKey}`;
    return this.edit(
      path,
      done ? true : null,
      this.heads(path).map((head) => head.op),
    );
  }

  close(options: { readonly unansweredReason?: string } = {}): Promise<Saved> {
    const reason = repairText(options.unansweredReason ?? '').trim();
    return this.#serially(async () => {
      await this.refresh();
      const hard = this.closeBlockers.filter((blocker) => blocker.code !== 'unanswered' || reason === '');
      this.#require(!this.card.gone && hard.length === 0);
      return this.#mintAll([await this.#closeEdit(reason)]);
    });
  }

  async #closeEdit(reason: string): Promise<Edit> {
    const { n, h } = await cursorOf(this.#context.partition.database, this.id);
    const digest = await answersDigest(this.#live, (bytes) => sha256(Uint8Array.from(bytes)));
    const own = this.#projection.waiting.map((entry) => entry.op);
    const value = { n, h, own, digest, ...(reason === '' ? {} : { unanswered_reason: reason }) };
    return { kind: 'close', path: CLOSING, value, parents: this.#closingHeads() };
  }

  async reopen(reason: string): Promise<Saved> {
    const { closing } = this;
    this.#require(closing !== null && !this.card.gone && this.card.role === 'lead' && reason.trim() !== '');
    const value = { reason: reason.trim() };
    return this.#write([{ kind: 'reopen', path: CLOSING, value, parents: this.#closingHeads() }]);
  }

  async sign(party: 'lead' | 'unit', signature: Signature): Promise<Saved> {
    const { closing } = this;
    if (!closing || this.state !== 'closed' || this.card.role !== 'lead') throw new Unsaved('not_allowed');
    const path = `sign/${party}`;
    const parents = (this.#live.get(path) ?? []).map((head) => head.op);
    return this.#write([{ kind: 'sign', path, value: signValue(closing, party, signature), parents }]);
  }

  #closingHeads(): string[] {
    return (this.#live.get(CLOSING) ?? []).map((head) => head.op);
  }

  #require(allowed: boolean): void {
    if (!allowed) throw new Unsaved('not_allowed');
  }

  #write(edits: readonly Edit[], settledDrafts: readonly string[] = [], blob?: BlobRow): Promise<Saved> {
    return this.#serially(() => this.#mintAll(edits, settledDrafts, blob));
  }

  /** Writing happens one after the other, so that a close covers every edit made before it. */
  #serially(write: () => Promise<Saved>): Promise<Saved> {
    const next = this.#lastWrite.catch(() => {}).then(write);
    this.#lastWrite = next;
    return next;
  }

  async #mintAll(
    edits: readonly Edit[],
    settledDrafts: readonly string[] = [],
    blob?: BlobRow,
  ): Promise<Saved> {
    const { partition, chk } = this.#context;
    const author = { user: partition.user.id, device: partition.device, visit: this.id, chk };
    try {
      const minted = await Promise.all(edits.map((edit) => mintOp(partition.mint, author, edit)));
      const ops = minted.map(({ row }) => row);
      const minting = { ops, settledDrafts, ...(blob ? { blob } : {}) };
      const rows = await mint(partition.database, minting, partition.freshWriter);
      if (blob) await this.#verify(blob);
      for (const path of settledDrafts) this.#forgetDraft(path);
      for (const row of rows) this.#projection.add(row);
      this.#publish();
      partition.bus.post({ visit: this.id });
      partition.loop.poke();
      return { op: ops.at(-1)?.op ?? '' };
    } catch (error) {
      if (error instanceof BodyError) throw new Unsaved('bad_value', error);
      throw new Unsaved(isQuotaError(error) ? 'quota' : 'database', error);
    }
  }

  /** Browsers have lost stored bytes before: read back, and write once more while they are in memory. */
  async #verify(blob: BlobRow): Promise<void> {
    const { database } = this.#context.partition;
    if (await readsBack(database, blob, sha256)) return;
    await database.blobs.put(blob);
    if (!(await readsBack(database, blob, sha256))) throw new Error('photo does not read back');
  }

  // ------------------------------------------------------------------ drafts

  draft(path: string, text: string): void {
    this.#drafts.set(path, text);
    clearTimeout(this.#draftTimers.get(path));
    this.#draftTimers.set(
      path,
      setTimeout(() => void this.#storeDraft(path), DRAFT_MS),
    );
  }

  draftOf(path: string): string | undefined {
    return this.#drafts.get(path) || undefined;
  }

  async #storeDraft(path: string): Promise<void> {
    this.#draftTimers.delete(path);
    const text = this.#drafts.get(path) ?? '';
    await saveDraft(this.#context.partition.database, { visit: this.id, path, text });
  }

  #forgetDraft(path: string): void {
    clearTimeout(this.#draftTimers.get(path));
    this.#draftTimers.delete(path);
    this.#drafts.delete(path);
  }

  leave(): void {
    this.#stopListening();
    for (const path of [...this.#draftTimers.keys()]) {
      clearTimeout(this.#draftTimers.get(path));
      void this.#storeDraft(path);
    }
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#context.partition.loop.follow(null);
  }
}
