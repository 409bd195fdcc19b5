// A phone of the simulation: its storage outlives the app; the app (a tab) may end between any two steps of the store
// and starts again from what is stored. Store, loop, rounds, photos, folding and writing are the product's own.
import type { DBCore, DBCoreMutateRequest } from 'dexie';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { Checklist } from '../../../src/domain/checklist.ts';
import type { VisitCard } from '../../../src/state/interface.ts';
import { operationIds, type Partition } from '../../../src/state/partition.ts';
import { unlock } from '../../../src/state/sealed.ts';
import { LiveVisit } from '../../../src/state/visit.svelte.ts';
import { wallClock } from '../../../src/state/wall.ts';
import { uploadsOf } from '../../../src/store/blobs.ts';
import { UserDatabase } from '../../../src/store/database.ts';
import { checklistText, visitRow } from '../../../src/store/manifest.ts';
import type { OpRow, VisitRow } from '../../../src/store/rows.ts';
import { sealedVisits } from '../../../src/store/sealed.ts';
import { Api } from '../../../src/sync/api.ts';
import type { VerifySignature } from '../../../src/sync/chain.ts';
import { noteIncident } from '../../../src/sync/incidents.ts';
import { type LoopListener, type LoopPorts, SyncLoop } from '../../../src/sync/loop.ts';
import { fetchPacks } from '../../../src/sync/packs.ts';
import type { Outcome } from '../../../src/sync/step.ts';
import { sha256 } from './machine.ts';
import type { Network, Sender } from './network.ts';
import { Random } from './random.ts';
import type { Seal } from './seal.ts';

/** One device of the story as the test planned it: who is signed in on it. */
export interface Place {
  readonly user: string;
  readonly login: string;
  readonly lead: boolean;
  readonly device: string;
  readonly ticket: string;
  readonly cookie: string;
}

export type Tables = ReadonlyMap<string, readonly object[]>;

export class Phone {
  readonly name: string;
  readonly place: Place;
  storage = new IDBFactory();
  tabs: Tab[] = [];
  /** Its wall clock against the true one: `ahead` from its first day on, and `skew` since the last jump. */
  readonly ahead: number;
  skew = 0;
  /** Its disk takes nothing more. */
  full = false;
  /** What it can be expected to give back: its own work, and what its log has shown it. */
  readonly holds = new Set<string>();

  constructor(name: string, place: Place, ahead: number) {
    this.name = name;
    this.place = place;
    this.ahead = ahead;
  }

  database(): UserDatabase {
    return new UserDatabase(this.place.user, { indexedDB: this.storage, IDBKeyRange });
  }

  /** Its photos, and whether it knows that the server has them: what the app tells an open visit. */
  async photos(visit: string): Promise<ReadonlyMap<string, boolean>> {
    const database = this.database();
    const rows = await uploadsOf(database, visit);
    database.close();
    return new Map(rows.map(({ sha256, present }) => [sha256, present === 1]));
  }

  /** Everything stored, as a backup of the phone has it. */
  async contents(): Promise<Tables> {
    const database = this.database();
    const tables = new Map<string, object[]>();
    for (const table of database.tables) tables.set(table.name, await table.toArray());
    database.close();
    return tables;
  }

  /** Another storage with these contents in the place of the present one. */
  async refill(tables: Tables): Promise<void> {
    this.storage = new IDBFactory();
    const database = this.database();
    await database.open();
    for (const [name, rows] of tables) if (rows.length > 0) await database.table(name).bulkPut([...rows]);
    database.close();
  }
}

/** What a tab needs of the history it is part of. */
export interface World {
  readonly visit: string;
  readonly network: Network;
  readonly verify: VerifySignature;
  readonly seal: Seal | null;
  readonly chks: Set<string>;
  now(): number;
  after(tab: Tab, ms: number, work: () => void): () => void;
  /** Something moved: the history waits until all is calm. */
  stir(): void;
  outcome(tab: Tab, outcome: Outcome): void;
}

