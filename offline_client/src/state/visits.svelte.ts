// The list of visits as the last manifest left it on the phone, with each visit's own sync state.
import { knownChecklists, readMeta, storedVisits, writeMeta } from '../store/manifest.ts';
import { previousOf, previousPicture } from '../store/previous.ts';
import type { SealedRow, VisitRow } from '../store/rows.ts';
import { packOf, sealedVisits } from '../store/sealed.ts';
import { inBackground } from './background.ts';
import type {
  Previous,
  Role,
  SealedCard,
  VisitCard,
  VisitProgress,
  VisitState,
  Visits,
} from './interface.ts';
import type { Partition } from './partition.ts';
import { Preparing } from './preparing.svelte.ts';
import type { Unlocking } from './sealed.ts';
import type { SyncStatus } from './syncStatus.svelte.ts';

const ROLES: ReadonlySet<string> = new Set(['lead', 'member']);
const ORDER: readonly VisitState[] = ['planned', 'open', 'closed', 'signed'];

/** A visit's state as this phone folded it, and up to which entry. */
interface Folded {
  readonly state: VisitState;
  readonly n: number;
}

export class LiveVisits implements Visits {
  fetchedAt = $state.raw<Date | null>(null);
  #rows = $state.raw<readonly VisitRow[]>([]);
  #ready = $state.raw<ReadonlySet<string>>(new Set());
  /** What this phone's own fold says, which may be ahead of the manifest. */
  #states = $state.raw<ReadonlyMap<string, Folded>>(new Map());
  #progress = $state.raw<ReadonlyMap<string, VisitProgress>>(new Map());
  readonly #status: SyncStatus;
  /** Surprise visits the server does not show yet; those whose box is here. */
  #sealedRows = $state.raw<readonly SealedRow[]>([]);
  #boxes = $state.raw<ReadonlySet<string>>(new Set());
  #bringing = false;
  readonly preparing = new Preparing();
  #partition: Partition | null = null;

