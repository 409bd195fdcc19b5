// The honest sync state: counted in the verified log, never in acknowledgements. Numbers are read
// from the store after each round, each new operation and each photo.
import { uploadsOf } from '../store/blobs.ts';
import type { UserDatabase } from '../store/database.ts';
import { draftsOf } from '../store/drafts.ts';
import { heldOf } from '../store/log.ts';
import { readMeta, visitRow } from '../store/manifest.ts';
import { counts, outbox } from '../store/ops.ts';
import type { UploadRow } from '../store/rows.ts';
import { isSafe } from '../store/safety.ts';
import { pendingPhotos } from '../sync/photos.ts';
import type { Failure, FailureKind, Outcome } from '../sync/step.ts';
import { mayDecide, waitingHeld } from './history.ts';
import type { FailedPhoto, SyncProblem, VisitSync } from './interface.ts';
import { type Facts, type Sentence, sentenceOf } from './sentence.ts';

/** What a new sign-in ends; a device that was revoked comes back as a new one. */
const SIGNED_IN_AGAIN: ReadonlySet<FailureKind> = new Set(['login', 'other_user', 'device_revoked']);

const NOTHING: VisitSync = {
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

const PROBLEMS: Readonly<Record<FailureKind, SyncProblem>> = {
  offline: 'offline',
  login: 'login',
  other_user: 'login',
  csrf: 'server',
  device_revoked: 'device_revoked',
  no_such_visit: 'no_such_visit',
  upgrade: 'upgrade',
  bad_envelope: 'bad_envelope',
  too_big: 'bad_envelope',
  busy: 'server',
  limit: 'limit',
  server: 'server',
  storage: 'storage',
  chain_broken: 'chain_broken',
};

/** The problem of one visit after a round; null when it went well. */
function problemOf(outcome: Outcome): SyncProblem | null {
  if (outcome.kind === 'failed') return PROBLEMS[outcome.failure.kind];
  return outcome.kind === 'synced' && outcome.removed ? 'removed' : null;
}

const failedPhoto = ({ sha256, refused }: UploadRow, why: string): FailedPhoto => ({
  sha256,
  why,
  here: refused !== 'LOST_ON_DEVICE',
});

export class SyncStatus {
  busy = $state(false);
  /** Writes to the phone's store that have begun, and whether the last one failed. */
  saving = $state(0);
  unsaved = $state(false);
  recovering = $state(false);
  incidents = $state(0);
  lastContact = $state.raw<Date | null>(null);
  failure = $state.raw<Failure | null>(null);
  #visits = $state.raw<ReadonlyMap<string, VisitSync>>(new Map());
  #reading: Promise<void> = Promise.resolve();

  readonly needsLogin = $derived(this.failure !== null && SIGNED_IN_AGAIN.has(this.failure.kind));
  readonly #generalProblem = $derived(this.failure ? PROBLEMS[this.failure.kind] : null);
  readonly #sum = $derived.by(() => this.#overall());

  /** Why photos wait, as the person chose or the server said; set by the app. */
  photosWait: () => Facts['photosWait'] = () => null;

  of(visit: string): VisitSync {
    return this.#visits.get(visit) ?? NOTHING;
  }

  /** The state of one visit, or of the phone, as one sentence. */
  sentence(sync: VisitSync): Sentence {
    const { saving, unsaved, busy, recovering, incidents } = this;
    const photosWait = this.photosWait();
    return sentenceOf({ ...sync, saving: saving > 0, unsaved, busy, recovering, incidents, photosWait });
  }

  /** Everything on this phone together. */
  get overall(): VisitSync {
    return this.#sum;
  }

  /** Reads a visit's numbers again; `outcome` is given after a round. */
  refresh(database: UserDatabase, me: string, visit: string, outcome?: Outcome): Promise<void> {
    // One after the other, so that older numbers never overwrite newer ones.
    this.#reading = this.#reading.catch(() => {}).then(() => this.#read(database, me, visit, outcome));
    return this.#reading;
  }

  async #read(database: UserDatabase, me: string, visit: string, outcome?: Outcome): Promise<void> {
    const [{ total, seen }, photos, uploads, held, waiting, confirmed, safe, drafts, row] = await Promise.all(
      [
        counts(database, visit),
        pendingPhotos(database, visit),
        uploadsOf(database, visit),
        heldOf(database, visit, mayDecide),
        outbox(database, visit),
        readMeta<number>(database, `confirmed/${visit}`),
        isSafe(database, visit, me),
        draftsOf(database, visit),
        visitRow(database, visit),
      ],
    );
    const problem = outcome ? problemOf(outcome) : this.of(visit).problem;
    const status: VisitSync = {
      serverHas: seen,
      total,
      at: confirmed === null ? null : new Date(confirmed),
      pendingPhotos: photos,
      failedPhotos: uploads.flatMap((row) =>
        row.refused === null || row.givenUp ? [] : [failedPhoto(row, row.refused)],
      ),
      endedPhotos: uploads.flatMap((row) => (row.ended === undefined ? [] : [failedPhoto(row, row.ended)])),
      safe,
      drafts: drafts.length,
      held: waitingHeld(held, waiting, me),
      // Only the list of visits says why a person is shown nothing but his own.
      problem: problem === 'removed' && row?.cancelled ? 'cancelled' : problem,
    };
    this.#visits = new Map(this.#visits).set(visit, status);
  }

  clear(): void {
    this.#visits = new Map();
    this.failure = null;
    this.busy = false;
    this.unsaved = false;
    this.recovering = false;
    this.incidents = 0;
    this.lastContact = null;
  }

  #overall(): VisitSync {
    const all = [...this.#visits.values()];
    const sum = (number: (status: VisitSync) => number) =>
      all.reduce((total, each) => total + number(each), 0);
    const times = all.flatMap((each) => (each.at ? [each.at.getTime()] : []));
    return {
      serverHas: sum((each) => each.serverHas),
      total: sum((each) => each.total),
      at: times.length > 0 ? new Date(Math.max(...times)) : null,
      pendingPhotos: sum((each) => each.pendingPhotos),
      failedPhotos: all.flatMap((each) => each.failedPhotos),
      endedPhotos: all.flatMap((each) => each.endedPhotos),
      safe: all.every((each) => each.safe || each.total === 0),
      drafts: sum((each) => each.drafts),
      held: all.flatMap((each) => each.held),
      problem: this.#generalProblem ?? all.find((each) => each.problem !== null)?.problem ?? null,
    };
  }
}
