// The team of one open visit, read from its log and nothing else: who answers for which section, what each
// has answered and where last, what they tell each other. Nothing is forbidden by any of it.
import type { Checklist } from '../domain/checklist.ts';
import type { Cells, Entry } from '../domain/operations.ts';
import type { Repins } from '../domain/repinning.ts';
import { assignees, comments, doneMarks } from '../domain/teamwork.ts';
import type { UserDatabase } from '../store/database.ts';
import { readMarks, saveMarks } from '../store/marks.ts';
import { assignEdit, commentEdit, doneEdits, opsOf } from './edits.ts';
import type {
  CommentView,
  Saved,
  SectionDone,
  Team,
  TeamMember,
  VisitCard,
  VisitState,
} from './interface.ts';
import type { Edit } from './minting.ts';
import { itemsByAuthor, placesByAuthor } from './teamwork.ts';
import { dateOf } from './wall.ts';

export interface TeamContext {
  readonly database: UserDatabase;
  readonly visit: string;
  readonly me: string;
  readonly card: () => VisitCard;
  readonly people: () => ReadonlyMap<string, string>;
  readonly checklist: () => Checklist;
  readonly repins: () => Repins;
  /** The log and the outbox in order. */
  readonly entries: () => readonly Entry[];
  /** The fold of everything accepted, and of what counts. */
  readonly live: () => Cells;
  readonly standing: () => Cells;
  readonly state: () => VisitState;
  /** Writes while `may` says so; the draft named became one of these operations. */
  readonly write: (edits: readonly Edit[], may: () => boolean, draft?: string) => Promise<Saved>;
}

const draftOf = (item: string) => `item/${item}/comment`;

export class LiveTeam implements Team {
  readonly #context: TeamContext;
  #read = $state.raw<ReadonlySet<string>>(new Set());

  readonly #marks = $derived.by(() => {
    const sections = this.#context.checklist().sections;
    const items = new Map(sections.map(({ key, items: its }) => [key, its.map((item) => item.key)]));
    return doneMarks(this.#context.entries(), items);
  });
  readonly #threads: ReadonlyMap<string, readonly CommentView[]> = $derived.by(() => this.#byItem());
  readonly members: readonly TeamMember[] = $derived.by(() => this.#members());

  constructor(context: TeamContext) {
    this.#context = context;
  }

  /** Which comments were read on this phone is no business of the log. */
  async load(): Promise<void> {
    this.#read = new Set(await readMarks(this.#context.database, this.#marked));
  }

  get #marked(): string {
    return `comments/read/${this.#context.visit}`;
  }

  get mayAssign(): boolean {
    return this.#mayEdit && this.#context.card().role === 'lead';
  }

  /** Also while closed: comments are in no digest. */
  get mayComment(): boolean {
    const { gone, role } = this.#context.card();
    return !gone && role !== 'observer' && this.#context.state() !== 'signed';
  }

  get #mayEdit(): boolean {
    return this.mayComment && this.#context.state() !== 'closed';
  }

  // ------------------------------------------------------------------ sections

  assignees(section: string): readonly string[] {
    return assignees(this.#context.live().get(`assign/${section}`) ?? []);
  }

  assign(section: string, people: readonly string[]): Promise<Saved> {
    return this.assignAll(new Map([[section, people]]));
  }

  assignAll(wanted: ReadonlyMap<string, readonly string[]>): Promise<Saved> {
    const edits = [...wanted].map(([section, people]) =>
      assignEdit(section, people, opsOf(this.#context.live(), `assign/${section}`)),
    );
    return this.#context.write(edits, () => this.mayAssign && edits.length > 0);
  }

  done(section: string): SectionDone | null {
    const mark = this.#marks.get(section);
    if (!mark) return null;
    const { actor, wall, receivedAt, n } = mark.head;
    return {
      name: this.#nameOf(actor),
      mine: actor === this.#context.me,
      wall: dateOf(wall),
      receivedAt: receivedAt === null ? null : new Date(receivedAt),
      pending: n === null,
      since: mark.since,
    };
  }

  markDone(section: string, done: boolean): Promise<Saved> {
    const edits = doneEdits(section, done, this.#context.live().get(`done/${section}`) ?? []);
    return this.#context.write(edits, () => this.#mayEdit && edits.length > 0);
  }

  // ------------------------------------------------------------------ comments

  comments(item: string): readonly CommentView[] {
    return this.#threads.get(item) ?? [];
  }

  get threads(): ReadonlyMap<string, readonly CommentView[]> {
    return this.#threads;
  }

  get unread(): number {
    return [...this.#threads.values()].flat().filter((each) => each.unread).length;
  }

  comment(item: string, text: string): Promise<Saved> {
    const edit = commentEdit(crypto.randomUUID(), `item/${item}`, text);
    return this.#context.write([edit], () => this.mayComment, draftOf(item));
  }

  takeBack(comment: CommentView): Promise<Saved> {
    const { path } = comment;
    const edit: Edit = { kind: 'clear', path, value: null, parents: opsOf(this.#context.live(), path) };
    return this.#context.write([edit], () => this.mayComment && comment.mine);
  }

  draftOf(item: string): string {
    return draftOf(item);
  }

  async markRead(item: string): Promise<void> {
    const fresh = this.comments(item).filter((each) => each.unread);
    if (fresh.length === 0) return;
    const ops = fresh.map(({ op }) => op);
    this.#read = new Set([...this.#read, ...ops]);
    await saveMarks(this.#context.database, this.#marked, ops);
  }

  #byItem(): ReadonlyMap<string, readonly CommentView[]> {
    const found = new Map<string, CommentView[]>();
    for (const { path, of, text, head } of comments(this.#context.entries())) {
      const item = of.startsWith('item/') ? (of.split('/')[1] ?? '') : '';
      const mine = head.actor === this.#context.me;
      const { op, wall, receivedAt, n } = head;
      const view = {
        path,
        op,
        of,
        text,
        name: this.#nameOf(head.actor),
        mine,
        wall: dateOf(wall),
        receivedAt: receivedAt === null ? null : new Date(receivedAt),
        pending: n === null,
        unread: !mine && !this.#read.has(op),
      };
      found.set(item, [...(found.get(item) ?? []), view]);
    }
    return found;
  }

  // ------------------------------------------------------------------ people

  #nameOf(person: string): string {
    return this.#context.people().get(person) ?? '';
  }

  /** The delegation with its lead first, then those who left it or are not listed and wrote something. */
  #members(): readonly TeamMember[] {
    const { card, checklist, standing, entries, repins, me } = this.#context;
    const written = itemsByAuthor(standing(), checklist());
    const places = placesByAuthor(entries(), repins(), checklist());
    const listed = card().members.filter((each) => each.present || written.has(each.id));
    const known = new Set(listed.map((each) => each.id));
    const others = [...written.keys()].filter((id) => !known.has(id));
    const all = [
      ...listed,
      ...others.map((id) => ({ id, name: this.#nameOf(id), role: 'member', present: false })),
    ];
    const sections = checklist().sections.map(({ key }) => ({ key, people: new Set(this.assignees(key)) }));
    return all
      .map(({ id, name, role, present }) => ({
        id,
        name,
        lead: role === 'lead',
        present,
        mine: id === me,
        items: written.get(id) ?? [],
        sections: sections.filter(({ people }) => people.has(id)).map(({ key }) => key),
        last: places.get(id) ?? null,
      }))
      .sort((a, b) => Number(b.lead) - Number(a.lead));
  }
}
