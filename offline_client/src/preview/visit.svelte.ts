// A visit that exists only on this page: what the phone's screens ask for, answered from memory. Cells, answers, score
// and findings are the domain's own; there is no log, no store, no network, and one person who disagrees with nobody.
import { maySet } from '../domain/acceptance.ts';
import { type Answers, read } from '../domain/answers.ts';
import type { Checklist, Json } from '../domain/checklist.ts';
import { deriveFindings, type Finding } from '../domain/findings.ts';
import type { Cells, Head } from '../domain/operations.ts';
import { type Score, score } from '../domain/scoring.ts';
import { deletionEdit, doneEdits, drawEdits, plainEdit, rowsEdits } from '../state/edits.ts';
import type {
  Authorship,
  CellEdit,
  Draw,
  OpenVisit,
  Photo,
  Saved,
  SectionDone,
  Team,
  VisitCard,
  VisitSync,
} from '../state/interface.ts';
import type { Edit } from '../state/minting.ts';
import { examples, type Wish } from './examples.ts';
import { WORDS } from './words.ts';

const ME = 'preview';
const EMPTY: Checklist = {
  slug: 'xem-thu',
  version: 1,
  title: { vi: '' },
  effective_from: '2020-01-01',
  sections: [],
};

export const NO_SYNC: VisitSync = {
  serverHas: 0,
  total: 0,
  at: null,
  pendingPhotos: 0,
  failedPhotos: [],
  endedPhotos: [],
  safe: false,
  drafts: 0,
  held: [],
  problem: null,
};

/** What a preview has no place for: closing, signing, settling and photos' bytes belong to a real visit. */
const notHere = () =>
  Promise.reject(Object.assign(new Error('preview'), { name: 'NotSaved', code: 'not_allowed' }));

export class PreviewVisit implements OpenVisit {
  readonly id = ME;
  readonly me = { id: ME, name: WORDS.author, role: 'member' } as const;
  readonly people = new Map([[ME, WORDS.author]]);
  /** Null before the first draft came, `nothing` while it cannot be shown. */
  shown = $state<'waiting' | 'nothing' | 'checklist'>('waiting');
  checklist = $state.raw<Checklist>(EMPTY);
  cells = $state.raw<Cells>(new Map());
  readonly answers: Answers = $derived.by(() => read(this.checklist, this.cells));
  readonly score: Score = $derived.by(() => score(this.checklist, this.answers));
  readonly findings: readonly Finding[] = $derived.by(() =>
    deriveFindings(this.checklist, this.answers, this.score),
  );
  readonly state = 'open';
  readonly closing = null;
  readonly earlier = [];
  readonly confirmed = true;
  readonly contested = [];
  readonly held = [];
  readonly handled = [];
  readonly undoable = null;
  readonly savedAt = null;
  readonly lastTime = new Map();
  readonly mayEdit = true;
  readonly mayResolve = false;
  readonly needsStart = false;
  readonly start = null;
  readonly chk = '';
  readonly sync = NO_SYNC;
  readonly closeBlockers = [];
  readonly surroundingsAt = null;
  readonly move = null;
  readonly #drafts = new Map<string, string>();
  /** Everything that was answered, also what the draft does not ask at the moment: half-typed, an item is gone. */
  #written = new Map<string, readonly Head[]>();
  #count = 0;

  get card(): VisitCard {
    return {
      id: this.id,
      unitName: WORDS.subtitle,
      unitKind: '',
      unitParent: '',
      delegation: '',
      campaignName: '',
      hostName: '',
      team: [],
      plannedOn: '2026-01-05',
      checklistTitle: this.checklist.title.vi,
      role: 'member',
      members: [],
      state: 'open',
      gone: false,
      cancelled: false,
      progress: null,
      ready: true,
      selfCheck: false,
      surprise: null,
      unlocked: false,
      readiness: {
        app: null,
        checklist: true,
        previous: 'none',
        pictures: { here: 0, needed: 0 },
        all: false,
      },
      sync: NO_SYNC,
    };
  }

