// The engine as one object for the screens (types in interface.ts). It puts together the device, the
// session, the signed-in person's partition, the list of visits and the sync state.
import type { Checklist } from '../domain/checklist.ts';
import { watchAside } from '../store/aside.ts';
import { uploadsOf } from '../store/blobs.ts';
import { browserDatabases, schemaEvents } from '../store/database.ts';
import { Device, type StoredUser } from '../store/device.ts';
import { discardDrafts } from '../store/drafts.ts';
import { checklistText } from '../store/manifest.ts';
import { waitingCount } from '../store/ops.ts';
import { APP_VERSION } from '../store/version.ts';
import { Api } from '../sync/api.ts';
import { pendingPhotos } from '../sync/photos.ts';
import type { Failure, Outcome } from '../sync/step.ts';
import { inBackground } from './background.ts';
import { lowBattery } from './battery.ts';
import { editing } from './editing.ts';
import { failedPhotoCare } from './failedPhotos.ts';
import { Guardian } from './guardian.ts';
import { LiveInstall } from './install.svelte.ts';
import type { App, Loss, OpenVisit, OverallSync, VisitCard, VisitSync } from './interface.ts';
import { LivePhotoPlaces } from './locating.svelte.ts';
import { type Change, Partition, type PartitionOptions, sha256 } from './partition.ts';
import { LivePhotoSending } from './photoSending.svelte.ts';
import { LiveSession } from './session.svelte.ts';
import { SyncStatus } from './syncStatus.svelte.ts';
import { LiveUpdate } from './update.svelte.ts';
import type { LiveVisit } from './visit.svelte.ts';
import { LiveVisits } from './visits.svelte.ts';

/** Raised by `openVisit`: the checklist or the list has not reached this phone yet. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

export interface AppOptions {
  readonly api?: Api;
  readonly device?: Device;
  /** Only tests replace these. */
  readonly partition?: Pick<PartitionOptions, 'clock' | 'exclusive'>;
}