  readonly list: readonly VisitCard[] = $derived.by(() => this.#rows.map((row) => this.#card(row)));
  readonly #byId: ReadonlyMap<string, VisitCard> = $derived(
    new Map(this.list.map((card) => [card.id, card])),
  );
  readonly sealed: readonly SealedCard[] = $derived.by(() =>
    this.#sealedRows
      .filter(({ id }) => !this.#byId.has(id))
      .map(({ id, plannedOn }) => ({ id, plannedOn, ready: this.#boxes.has(id) })),
  );
  readonly #people: ReadonlyMap<string, string> = $derived(
    new Map(
      this.#rows.flatMap((row) => row.members.map((member): [string, string] => [member.id, member.name])),
    ),
  );

  constructor(status: SyncStatus) {
    this.#status = status;
  }

  attach(partition: Partition | null): void {
    this.#partition = partition;
    this.preparing.attach(partition);
    if (partition) return;
    this.#rows = [];
    this.#sealedRows = [];
    this.#ready = new Set();
    this.#states = new Map();
    this.#progress = new Map();
    this.fetchedAt = null;
  }

  card(id: string): VisitCard | undefined {
    return this.#byId.get(id);
  }

  row(id: string): VisitRow | undefined {
    return this.#rows.find((row) => row.id === id);
  }

  get people(): ReadonlyMap<string, string> {
    return this.#people;
  }

  /** A tap: the list, and whatever a visit still lacks. */
  async refresh(): Promise<void> {
    await this.#partition?.loop.now();
    await this.prepare();
  }

  /** Fetches what visits lack for a day without a network; never fails, what is missing shows. */
  async prepare(): Promise<void> {
    await Promise.all([this.preparing.fill(this.#rows), this.preparing.checkApp(), this.#bringBoxes()]).catch(
      () => {},
    );
  }

  async #bringBoxes(): Promise<void> {
    const partition = this.#partition;
    if (!partition || this.#bringing) return;
    const { database, api } = partition;
    this.#bringing = true;
    try {
      const { fetchPacks } = await import('../sync/packs.ts');
      await fetchPacks(database, api, this.#sealedRows, partition.now());
    } finally {
      this.#bringing = false;
      await this.#readBoxes(partition);
    }
  }

  async #readBoxes({ database }: Partition): Promise<void> {
    const here = new Set<string>();
    for (const { id } of this.#sealedRows) if ((await packOf(database, id)) !== null) here.add(id);
    this.#boxes = here;
  }

  async unlock(id: string, code: string): Promise<Unlocking> {
    const partition = this.#partition;
    if (!partition) return 'missing';
    const { unlock } = await import('./sealed.ts'); // the first screen does not wait for it
    const outcome = await unlock(partition, id, code);
    if (outcome === 'opened') await this.load();
    return outcome;
  }

  async previous(id: string): Promise<Previous> {
    const row = this.#partition ? await previousOf(this.#partition.database, id) : null;
    return { known: row !== null, askedAt: row ? new Date(row.at) : null, told: row?.told ?? null };
  }

  async previousPicture(id: string, sha256: string): Promise<ArrayBuffer | null> {
    return this.#partition ? previousPicture(this.#partition.database, id, sha256) : null;
  }

  /** Reads the list from the phone's store. */
  async load(): Promise<void> {
    const partition = this.#partition;
    if (!partition) return;
    const { database, user } = partition;
    const { visits, fetchedAt } = await storedVisits(database);
    const checklists = new Set(await knownChecklists(database));
    const ready = new Set<string>();
    const states = new Map(this.#states);
    const progress = new Map(this.#progress);
    for (const { id, chk } of visits) {
      const confirmed = await readMeta<number>(database, `confirmed/${id}`);
      if (checklists.has(chk) && confirmed !== null) ready.add(id);
      const state = await readMeta<Folded>(database, `state/${id}`);
      if (state) states.set(id, state);
      const far = await readMeta<VisitProgress>(database, `progress/${id}`);
      if (far) progress.set(id, far);
      await this.#status.refresh(database, user.id, id);
    }
    this.#rows = [...visits].sort(
      (a, b) => a.plannedOn.localeCompare(b.plannedOn, 'en') || a.order - b.order,
    );
    this.#sealedRows = await sealedVisits(database);
    await this.#readBoxes(partition);
    this.#ready = ready;
    this.#states = states;
    this.#progress = progress;
    this.fetchedAt = fetchedAt === null ? null : new Date(fetchedAt);
    await this.preparing.check(this.#rows);
  }

  /** What the open visit's own fold says; kept, because the next start may be without a network. */
  noteState(id: string, state: VisitState, n: number): void {
    const before = this.#states.get(id);
    if (before?.state === state && before.n === n) return;
    this.#states = new Map(this.#states).set(id, { state, n });
    if (before?.state !== state) this.#remember(`state/${id}`, { state, n });
  }

  /** How far an open visit was when it was left. */
  noteProgress(id: string, progress: VisitProgress): void {
    this.#progress = new Map(this.#progress).set(id, progress);
    this.#remember(`progress/${id}`, progress);
  }

  /** For the next start: nobody waits for it. */
  #remember(key: string, value: Folded | VisitProgress): void {
    const partition = this.#partition;
    if (!partition) return;
    inBackground(
      () => writeMeta(partition.database, key, value),
      () => this.#partition !== partition,
    );
  }

  #card(row: VisitRow): VisitCard {
    const own = this.#states.get(row.id);
    const told = (ORDER as readonly string[]).includes(row.state) ? (row.state as VisitState) : 'planned';
    const waiting = this.#status.of(row.id);
    return {
      id: row.id,
      unitName: row.unitName,
      unitKind: row.unitKind,
      unitParent: row.unitParent,
      delegation: row.delegation,
      campaignName: row.campaignName,
      hostName: row.hostName ?? '',
      team: row.members.filter((each) => each.present).map((each) => [each.duty ?? '', each.name]),
      plannedOn: row.plannedOn,
      checklistTitle: row.title,
      members: row.members,
      selfCheck: row.kind === 'self_check',
      surprise: row.surprise ?? null,
      unlocked: row.unlocked ?? false,
      role: ROLES.has(row.role) ? (row.role as Role) : 'observer',
      // This phone knows better while something waits, or when it has read as far as the manifest.
      state: own && (waiting.total > waiting.serverHas || own.n >= row.headN) ? own.state : told,
      gone: row.gone,
      cancelled: row.gone && (row.cancelled ?? false),
      ready: this.#ready.has(row.id),
      readiness: this.preparing.of(row.id),
      progress: this.#progress.get(row.id) ?? null,
      sync: waiting,
    };
  }
}