  /** Another state of the draft; the answers that fit it are shown, the others wait until they do. */
  show(checklist: Checklist | null): void {
    if (checklist === null) {
      this.shown = 'nothing';
      return;
    }
    const fits = ([path, heads]: readonly [string, readonly Head[]]) =>
      heads.every((head) => head.value === null || maySet(checklist, path, head.value));
    this.cells = new Map([...this.#written].filter(fits));
    this.checklist = checklist;
    this.shown = 'checklist';
  }

  /** Answers everything as well, or as badly, as a few plausible answers go; null takes all answers away. */
  fill(wish: Wish | null): void {
    const written = wish === null ? [] : [...examples(this.checklist, wish)];
    this.#drafts.clear();
    this.#written = new Map();
    this.cells = new Map();
    this.#apply(written.map(([path, value]) => plainEdit(path, value, [])));
  }

  #apply(edits: readonly Edit[]): Promise<Saved> {
    const cells = new Map(this.cells);
    let op = '';
    for (const { kind, path, value } of edits) {
      op = `preview.${++this.#count}`;
      const said = {
        op,
        value,
        actor: ME,
        kind,
        n: null,
        wall: '',
        receivedAt: null,
        reason: null,
        adoptedBy: null,
      };
      cells.set(path, [said]);
      this.#written.set(path, [said]);
    }
    this.cells = cells;
    return Promise.resolve({ op });
  }

  heads(path: string): readonly Head[] {
    return this.cells.get(path) ?? [];
  }
  authors(path: string): readonly Authorship[] {
    return this.heads(path).map(({ op, actor, value }) => ({
      op,
      actor,
      name: WORDS.author,
      value,
      adoptedBy: '',
      wall: null,
      receivedAt: null,
      pending: false,
      mine: true,
    }));
  }
  history() {
    return [];
  }
  photos(): readonly Photo[] {
    return [];
  }
  photoUrl(): Promise<string> {
    return Promise.resolve('');
  }
  photosWith(): readonly string[] {
    return [];
  }
  edit(path: string, value: Json): Promise<Saved> {
    return this.editAll([{ path, value, seen: [] }]);
  }
  editAll(edits: readonly CellEdit[]): Promise<Saved> {
    for (const { path } of edits) this.#drafts.delete(path);
    return this.#apply(edits.map(({ path, value }) => plainEdit(path, value, [])));
  }
  clear(path: string): Promise<Saved> {
    return this.edit(path, null);
  }
  async addRows(itemKey: string, labels: readonly string[]): Promise<{ rows: readonly string[] }> {
    const fresh = labels.map((label) => ({ uuid: crypto.randomUUID(), label }));
    const last = this.answers.items.get(itemKey)?.rows.at(-1)?.order;
    await this.#apply(rowsEdits(this.cells, itemKey, fresh, last));
    return { rows: fresh.map(({ uuid }) => uuid) };
  }
  drawRows(itemKey: string, draw: Draw, seen: readonly string[]): Promise<Saved> {
    this.#drafts.delete(`item/${itemKey}/sample`);
    const standing = new Set(this.answers.items.get(itemKey)?.rows.map((row) => row.uuid));
    return this.#apply(drawEdits(this.cells, itemKey, draw, standing, seen));
  }
  deleteRow(itemKey: string, row: string): Promise<Saved> {
    return this.#apply([deletionEdit(this.cells, itemKey, row)]);
  }
  #done(section: string): SectionDone | null {
    const done = this.heads(`done/${section}`).some((head) => head.value === true);
    const mark = { name: WORDS.author, mine: true, wall: null, receivedAt: null, pending: false, since: 0 };
    return done ? mark : null;
  }
  draft(path: string, text: string): void {
    if (text) this.#drafts.set(path, text);
    else this.#drafts.delete(path);
  }
  draftOf(path: string): string | undefined {
    return this.#drafts.get(path);
  }
  hasDraft(path: string): boolean {
    return [...this.#drafts.keys()].some((each) => each === path || each.startsWith(`${path}/`));
  }
  readonly discarded = false;
  leave(): void {}
  askSurroundings(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** One person is no team: nothing to share out, nobody to talk to. */
  readonly team: Team = {
    members: [],
    mayAssign: false,
    mayComment: false,
    assignees: () => [],
    done: (section) => this.#done(section),
    comments: () => [],
    threads: new Map(),
    unread: 0,
    draftOf: (item) => item,
    assign: notHere,
    assignAll: notHere,
    markDone: (section, done) => this.#apply(doneEdits(section, done, this.heads(`done/${section}`))),
    comment: notHere,
    takeBack: notHere,
    markRead: () => Promise.resolve(),
  };
  readonly attachPhoto = notHere;
  readonly detachPhoto = notHere;
  readonly tellOfPhoto = notHere;
  readonly addNote = notHere;
  readonly resolve = notHere;
  readonly undo = notHere;
  readonly adopt = notHere;
  readonly dismiss = notHere;
  readonly close = notHere;
  readonly begin = notHere;
  readonly reopen = notHere;
  readonly repin = notHere;
  readonly amend = notHere;
  readonly sign = notHere;
}