export class FieldApp implements App {
  readonly status = new SyncStatus();
  readonly visits = new LiveVisits(this.status);
  readonly photoSending = new LivePhotoSending(() => void this.#partition?.loop.now());
  readonly photoPlaces = new LivePhotoPlaces();
  readonly failedPhotos = failedPhotoCare({
    database: () => this.#partition?.database ?? null,
    openVisit: (id) => this.openVisit(id),
    changed: async (visit) => {
      await this.#refresh(visit);
      this.#partition?.loop.poke();
    },
  });
  readonly update = new LiveUpdate(() => this.#flushDrafts());
  readonly install = new LiveInstall();
  readonly lowBattery = () => lowBattery();
  readonly version = APP_VERSION;
  readonly session: LiveSession;
  readonly sync: OverallSync;
  readonly #api: Api;
  readonly #device: Device;
  readonly #options: AppOptions;
  readonly #open = new Map<string, LiveVisit>();
  #partition: Partition | null = null;
  #guardian: Guardian | null = null;
  #asked = false;

  constructor(options: AppOptions = {}) {
    this.#options = options;
    this.#api = options.api ?? new Api();
    this.#device = options.device ?? new Device();
    this.session = new LiveSession({
      api: this.#api,
      device: this.#device,
      enter: (user) => this.#enter(user),
      leave: () => this.#leave(),
      unsent: () => this.#unsent(),
      needsLogin: () => this.status.needsLogin,
      renewed: () => void this.#partition?.loop.now(),
      lost: (loss) => this.#lost(loss),
      forgetLoss: async () => this.#guardian?.forgetLoss(),
      handIn: (ticket) => this.#handIn(ticket),
      mayWipe: () => this.#mayWipe(),
      wipe: () => this.#device.wipe(),
    });
    this.status.photosWait = () => this.photoSending.waits;
    this.sync = overall(this.status, () => this.#partition?.loop.now() ?? Promise.resolve());
  }

  /** Starts from the phone's store and begins to sync; call once. */
  async start(): Promise<void> {
    this.#watchSchema();
    if (typeof window !== 'undefined') {
      watchAside(window);
      this.install.watch(window);
    }
    await this.session.start();
    this.#watchPage();
    await this.update.register().catch((error) => console.error(error));
  }

  async exportOutbox(): Promise<File> {
    const user = this.#partition?.user;
    if (!user) throw new NotReady('user');
    await this.#flushDrafts();
    const { outboxFile, outboxName } = await import('../store/raw.ts'); // the first screen does not wait for it
    const at = new Date();
    const person = { user: user.id, ...user, ticket: user.ticket ?? null };
    const file = await outboxFile(person, { app: APP_VERSION, at, withTicket: true }, browserDatabases());
    return new File([file], outboxName(user.login, at), { type: 'text/plain' });
  }

  async discardDrafts(visit: string): Promise<void> {
    const partition = this.#partition;
    if (!partition) return;
    await discardDrafts(partition.database, visit);
    partition.bus.post({ visit, discarded: true });
    await this.#refresh(visit);
  }

  async openVisit(id: string): Promise<OpenVisit> {
    const partition = this.#partition;
    const row = this.visits.row(id);
    if (!partition || !row) throw new NotReady('visit');
    const checklistOf = async (chk: string) => {
      const text = await checklistText(partition.database, chk);
      return text === null ? null : (JSON.parse(text) as Checklist);
    };
    const checklist = await checklistOf(row.chk);
    if (checklist === null) throw new NotReady('checklist');
    // Folding, scoring and writing are needed only here: the first screen does not wait for them.
    const { LiveVisit } = await import('./visit.svelte.ts');
    const visit = new LiveVisit(id, {
      partition,
      pinned: { chk: row.chk, checklist },
      checklistOf,
      newer: () => this.visits.row(id)?.newer ?? null,
      card: () => this.visits.card(id) as VisitCard,
      people: () => this.visits.people,
      onState: (state, n) => this.visits.noteState(id, state, n),
      onProgress: (progress) => this.visits.noteProgress(id, progress),
      mayTakePhoto: () => this.#mayTakePhoto(),
      onDrafts: () => this.#inBackground(() => this.#refresh(id)),
      writing: () => this.#writing(),
      onLeave: (left) => {
        ended();
        if (this.#open.get(id) === left) this.#open.delete(id);
      },
    });
    const ended = editing();
    this.#open.set(id, visit);
    try {
      await visit.load();
      await this.#refreshPhotos(partition, id);
    } catch (error) {
      visit.leave();
      throw error;
    }
    partition.loop.follow(id);
    return visit;
  }

  /** The list changed, or a checklist has come: an open visit may be moved by it, or be offered a newer one. */
  async #listed(): Promise<void> {
    await this.visits.load();
    await Promise.all([...this.#open.values()].map((visit) => visit.refresh()));
    await this.visits.prepare();
    await Promise.all([...this.#open.values()].map((visit) => visit.readLastTime()));
  }

  async #enter(user: StoredUser): Promise<void> {
    this.#partition = new Partition({
      user,
      api: this.#api,
      listener: {
        busy: (busy) => {
          this.status.busy = busy;
        },
        failed: (failure) => this.#failed(failure),
        contact: (recovering) => {
          this.status.recovering = recovering;
          this.status.lastContact = new Date(this.#partition?.now() ?? Date.now());
        },
        told: () => this.#inBackground(() => this.#countIncidents()),
        manifest: () => this.#inBackground(() => this.#listed()),
        visit: (visit, outcome) => this.#inBackground(() => this.#refresh(visit, outcome)),
        photos: (visit) => this.#inBackground(() => this.#refresh(visit)),
        sendingPhoto: (photo) => {
          this.photoSending.progress = photo;
        },
        photosRest: (why) => {
          this.photoSending.limited = why === 'limit';
        },
      },
      mayPhotos: () => this.photoSending.may(),
      ...this.#options.partition,
    });
    const guardian = new Guardian(this.#partition, this.#device, () =>
      this.#inBackground(() => this.#vanished()),
    );
    await guardian.check();
    await this.photoSending.attach(this.#partition.database);
    await this.photoPlaces.attach(this.#partition.database);
    this.#guardian = guardian;
    this.session.loss = await guardian.loss();
    await this.#countIncidents();
    this.visits.attach(this.#partition);
    this.#partition.bus.listen((change: Change) => {
      this.#inBackground(() => ('visit' in change ? this.#refresh(change.visit) : this.visits.load()));
    });
    await this.visits.load();
    this.#partition.loop.start();
  }

  /** Reading for the screens of this person, who may leave meanwhile. */
  #inBackground(work: () => Promise<unknown>): void {
    const partition = this.#partition;
    inBackground(work, () => this.#partition !== partition);
  }

  #leave(): void {
    for (const visit of [...this.#open.values()]) visit.leave();
    this.#guardian?.stop();
    this.#guardian = null;
    this.#open.clear();
    void this.photoSending.attach(null);
    void this.photoPlaces.attach(null);
    this.#partition?.close();
    this.#partition = null;
    this.visits.attach(null);
    this.status.clear();
  }

  #failed(failure: Failure | null): void {
    this.status.failure = failure;
  }

  async #refresh(visit: string, outcome?: Outcome): Promise<void> {
    const partition = this.#partition;
    if (!partition) return;
    await this.status.refresh(partition.database, partition.user.id, visit, outcome);
    await this.#refreshPhotos(partition, visit);
    this.#guardian?.remember();
    await this.#countIncidents();
    if (outcome?.kind === 'synced' && !this.visits.card(visit)?.ready) await this.visits.load();
  }

  async #refreshPhotos(partition: Partition, visit: string): Promise<void> {
    const open = this.#open.get(visit);
    if (!open) return;
    const rows = await uploadsOf(partition.database, visit);
    open.photosHere(new Map(rows.map((row) => [row.sha256, row.present === 1])));
  }

  async #countIncidents(): Promise<void> {
    this.status.incidents = (await this.#guardian?.incidents()) ?? 0;
  }

  /** The browser deleted the database under this page: what the server has comes again. */
  async #vanished(): Promise<void> {
    this.session.loss = (await this.#guardian?.loss()) ?? null;
    this.visits.preparing.forget();
    await this.visits.load();
    await this.#partition?.loop.now();
  }

  async #lost(loss: Loss): Promise<void> {
    await this.#guardian?.lost(loss);
    this.session.loss = (await this.#guardian?.loss()) ?? null;
  }

  async #handIn(ticket: string): Promise<number> {
    const partition = this.#partition;
    if (!partition) throw new NotReady('user');
    const { database, device, user } = partition;
    const { handIn } = await import('../sync/drop.ts'); // wanted only when an account was closed
    const taken = await handIn({ database, api: this.#api, sha256, ticket, device, userId: user.id });
    await this.visits.load();
    return taken;
  }

  /** Asked before each photo: three hundred of them fill what the first one found empty. */
  async #mayTakePhoto(): Promise<boolean> {
    await this.session.measureRoom().catch(() => {}); // then what was known before counts
    return this.session.storage.mayTakePhotos;
  }

  /** The screens hear of each write: that it began, and how it ended. */
  #writing(): (saved: boolean | null) => void {
    this.status.saving += 1;
    return (saved) => {
      this.status.saving -= 1;
      if (saved !== null) this.status.unsaved = !saved;
      // After the first edit the browser has seen a person at work, and is asked once more.
      if (saved && !this.#asked && this.session.storage.persisted === false) {
        this.#asked = true;
        void this.session.requestPersistence();
      }
    };
  }

  async #mayWipe(): Promise<boolean> {
    await this.#flushDrafts();
    await this.session.refresh();
    return this.session.user !== null && this.sync.sentence.mayWipe && (await this.#device.allSafe());
  }

  async #unsent(): Promise<boolean> {
    const partition = this.#partition;
    if (!partition) return false;
    if ((await waitingCount(partition.database)) > 0) return true;
    for (const { id } of this.visits.list) if ((await pendingPhotos(partition.database, id)) > 0) return true;
    return false;
  }

  /** Another tab runs newer code: it waits until this one has stored its drafts and closed the databases. */
  #watchSchema(): void {
    schemaEvents.leaving = () => this.#flushDrafts();
    schemaEvents.left = () => {
      this.session.trouble = 'newer';
    };
    schemaEvents.blocked = () => {
      this.session.trouble = 'blocked';
    };
  }

  async #flushDrafts(): Promise<void> {
    await Promise.all([...this.#open.values()].map((visit) => visit.flushDrafts()));
  }

  /** `navigator.onLine` is only a hint: these events just mean that trying again may help. */
  #watchPage(): void {
    if (typeof window === 'undefined') return;
    const wake = () => void this.#partition?.loop.now();
    window.addEventListener('online', wake);
    window.addEventListener('focus', wake);
    // The worker that keeps the app's files has come, or a newer one has.
    navigator.serviceWorker?.addEventListener('controllerchange', () => void this.visits.prepare());
    window.addEventListener('appinstalled', () => void this.session.requestPersistence());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') wake();
      else void this.#flushDrafts(); // never fails: what cannot be stored is tried again
    });
  }
}

function overall(status: SyncStatus, now: () => Promise<void>): OverallSync {
  const of = <K extends keyof VisitSync>(key: K) => status.overall[key];
  return {
    get serverHas() {
      return of('serverHas');
    },
    get total() {
      return of('total');
    },
    get at() {
      return of('at');
    },
    get pendingPhotos() {
      return of('pendingPhotos');
    },
    get held() {
      return of('held');
    },
    get problem() {
      return of('problem');
    },
    get failedPhotos() {
      return of('failedPhotos');
    },
    get endedPhotos() {
      return of('endedPhotos');
    },
    get safe() {
      return of('safe');
    },
    get drafts() {
      return of('drafts');
    },
    get busy() {
      return status.busy;
    },
    get lastContact() {
      return status.lastContact;
    },
    get sentence() {
      return status.sentence(status.overall);
    },
    sentenceOf: (sync) => status.sentence(sync),
    get needsLogin() {
      return status.needsLogin;
    },
    now,
  };
}

/** The one app of this page; main.ts starts it. */
export const app: App & { start(): Promise<void> } = new FieldApp();
