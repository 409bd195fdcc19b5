// One open visit: verified log + outbox as answers and score, and every way to write (through
// writer.ts). Nothing is shown as saved before its transaction is complete.
import { mayAdopt, type Role } from '../domain/acceptance.ts';
import type { Answers } from '../domain/answers.ts';
import type { Checklist } from '../domain/checklist.ts';
import { deriveFindings, type Finding } from '../domain/findings.ts';
import { type Cells, type Head, isAnswer } from '../domain/operations.ts';
import { CHECKLIST, mapByKey, REPIN } from '../domain/repinning.ts';
import { Rescorer } from '../domain/rescoring.ts';
import type { Score } from '../domain/scoring.ts';
import { START, type Start, startOf, startValue } from '../domain/starting.ts';
import { answersDigest, CLOSING, counters, isConfirmed, type VisitState } from '../domain/visits.ts';
import type { Json } from '../domain/wire.ts';
import { earlierOf, type LastTime } from '../store/earlier.ts';
import { newsAfter } from '../store/log.ts';
import { START as EMPTY } from '../store/rows.ts';
import { lastBeacon } from '../store/sealed.ts';
import { inBackground } from './background.ts';
import { closeBlockers, closeReasons, closingsOf, lackingEvidence, signValue, unexcused } from './closing.ts';
import { Drafts } from './drafts.ts';
import {
  attachEdit,
  commentEdit,
  deletionEdit,
  drawEdits,
  noteEdit,
  opsOf,
  plainEdit,
  reasonedEdit,
  rowsEdits,
  unfreezeEdit,
} from './edits.ts';
import { heldOps, historyOf, type ShownEntry } from './history.ts';
import type {
  Authorship,
  CellEdit,
  CellHistory,
  CloseReasons,
  Draw,
  HeldOp,
  OpenVisit,
  Photo,
  PhotoOrigin,
  Saved,
  Signature,
  VisitCard,
  VisitProgress,
} from './interface.ts';
import type { Edit } from './minting.ts';
import { type Partition, sha256 } from './partition.ts';
import { evidenceOf, idsOf, PhotoUrls, photosOf, toldOf } from './photos.ts';
import { Projection } from './projection.ts';
import { type Move, moveOf } from './repinning.ts';
import {
  askSurroundings,
  missingPhotos,
  type Surroundings,
  serverTime,
  silentDevices,
  storedSurroundings,
  takenBy,
} from './surroundings.ts';
import { LiveTeam } from './team.svelte.ts';
import {
  addedRows,
  lastStanding,
  noted,
  replacedBy,
  takenBack,
  type Undoable,
  undoEdits,
} from './undoing.ts';
import { dateOf, wallClock } from './wall.ts';
import { type Extras, type Minted, type Pinned, Unsaved, Writer } from './writer.ts';

export interface VisitContext {
  readonly partition: Partition;
  /** The checklist the list of visits names. */
  readonly pinned: Pinned;
  /** A checklist that is on this phone, else null. */
  readonly checklistOf: (chk: string) => Promise<Checklist | null>;
  /** The newest version of the same checklist, if the visit does not have it. */
  readonly newer: () => string | null;
  /** The card as it stands now: role, sync numbers. */
  readonly card: () => VisitCard;
  readonly people: () => ReadonlyMap<string, string>;
  readonly onState: (state: VisitState['state'], n: number) => void;
  readonly onProgress: (progress: VisitProgress) => void;
  /** Whether a photo leaves room for text, as the browser tells it now. */
  readonly mayTakePhoto: () => Promise<boolean>;
  /** One more half-written text is in the phone's store, or one less. */
  readonly onDrafts: () => void;
  readonly writing: () => (saved: boolean | null) => void;
  readonly onLeave: (visit: LiveVisit) => void;
}

const PROGRESS_MS = 1_000;
const hashOf = (bytes: Uint8Array) => sha256(Uint8Array.from(bytes));

export class LiveVisit implements OpenVisit {
  readonly id: string;
  readonly #context: VisitContext;
  readonly #projection: Projection;
  readonly #writer: Writer;
  readonly #drafts: Drafts;
  #left = false;
  readonly #urls: PhotoUrls;
  readonly team: LiveTeam;
  readonly #stopListening: () => void;
  #refreshing: Promise<void> = Promise.resolve();
  #editing: Promise<unknown> = Promise.resolve();
  #head = '';
  #progressTimer: ReturnType<typeof setTimeout> | undefined;