/** What a tab knows of the visit from the list; the screen's numbers are not looked at here. */
function cardOf(row: VisitRow): VisitCard {
  return {
    ...row,
    checklistTitle: row.title,
    role: row.role === 'lead' ? 'lead' : 'member',
    state: 'open',
    hostName: row.hostName ?? '',
    team: [],
    progress: null,
    ready: true,
    selfCheck: false,
    surprise: row.surprise ?? null,
    unlocked: false,
    cancelled: row.cancelled ?? false,
    readiness: { app: null, checklist: true, previous: 'none', pictures: { here: 0, needed: 0 }, all: false },
    sync: {
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
    },
  };
}

class Killed extends Error {
  override readonly name = 'Killed';
}

export class Tab implements Sender {
  readonly phone: Phone;
  readonly database: UserDatabase;
  readonly loop: SyncLoop;
  readonly api: Api;
  dead = false;
  visit: LiveVisit | null = null;
  row: VisitRow | undefined;
  /** Transactions under way. */
  busy = 0;
  /** Steps of the store until the system ends this app; null: it lives. */
  fuse: number | null = null;
  /** Operations stored since this was emptied, in order. */
  minted: OpRow[] = [];
  /** Log entries stored and not looked at yet. */
  readonly learned: { readonly op: string; readonly readable: boolean }[] = [];
  readonly #world: World;
  readonly #random: Random;
  #stale = true;
  #fetching = false;

  constructor(phone: Phone, world: World, seed: string) {
    this.phone = phone;
    this.#world = world;
    this.#random = new Random(seed);
    this.database = phone.database();
    this.database.use({ stack: 'dbcore', name: 'simulation', create: (core) => this.#watched(core) });
    this.api = new Api(world.network.fetchOf(this, () => world.stir()));
    this.loop = new SyncLoop(this.#ports(), this.#listener());
  }

  get cookie(): string {
    return this.phone.place.cookie;
  }

  freshId = (): string => this.#random.id();

  now = (): number => this.#world.now() + this.phone.ahead + this.phone.skew;

  async start(): Promise<void> {
    await this.database.open();
    this.loop.start();
  }

  /** Reads the list again if it changed, and opens the visit as soon as it can be opened. */
  async look(): Promise<void> {
    if (!this.#stale || this.dead) return;
    this.#stale = false;
    const { visit } = this.#world;
    if (this.#world.seal) void this.#fetchBox();
    this.row = await visitRow(this.database, visit);
    if (this.row) this.#world.chks.add(this.row.chk);
    if (this.visit || !this.row) return;
    const checklistOf = async (chk: string) => {
      const text = await checklistText(this.database, chk);
      return text === null ? null : (JSON.parse(text) as Checklist);
    };
    const checklist = await checklistOf(this.row.chk);
    if (checklist === null) return;
    this.visit = new LiveVisit(visit, {
      partition: this.#partition(),
      pinned: { chk: this.row.chk, checklist },
      checklistOf,
      newer: () => this.row?.newer ?? null,
      card: () => cardOf(this.row!),
      people: () => new Map(),
      onState: () => {},
      onProgress: () => {},
      mayTakePhoto: async () => true,
      onDrafts: () => {},
      writing: () => () => {},
      onLeave: () => {},
    });
    await this.visit.load();
    this.loop.follow(visit);
  }

  /** The box of a surprise visit, if the server holds it sealed: what the product fetches for a day without a network. */
  async #fetchBox(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    const sealed = sealedVisits(this.database);
    await sealed.then((all) => fetchPacks(this.database, this.api, all, this.now())).catch(() => {});
    this.#fetching = false;
  }

  /** Somebody types the start code; whether it opened the visit here. */
  async unlock(code: string): Promise<boolean> {
    const outcome = await unlock(this.#partition(), this.#world.visit, code).catch((error: unknown) => {
      if (!this.dead && !this.phone.full) throw error;
    });
    this.#stale = true;
    return outcome === 'opened';
  }

  /** The system ends the app: nothing of it runs on. */
  die(): void {
    this.dead = true;
    this.loop.stop();
    this.phone.tabs = this.phone.tabs.filter((tab) => tab !== this);
    this.#world.stir();
  }

  /** Without ending the app: the history is over. */
  close(): void {
    this.dead = true;
    this.loop.stop();
    this.database.close();
  }

  #moment() {
    const mono = this.#world.now() + this.phone.ahead;
    return { wall: wallClock(new Date(this.now())), mono, off: null, unc: null };
  }

  /** What `LiveVisit` uses of a partition, with the simulation's clock, ids and hashes. */
  #partition(): Partition {
    const { place } = this.phone;
    const bus = {
      post: () => this.#changed(),
      listen: () => () => {},
    };
    const parts = {
      user: { id: place.user, login: place.login, name: place.login, device: place.device },
      device: place.device,
      database: this.database,
      loop: this.loop,
      bus,
      mint: {
        freshId: operationIds(new Uint8Array(this.#random.bytes(16))),
        sha256,
        moment: () => this.#moment(),
      },
      freshWriter: this.freshId(),
      now: this.now,
    };
    return parts as unknown as Partition;
  }

  #ports(): LoopPorts {
    const incident = (visit: string, kind: Parameters<typeof noteIncident>[1]) =>
      noteIncident({ database: this.database, freshId: this.freshId, now: this.now }, kind, { visit });
    return {
      database: this.database,
      api: this.api,
      sha256,
      verify: this.#world.verify,
      verifyStrictly: this.#world.verify,
      freshId: this.freshId,
      device: this.phone.place.device,
      userId: this.phone.place.user,
      changed: () => this.#changed(),
      incident,
      now: this.now,
      random: () => this.#random.next(),
      exclusive: (work) => work(),
      after: (ms, work) => this.#world.after(this, ms, work),
      visible: () => true,
      uncovered: () => this.#changed(true),
      mayPhotos: async () => true,
    };
  }

  /** Told to every tab of this phone, as the channel between tabs does. */
  #changed(uncovered = false): void {
    for (const tab of this.phone.tabs) void tab.visit?.refresh(uncovered).catch(() => {});
  }

  #listener(): LoopListener {
    return {
      busy: () => {},
      failed: () => {},
      manifest: () => {
        this.#stale = true;
      },
      visit: (_visit, outcome) => this.#world.outcome(this, outcome),
      photos: () => {},
      sendingPhoto: () => {},
      photosRest: () => {},
      contact: () => {},
      told: () => {},
    };
  }