  #entries = $state.raw<readonly ShownEntry[]>([]);
  #visitState = $state.raw<VisitState>(new Projection('').visitState());
  /** The fold of everything accepted; `cells` is the frozen set once signed. */
  #live = $state.raw<Cells>(new Map());
  #photosHere = $state.raw<ReadonlyMap<string, boolean>>(new Map());
  savedAt = $state.raw<Date | null>(null);
  discarded = $state(false);
  lastTime = $state.raw<ReadonlyMap<string, LastTime>>(new Map());
  cells = $state.raw<Cells>(new Map());
  contested = $state.raw<readonly string[]>([]);
  confirmed = $state.raw(true);
  #pinned: Pinned = $state.raw() as Pinned;
  #newer = $state.raw<Pinned | null>(null);
  #steps = $state.raw<readonly Undoable[]>([]);
  #surroundings = $state.raw<Surroundings | null>(null);

  readonly start: Start | null = $derived.by(() => startOf(this.#entries));

  readonly #rescorer = $derived.by(() => new Rescorer(this.checklist));
  readonly #scored = $derived.by(() => this.#rescorer.update(this.cells));
  readonly answers: Answers = $derived.by(() => this.#scored.answers);
  readonly score: Score = $derived.by(() => this.#scored.score);
  readonly findings: readonly Finding[] = $derived.by(() =>
    deriveFindings(this.checklist, this.answers, this.score),
  );
  readonly #photos = $derived.by(() => photosOf(this.cells, this.#photosHere));
  readonly #closings = $derived.by(() => closingsOf(this.#visitState));
  readonly #heldOps: readonly HeldOp[] = $derived.by(() => this.#heldKnown());
  readonly held = $derived.by(() => this.#heldOps.filter((each) => each.decision === null));
  readonly handled = $derived.by(() => this.#heldOps.filter((each) => each.decision !== null));
  readonly closeBlockers = $derived.by(() =>
    closeBlockers(this.card.role, this.#visitState, this.contested, this.answers, this.score, {
      lacking: lackingEvidence(this.checklist, this.answers, this.score),
      held: this.held.length,
      photos: missingPhotos(this.cells, takenBy(this.#entries), this.#photosHere, this.#surroundings),
      silent: this.#silent(),
    }),
  );

  constructor(id: string, context: VisitContext) {
    const { partition, pinned } = context;
    this.id = id;
    this.#pinned = pinned;
    this.#context = context;
    this.#projection = new Projection(partition.user.id);
    this.#drafts = new Drafts(partition.database, id, context.onDrafts);
    this.#urls = new PhotoUrls(partition.database, id);
    this.team = new LiveTeam({
      database: partition.database,
      visit: id,
      me: partition.user.id,
      card: () => this.card,
      people: () => this.people,
      checklist: () => this.checklist,
      repins: () => this.#projection.repins,
      entries: () => this.#entries,
      live: () => this.#live,
      standing: () => this.cells,
      state: () => this.state,
      write: (edits, may, draft) => this.#ofTeam(edits, may, draft),
    });
    this.#writer = new Writer({
      visit: id,
      checklist: () => this.#pinned,
      partition,
      projection: this.#projection,
      role: () => (this.card.gone || this.card.role === 'observer' ? null : (this.card.role as Role)),
      selfCheck: () => this.card.selfCheck,
      written: (rows) => {
        for (const row of rows) this.#projection.add(row);
        this.savedAt = new Date();
        this.#publish();
        partition.bus.post({ visit: id });
        partition.loop.poke();
      },
      writing: context.writing,
    });
    this.#stopListening = partition.bus.listen((change) => {
      if (!('visit' in change) || change.visit !== id) return;
      if (change.discarded) void this.#drafts.discarded().then(() => (this.discarded = true));
      inBackground(
        () => this.refresh(change.uncovered),
        () => this.#left,
      );
    });
  }

  get checklist(): Checklist {
    return this.#pinned.checklist;
  }
  get chk(): string {
    return this.#pinned.chk;
  }
  get move(): Move | null {
    if (!this.#newer || !this.mayResolve) return null;
    return moveOf(this.#pinned.checklist, this.#newer.checklist, this.answers);
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
  get closing() {
    return this.#closings.closing;
  }
  get earlier() {
    return this.#closings.earlier;
  }
  get mayEdit(): boolean {
    const { gone, role } = this.card;
    if (gone || role === 'observer' || this.needsStart) return false;
    return this.state === 'planned' || this.state === 'open';
  }
  get needsStart(): boolean {
    const { gone, role, surprise } = this.card;
    return !gone && role === 'lead' && surprise !== null && this.start === null;
  }
  get mayResolve(): boolean {
    return this.mayEdit && this.card.role === 'lead';
  }

  /** Opens the visit from the store, with the drafts of an interrupted edit. */
  async load(): Promise<void> {
    await this.#drafts.load();
    await this.team.load();
    this.#surroundings = await storedSurroundings(this.#context.partition.database, this.id);
    await this.readLastTime();
    await this.refresh();
  }

  /** What the server told of the unit's last visit, which may come while this one is open. */
  async readLastTime(): Promise<void> {
    const told = await earlierOf(this.#context.partition.database, this.id);
    this.lastTime = new Map(Object.entries(told?.items ?? {}));
  }

  /** Takes in what the store has and memory has not, one at a time; `uncovered`: entries have bodies that had none. */
  refresh(uncovered?: boolean): Promise<void> {
    this.#refreshing = this.#refreshing
      .catch(() => {})
      .then(() => {
        if (uncovered) this.#projection.reset();
        return this.#refresh();
      });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { database } = this.#context.partition;
    const projection = this.#projection;
    for (;;) {
      const { writes } = projection;
      const { rows, outbox } = await newsAfter(database, this.id, Math.max(0, projection.cursor - 1));
      // Something was written while the store was read: that reading does not know it yet.
      if (projection.writes !== writes) continue;
      // The last entry folded in must still be there: after a dropped log everything starts again.
      if (projection.cursor > 0 && rows[0]?.h !== this.#head) {
        projection.reset();
        continue;
      }
      projection.update(rows, outbox);
      this.#head = rows.at(-1)?.h ?? '';
      await this.#follow();
      return this.#publish();
    }
  }

  /** The log may have moved the visit to another checklist: it is shown as soon as that is on this phone. */
  async #follow(): Promise<void> {
    const { checklistOf, newer, pinned } = this.#context;
    const inForce = this.#projection.repins.last ?? pinned.chk;
    if (inForce !== this.#pinned.chk) {
      const checklist = await checklistOf(inForce);
      if (checklist) this.#pinned = { chk: inForce, checklist };
    }
    const listed = newer();
    const chk = listed === null || this.#projection.repins.knows(listed) ? null : listed;
    if (chk === (this.#newer?.chk ?? null)) return;
    const checklist = chk === null ? null : await checklistOf(chk);
    this.#newer = chk !== null && checklist ? { chk, checklist } : null;
  }

  #publish(): void {
    const state = this.#projection.visitState();
    this.#entries = this.#projection.entries;
    this.#visitState = state;
    this.#live = new Map(this.#projection.cells);
    this.cells = this.#projection.standingCells(state);
    this.contested = state.state === 'signed' ? [] : this.#projection.contested;
    void this.#confirm(state);
    this.#context.onState(state.state, this.#projection.cursor);
    this.#progressTimer ??= setTimeout(() => this.#tellProgress(), PROGRESS_MS);
  }

  /** A hash takes a moment, and by then the visit may be in another state. */
  async #confirm(state: VisitState): Promise<void> {
    const confirmed = await isConfirmed(this.#projection.entries, state, hashOf);
    if (state === this.#visitState) this.confirmed = confirmed;
  }

  // ------------------------------------------------------------------ reading

  heads(path: string): readonly Head[] {
    return (isAnswer(path) ? this.cells : this.#live).get(path) ?? [];
  }

  authors(path: string): readonly Authorship[] {
    return this.heads(path).map((head) => ({
      op: head.op,
      actor: head.actor,
      name: this.people.get(head.actor) ?? '',
      value: head.value,
      adoptedBy: head.adoptedBy === null ? '' : (this.people.get(head.adoptedBy) ?? head.adoptedBy),
      wall: dateOf(head.wall),
      receivedAt: head.receivedAt === null ? null : new Date(head.receivedAt),
      pending: head.n === null,
      mine: head.actor === this.me.id,
    }));
  }

  photos(ofPath: string): readonly Photo[] {
    return this.#photos.get(ofPath) ?? [];
  }

  photoUrl(sha: string, whole: boolean): Promise<string> {
    return this.#urls.of(sha, whole);
  }

  photosWith(sha: string): readonly string[] {
    return idsOf(this.#live, sha);
  }

  /** Which photos are on this phone, and whether the server has each. */
  photosHere(photos: ReadonlyMap<string, boolean>): void {
    this.#photosHere = photos;
  }

  history(under: string): readonly CellHistory[] {
    return historyOf(under, this.#entries, this.#projection.repins, this.me.id);
  }

  /** Those of the log; who has left the delegation has no log any more, only the proof of his own. */
  #heldKnown(): readonly HeldOp[] {
    const fits = (path: string, value: Json) => mayAdopt(this.checklist, path, value);
    const logged = heldOps(this.#entries, this.me.id, fits, this.#projection.repins);
    const known = new Set(logged.map((each) => each.op));
    return [...logged, ...this.sync.held.filter((each) => !known.has(each.op))];
  }

  #ops(path: string): string[] {
    return opsOf(this.#live, path);
  }

  // ------------------------------------------------------------------ writing

  edit(path: string, value: Json, seen: readonly string[]): Promise<Saved> {
    return this.editAll([{ path, value, seen }]);
  }

  editAll(edits: readonly CellEdit[]): Promise<Saved> {
    return this.#inTurn(this.#editAll(edits));
  }

  /** An undo waits for what was begun before it. */
  #inTurn<T>(work: Promise<T>): Promise<T> {
    this.#editing = work.catch(() => {});
    return work;
  }

  async #editAll(edits: readonly CellEdit[]): Promise<Saved> {
    const before = edits.map(({ path, seen }) => ({
      path,
      before: replacedBy(this.heads(path), seen),
      replaced: seen[0],
    }));
    const saved = await this.#set(edits.map(({ path, value, seen }) => plainEdit(path, value, seen)));
    const cells = before.map((each, index) => ({ ...each, op: saved.ops[index] ?? '' }));
    const { path = '' } = cells[0] ?? {};
    if (path.startsWith('item/')) this.#steps = noted(this.#steps, { path, cells, rows: [] });
    return saved;
  }

  async #set(edits: readonly Edit[]): Promise<Minted> {
    const paths = edits.map(({ path }) => path);
    const may = () => this.mayEdit && edits.length > 0;
    return this.#settling(paths, (settled) => this.#when(may, edits, settled));
  }

  /** What was typed under these paths becomes operations, and is no draft any more in the same moment. */
  async #settling<Result>(
    paths: readonly string[],
    write: (settled: Extras) => Promise<Result>,
  ): Promise<Result> {
    this.#drafts.hold(paths);
    try {
      const saved = await write({ settledDrafts: paths });
      for (const path of paths) this.#drafts.forget(path);
      return saved;
    } catch (error) {
      this.#drafts.release(paths);
      throw error;
    }
  }

  get undoable(): Undoable | null {
    return this.mayEdit ? lastStanding(this.#steps, this.cells) : null;
  }

  undo(): Promise<Undoable | null> {
    return this.#inTurn(this.#undo(this.#editing)); // the tap on "undo" itself left a field, which is being saved
  }

  async #undo(before: Promise<unknown>): Promise<Undoable | null> {
    await before;
    const step = this.undoable;
    if (!step) return null;
    const edits = undoEdits(step, this.cells);
    const { ops } = await this.#set(edits);
    const by = new Map(edits.map(({ path }, index) => [path, ops[index] ?? '']));
    this.#steps = takenBack(this.#steps, step, by);
    return step;
  }

  clear(path: string, seen: readonly string[]): Promise<Saved> {
    return this.edit(path, null, seen);
  }

  resolve(path: string, value: Json, reason: string, seen: readonly string[]): Promise<Saved> {
    return this.#when(() => this.mayResolve, [reasonedEdit('resolve', path, reason, seen, { value })]);
  }

  adopt(held: string, reason: string, seen: readonly string[]): Promise<Saved> {
    const { path = '', author = '', value = null } = this.#projection.held.get(held) ?? {};
    const carried = { of: held, author, value };
    const may = () => this.mayResolve && path !== '';
    return this.#when(may, [reasonedEdit('adopt', path, reason, seen, carried)]);
  }

  dismiss(held: string, reason: string): Promise<Saved> {
    const path = `held/${held}`;
    return this.#when(
      () => this.#projection.held.has(held),
      [reasonedEdit('dismiss', path, reason, this.#ops(path))],
    );
  }

  async addRows(itemKey: string, labels: readonly string[]): Promise<{ rows: readonly string[] }> {
    const fresh = labels.map((label) => ({ uuid: crypto.randomUUID(), label }));
    const last = this.answers.items.get(itemKey)?.rows.at(-1)?.order;
    const edits = rowsEdits(this.cells, itemKey, fresh, last);
    const { ops } = await this.#when(() => this.mayEdit && fresh.length > 0, edits);
    const path = `item/${itemKey}`;
    const cells = edits.flatMap((edit, index) =>
      edit.path === path ? [{ op: ops[index] ?? '', path, before: 'none', replaced: edit.parents[0] }] : [],
    );
    this.#steps = noted(this.#steps, { path, cells, rows: addedRows(itemKey, edits, ops) });
    return { rows: fresh.map(({ uuid }) => uuid) };
  }

  async drawRows(itemKey: string, draw: Draw, seen: readonly string[]): Promise<Saved> {
    const path = `item/${itemKey}/sample`;
    const standing = new Set(this.answers.items.get(itemKey)?.rows.map((row) => row.uuid));
    const edits = drawEdits(this.#live, itemKey, draw, standing, seen);
    const may = () => this.mayEdit && edits.length > 0;
    return this.#settling([path], (settled) => this.#when(may, edits, settled));
  }

  async deleteRow(itemKey: string, row: string): Promise<Saved> {
    const edit = deletionEdit(this.cells, itemKey, row);
    const saved = await this.#when(() => this.mayEdit, [edit]);
    const { path } = edit;
    const cells = [{ op: saved.op, path, before: null, replaced: undefined }];
    this.#steps = noted(this.#steps, { path, cells, rows: [] });
    return saved;
  }

  async attachPhoto(
    ofPath: string,
    file: Blob,
    origin: PhotoOrigin = { from: 'camera', place: Promise.resolve(null) },
  ): Promise<{ photo: string } & Saved> {
    if (!(await this.#context.mayTakePhoto())) throw new Unsaved('no_room');
    const at = origin.from === 'camera' ? origin.at : undefined;
    const wall = at ? wallClock(at) : this.#context.partition.mint.moment().wall;
    const [blob, told] = await Promise.all([evidenceOf(this.id, file, origin), toldOf(file, origin, wall)]);
    const photo = crypto.randomUUID();
    const edit = attachEdit(photo, ofPath, blob, told);
    return { photo, ...(await this.#when(() => this.mayEdit, [edit], { blob })) };
  }

  async detachPhoto(photo: string): Promise<Saved> {
    const path = `photo/${photo}`;
    const before = this.#live.get(path)?.[0]?.value ?? null;
    const { of, sha256: sha } = (before ?? {}) as { of?: string; sha256?: string };
    const last = sha !== undefined && idsOf(this.#live, sha).every((id) => id === photo);
    const edit = plainEdit(path, null, this.#ops(path));
    const saved = await this.#when(() => this.mayEdit, [edit], last ? { detached: sha } : {});
    const cells = [{ op: saved.op, path, before, replaced: edit.parents[0] }];
    this.#steps = noted(this.#steps, { path: of ?? path, cells, rows: [] });
    return saved;
  }

  async tellOfPhoto(sha: string, text: string): Promise<void> {
    const [id] = idsOf(this.#live, sha);
    const value = this.#live.get(`photo/${id}`)?.find(({ value: each }) => each !== null)?.value;
    const item = (value as { of?: string } | undefined)?.of?.split('/').slice(0, 2).join('/');
    if (item === undefined || this.card.gone || this.card.role === 'observer') return;
    await this.#when(() => true, [commentEdit(crypto.randomUUID(), item, text)]);
  }

  addNote(text: string, ofPath?: string): Promise<Saved> {
    return this.#when(() => this.mayEdit, [noteEdit(crypto.randomUUID(), text, ofPath)]);
  }

  async begin(clock: string): Promise<Saved> {
    const { database, mint } = this.#context.partition;
    const { off, unc } = mint.moment();
    const value = startValue(this.#context.partition.now(), { off, unc }, await lastBeacon(database));
    return this.#when(
      () => this.needsStart,
      [
        { kind: 'start', path: START, value, parents: [] },
        {
          kind: 'set',
          path: 'visit/started_at',
          value: clock,
          parents: this.#ops('visit/started_at').slice(0, 1),
        },
      ],
    );
  }

  async #ofTeam(edits: readonly Edit[], may: () => boolean, draft: string | undefined): Promise<Saved> {
    return this.#settling(draft === undefined ? [] : [draft], (settled) => this.#when(may, edits, settled));
  }

  #silent() {
    const { partition } = this.#context;
    const now = serverTime(this.#surroundings, partition);
    return silentDevices(this.#surroundings, partition.device, now);
  }

  get surroundingsAt(): Date | null {
    return this.#surroundings && new Date(this.#surroundings.at);
  }

  async askSurroundings(): Promise<boolean> {
    try {
      this.#surroundings = await askSurroundings(this.#context.partition, this.id);
      return true;
    } catch {
      // No network, or no answer of ours: what was known stands, with its time.
      return false;
    }
  }

  close(reasons: CloseReasons = {}): Promise<Saved> {
    const given = closeReasons(reasons);
    return this.#writer.write(async () => {
      await this.refresh();
      const hard = unexcused(this.closeBlockers, reasons);
      if (this.card.gone || hard.length > 0) throw new Unsaved('not_allowed', hard);
      return [await this.#closeEdit(given)];
    });
  }

  /** All of one moment, as it was folded: others' entries are stored while this is made, and would not fit. */
  async #closeEdit(reasons: { readonly [key: string]: Json }): Promise<Edit> {
    const { cells, cursor: n, entries, waiting } = this.#projection;
    const h = this.#head || EMPTY.h;
    const parents = this.#ops(CLOSING);
    const own = waiting.map((entry) => entry.op);
    const upto = counters(entries, n);
    const digest = await answersDigest(new Map(cells), hashOf);
    const alone = this.card.selfCheck ? { alone: true } : {};
    const value = { n, h, own, digest, upto, ...alone, ...reasons };
    return { kind: 'close', path: CLOSING, value, parents };
  }

  reopen(reason: string): Promise<Saved> {
    return this.#when(() => this.state === 'closed', [unfreezeEdit('reopen', this.#live, reason)]);
  }

  amend(reason: string): Promise<Saved> {
    return this.#when(() => this.state === 'signed', [unfreezeEdit('amend', this.#live, reason)]);
  }

  /** Moves the visit to the newest version of its checklist. */
  async repin(reason: string): Promise<Saved> {
    const [from, to] = [this.#pinned, this.#newer];
    const value = to && { from: from.chk, chk: to.chk, map: mapByKey(from.checklist, to.checklist) };
    const parents = this.#ops(CHECKLIST);
    const edit = reasonedEdit(REPIN, CHECKLIST, reason, parents, value ?? {});
    const extras = to ? { target: to.checklist } : {};
    const saved = await this.#when(() => this.mayResolve && to !== null, [edit], extras);
    await this.refresh();
    return saved;
  }

  sign(party: 'lead' | 'unit', signature: Signature, read?: string): Promise<Saved> {
    const path = `sign/${party}`;
    const edits = () => {
      const { closing } = this;
      if (!closing || this.state !== 'closed' || (read ?? closing.op) !== closing.op)
        throw new Unsaved('not_allowed');
      return [{ kind: 'sign', path, value: signValue(closing, party, signature), parents: this.#ops(path) }];
    };
    return this.#settling([path], (settled) => this.#writer.write(edits, settled));
  }

  #when(may: () => boolean, edits: readonly Edit[], extras: Extras = {}): Promise<Minted> {
    return this.#writer.write(() => {
      if (!may()) throw new Unsaved('not_allowed');
      return edits;
    }, extras);
  }

  // ------------------------------------------------------------------ drafts and leaving

  draft(path: string, text: string): void {
    this.#drafts.set(path, text);
  }

  draftOf(path: string): string | undefined {
    return this.#drafts.of(path);
  }

  hasDraft(path: string): boolean {
    return this.#drafts.has(path);
  }

  /** Something typed is not even a stored draft yet. */
  get unstored(): boolean {
    return this.#drafts.unstored;
  }

  /** The page is hidden and may never come back. */
  flushDrafts(): Promise<void> {
    return this.#drafts.flush();
  }

  /** For the list of visits; not with every edit, since the list is not on the screen. */
  #tellProgress(): void {
    clearTimeout(this.#progressTimer);
    this.#progressTimer = undefined;
    this.#context.onProgress(this.#progress());
  }

  /** Items that are asked, and those among them that nobody has to answer any more. */
  #progress(): VisitProgress {
    const asked = this.score.items.filter((trace) => trace.state !== 'not_asked');
    const open = asked.filter((trace) => trace.state === 'unanswered' || trace.state === 'incomplete');
    return { answered: asked.length - open.length, total: asked.length };
  }

  leave(): void {
    this.#left = true;
    if (this.#progressTimer !== undefined) this.#tellProgress();
    this.#stopListening();
    void this.flushDrafts();
    this.#urls.revoke();
    this.#context.partition.loop.follow(null);
    this.#context.onLeave(this);
  }
}