  /** Counts what is under way, sees what is written, and ends the app where it is told to. */
  #watched(core: DBCore): DBCore {
    return {
      ...core,
      transaction: (stores, mode, options) => {
        this.#burn();
        const transaction = core.transaction(stores, mode, options) as IDBTransaction &
          ReturnType<DBCore['transaction']>;
        this.busy += 1;
        const over = () => {
          this.busy -= 1;
          this.#world.stir();
        };
        transaction.addEventListener('complete', over);
        transaction.addEventListener('abort', over);
        return transaction;
      },
      table: (name) => {
        const table = core.table(name);
        return {
          ...table,
          mutate: (request) => {
            this.#world.stir();
            try {
              this.#burn();
              this.#fill(request);
            } catch (error) {
              (request.trans as unknown as IDBTransaction).abort();
              throw error;
            }
            if (name === 'ops' || name === 'log') this.#note(name, request);
            return table.mutate(request);
          },
        };
      },
    };
  }

  #burn(): void {
    if (this.fuse !== null && this.fuse-- <= 0) this.die();
    if (this.dead) throw new Killed('the app was ended');
  }

  #fill({ type }: DBCoreMutateRequest): void {
    if (this.phone.full && (type === 'add' || type === 'put'))
      throw new DOMException('the disk is full', 'QuotaExceededError');
  }

  #note(name: string, request: DBCoreMutateRequest): void {
    const transaction = request.trans as unknown as IDBTransaction;
    transaction.addEventListener('complete', () => {
      if (name === 'ops' && request.type === 'add') {
        const rows = request.values as OpRow[];
        this.minted.push(...rows);
        for (const { body } of rows) this.#world.chks.add((JSON.parse(body) as { chk: string }).chk);
      }
      if (name === 'log' && request.type === 'put')
        for (const row of request.values as { op: string; body: string | null; body_b64?: string }[])
          this.learned.push({ op: row.op, readable: row.body !== null || row.body_b64 !== undefined });
    });
  }
}
