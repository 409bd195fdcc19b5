// Decides when to sync what. While a visit is on the screen one request waits at the server for news of it, so that
// others' answers are seen at once and an idle phone asks every 25 seconds; everything else goes by the manifest.
// Failures back off with jitter (1 s to 5 min) and never give up; nothing here decides about data.

import { cursorOf, EPOCH, FORGOTTEN, type Forgotten, lastOwnEntry } from '../store/log.ts';
import {
  knownChecklists,
  noteManifest,
  readMeta,
  saveChecklist,
  saveHeads,
  saveManifest,
  storedVisits,
  visitRow,
  writeMeta,
} from '../store/manifest.ts';
import { counts } from '../store/ops.ts';
import { type LogEntry, START, type VisitRow } from '../store/rows.ts';
import { saveBeacon } from '../store/sealed.ts';
import type { Api } from './api.ts';
import type { VerifySignature } from './chain.ts';
import { failureOf, type Heard, isGeneral, type RoundPorts, runRound } from './driver.ts';
import { incidentsToTell, tellIncidents } from './incidents.ts';
import { pendingPhotos, photosToConfirm, sendPhotos } from './photos.ts';
import { type Manifest, type Pending, type ShortHead, WAIT_S } from './protocol.ts';
import type { Failure, FailureKind, Outcome } from './step.ts';
import { noteTold, tell, type Untold, untold } from './telling.ts';
import { uncoverAsLead } from './uncovering.ts';
import { ChunkSize, type PhotoProgress } from './uploads.ts';

export const OPEN_EVERY_MS = 5_000;
export const IDLE_EVERY_MS = 20_000;
const LONGEST_WAIT_MS = 300_000;
const LONGEST_OFFLINE_MS = 20_000;
const CONFIRM_EVERY_MS = 60_000;
/** How often receipts are asked for while the off-site backup may not have a photo yet. */
const RECEIPTS_EVERY_MS = 600_000;
/** A visit the server does not know is asked for again after so long, then after twice as long, up to the longest. */
const UNKNOWN_AGAIN_MS = 20_000;
const LONGEST_UNKNOWN_MS = 3_600_000;
/** What keeps photos from being sent, and nothing else: they have a limit and a room of their own at the server. */
const OF_PHOTOS: ReadonlySet<FailureKind> = new Set(['busy', 'limit', 'server']);
/** How long photos are sent before operations and news have their turn again. */
const PHOTOS_MS = 10_000;
/** How long an answer may take beside the waiting. */
const ANSWER_MS = 20_000;

export interface LoopPorts extends Omit<RoundPorts, 'api' | 'pending'> {
  readonly api: Api;
  readonly now: () => number;
  readonly random: () => number;
  /** Runs `work` while no other tab syncs; may run it anyway after a while (the lock only saves work). */
  readonly exclusive: (work: () => Promise<void>) => Promise<void>;
  readonly after: (ms: number, work: () => void) => () => void;
  /** Whether photos may be sent now: a person may have stopped them, or want them to wait for Wi-Fi. */
  readonly mayPhotos: () => Promise<boolean>;
  readonly verifyStrictly?: VerifySignature;
  readonly thumbnail?: (bytes: ArrayBuffer, mime: string) => Promise<ArrayBuffer | null>;
  /** Entries that were in the log of a visit already have bodies now. */
  readonly uncovered: (visit: string) => void;
  /** Whether a person looks at the app: only then does a request wait for news. */
  readonly visible: () => boolean;
}

export interface LoopListener {
  busy(busy: boolean): void;
  /** How the last attempt ended for everything; null when the server answered. */
  failed(failure: Failure | null): void;
  manifest(): void;
  visit(visit: string, outcome: Outcome): void;
  photos(visit: string): void;
  /** How far the photo is that is being sent; null when none is. */
  sendingPhoto(photo: PhotoProgress | null): void;
  /** Why the server takes no photos for a while; null when they go again. */
  photosRest(why: FailureKind | null): void;
  /** The server answered; `recovering` as its last manifest said. */
  contact(recovering: boolean): void;
  /** The server has heard of every incident. */
  told(): void;
}

/** Whether so long has passed since then. A clock that was set back says nothing: better once too often than never. */
const isDue = (since: number, now: number, ms: number) => now < since || now - since >= ms;

/** Wanted when a photo was sent; a page whose files are gone, after an update, goes on without. */
const receipts = () => import('./receipts.ts').catch(() => null);

class Stop extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind);
  }
}

/** Does what concerns one visit; only a failure that is the same for every visit ends the attempt. */
async function unlessRefused(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const failure = failureOf(error);
    if (isGeneral(failure)) throw new Stop(failure);
  }
}

export class SyncLoop {
  readonly #ports: LoopPorts;
  readonly #listener: LoopListener;
  #open: string | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = true;
  #failures = 0;
  #manifestAt = Number.NEGATIVE_INFINITY;
  #digest = '';
  #headsDigest = '';
  #savedAt = Number.NEGATIVE_INFINITY;
  #recovering = false;
  #heads: Map<string, ShortHead> = new Map();
  #heard: (Heard & { readonly visit: string }) | null = null;
  /** Surprise visits the server does not show to this person yet: nothing can be read of them, nor sent. */
  #sealed: ReadonlySet<string> = new Set();
  /** What the last list told of the person's own entries where he reads no more, until that is compared. */
  #own: Manifest['own'] = null;
  /** Visits the server said it does not know: a restore took them back. How often it said so, and when last. */
  #unknown: Map<string, { readonly times: number; readonly at: number }> = new Map();
  readonly #chunk = new ChunkSize();
  /** The server refused photos for a while: how often in a row, since when, and for how long they rest. */
  #photosRest = { times: 0, at: 0, ms: 0 };
  #cancelTimer: () => void = () => {};
  #stopListening: () => void = () => {};

  constructor(ports: LoopPorts, listener: LoopListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  start(): void {
    this.#stopped = false;
    void this.#try();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#stopListening();
  }

  /** Which visit is on the screen: it is pulled every few seconds. */
  follow(visit: string | null): void {
    this.#open = visit;
    this.poke();
  }

  /** Something new waits in the store. While the server asks for patience, it waits with the rest. */
  poke(): void {
    if (this.#failures === 0) void this.#try();
  }

  /** Tries everything at once: a tap, `online`, the page came to the front, a new sign-in. */
  now(): Promise<void> {
    this.#unknown.clear();
    this.#photosRest.ms = 0;
    return this.#try();
  }

  async #try(): Promise<void> {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#cancelTimer();
    this.#stopListening();
    this.#running = this.#attempt();
    await this.#running;
  }

  async #attempt(): Promise<void> {
    let failure: Failure | null = null;
    this.#listener.busy(true);
    try {
      do {
        this.#again = false;
        await this.#ports.exclusive(() => this.#cycle());
      } while (this.#again && !this.#stopped);
    } catch (error) {
      failure = error instanceof Stop ? error.failure : failureOf(error);
    }
    this.#running = null;
    this.#failures = failure ? this.#failures + 1 : 0;
    this.#listener.failed(failure);
    this.#listener.busy(false);
    if (this.#stopped) return;
    const open = this.#open;
    const listens = !failure && open !== null && this.#isTold(open) && this.#ports.visible();
    if (listens) void this.#listen(open);
    else this.#sleep(this.#wait(failure));
  }

  #sleep(ms: number): void {
    this.#cancelTimer = this.#ports.after(ms, () => void this.#try());
  }

  /** One request that waits at the server until the open visit has news, or the list of visits has changed. */
  async #listen(visit: string): Promise<void> {
    const { api, database, userId, now } = this.#ports;
    const control = new AbortController();
    const tooLong = this.#ports.after(WAIT_S * 1_000 + ANSWER_MS, () => control.abort());
    let stopped = false;
    this.#stopListening = () => {
      stopped = true;
      control.abort();
    };
    const began = now();
    try {
      const from = await cursorOf(database, visit);
      const wait = { seconds: WAIT_S, known: this.#digest, signal: control.signal };
      const { news, digest, retryIn } = await api.pull(visit, from, { user: userId, wait });
      if (stopped) return;
      // Also that there is none: the round that follows has then been told, and need not ask.
      this.#heard = { visit, from, news };
      const nothing = news.kind === 'page' && news.entries.length === 0;
      if (digest === this.#digest) this.#manifestAt = now();
      else this.#manifestAt = Number.NEGATIVE_INFINITY;
      // Whatever the server says, an idle phone asks at most every five seconds.
      const rest = nothing ? Math.min(OPEN_EVERY_MS, Math.max(0, OPEN_EVERY_MS - (now() - began))) : 0;
      this.#sleep(Math.max(rest, (retryIn ?? 0) * 1_000));
    } catch (error) {
      if (stopped) return; // else nobody answered in time: a failure like any other
      this.#failures += 1;
      const failure = failureOf(error);
      this.#listener.failed(failure);
      this.#sleep(this.#wait(failure));
    } finally {
      tooLong();
    }
  }

  #wait(failure: Failure | null): number {
    if (!failure) return this.#open ? OPEN_EVERY_MS : IDLE_EVERY_MS;
    return this.#rest(failure, this.#failures);
  }

  /** Longer and longer, by how often it failed in a row. */
  #rest(failure: Failure, times: number): number {
    // Without a network an attempt costs the server nothing, and people wait for the cloud to turn green.
    const longest = failure.kind === 'offline' ? LONGEST_OFFLINE_MS : LONGEST_WAIT_MS;
    const grown = Math.min(longest, 1_000 * 2 ** Math.min(times, 9));
    const jittered = grown * (0.5 + this.#ports.random() / 2);
    // Also while the day's limit lasts, others' answers are fetched now and then.
    return Math.max(jittered, Math.min((failure.retryAfter ?? 0) * 1_000, LONGEST_WAIT_MS));
  }

  async #cycle(): Promise<void> {
    let waiting = await this.#waiting();
    const due = isDue(this.#manifestAt, this.#ports.now(), IDLE_EVERY_MS);
    // Every request says whose it is, so another person's session is refused without asking first (I18).
    if (due || (waiting.size === 0 && !this.#open)) await this.#readManifest();
    await this.#tell();
    const renewed = await this.#noteEpoch();
    if ((await this.#compareOwn()) || renewed) waiting = await this.#waiting();
    const synced: string[] = [];
    for (const visit of await this.#agenda(waiting))
      if (await this.#syncVisit(visit, waiting.has(visit))) synced.push(visit);
    if (await this.#noteEpoch()) this.#again = true;
    await this.#sendPhotos(synced);
    if (!this.#again) await this.#tellWhatIsLeft(synced);
    if (due) await this.#askReceipts();
  }

  /**
   * Asks about sent photos that are not in the off-site backup yet: they may get there after their entry, and a server
   * that was restored without a word may have lost them.
   */
  async #askReceipts(): Promise<void> {
    const { api, database, now, thumbnail } = this.#ports;
    for (const { id, safeN = 0 } of (await storedVisits(database)).visits) {
      if ((await photosToConfirm(database, id, thumbnail !== undefined)).length === 0) continue;
      const asked = await readMeta<{ at: number; safeN: number }>(database, `receipts/${id}`);
      if (asked?.safeN === safeN && !isDue(asked.at, now(), RECEIPTS_EVERY_MS)) continue;
      await writeMeta(database, `receipts/${id}`, { at: now(), safeN });
      await unlessRefused(async () => {
        if (await (await receipts())?.confirmPhotos(database, api, id, this.#ports))
          this.#listener.photos(id);
      });
    }
  }

  /** A restored server may have forgotten entries and photos: each visit is looked at in a new epoch. */
  async #noteEpoch(): Promise<boolean> {
    const { api, database } = this.#ports;
    const { epoch } = api;
    const before = await readMeta<string>(database, EPOCH);
    if (epoch === null || epoch === before) return false;
    const visits = before === null ? [] : (await storedVisits(database)).visits;
    for (const { id } of visits)
      await writeMeta(database, `${FORGOTTEN}${id}`, 'entries' satisfies Forgotten);
    await writeMeta(database, EPOCH, epoch);
    this.#unknown.clear();
    return visits.length > 0;
  }

  /** Who has left sees no chain that could break; but a list that knows less of his than he was shown tells enough. */
  async #compareOwn(): Promise<boolean> {
    const { database, userId } = this.#ports;
    const own = this.#own;
    this.#own = null;
    let found = false;
    for (const { id, gone } of own ? (await storedVisits(database)).visits : []) {
      if (!gone || !this.#isTold(id)) continue;
      const last = await lastOwnEntry(database, id, userId);
      if (!last || last.n <= (own?.get(id)?.n ?? 0) || (await this.#stillHas(id, last))) continue;
      await writeMeta(database, `${FORGOTTEN}${id}`, 'entries' satisfies Forgotten);
      found = true;
    }
    return found;
  }

  /** Whether the server shows an entry of this person's as before: its list may be older than the entry. */
  async #stillHas(visit: string, { n, h }: LogEntry): Promise<boolean> {
    let has = true;
    await unlessRefused(async () => {
      const { news } = await this.#ports.api.pull(
        visit,
        { n: n - 1, h: START.h },
        { user: this.#ports.userId },
      );
      has = news.kind !== 'own' || news.own[0]?.h === h;
    });
    return has;
  }

  /** Asks which photos the server still holds, where its history was not ours or its epoch is new. */
  async #recount(visit: string): Promise<void> {
    const { api, database } = this.#ports;
    if (!(await readMeta<Forgotten>(database, `${FORGOTTEN}${visit}`))) return;
    // A refusal of this visit is an answer too: asking again would never end.
    await unlessRefused(async () => {
      if (await (await receipts())?.recountPhotos(database, api, visit)) this.#listener.photos(visit);
    });
    await writeMeta(database, `${FORGOTTEN}${visit}`, null);
  }

  /** An incident the server does not take now waits; it never keeps operations from being sent. */
  async #tell(): Promise<void> {
    const found = await incidentsToTell(this.#ports.database, (visit) => this.#isTold(visit));
    if (!found) return;
    const { visit, waiting } = found;
    await unlessRefused(async () => {
      await tellIncidents(this.#ports, visit, waiting).catch((error: unknown) => {
        this.#noteUnknown(visit, failureOf(error)); // the next time another one carries it
        throw error;
      });
      this.#listener.told();
    });
  }

  /** What of a visit the server has not heard. Who has left is not waited for. */
  async #untold({ id, gone }: VisitRow): Promise<Untold | null> {
    const { api, database } = this.#ports;
    const recovering = this.#recovering && !gone ? api.epoch : null;
    return untold(database, id, await this.#pending(id), recovering);
  }

  /** Photos have gone, or everything was given back: no operation would say so. */
  async #tellWhatIsLeft(visits: readonly string[]): Promise<void> {
    const { database } = this.#ports;
    for (const id of visits) {
      const row = await visitRow(database, id);
      const left = row ? await this.#untold(row) : null;
      if (!left) continue;
      await unlessRefused(() => tell(this.#ports, id, left));
      await noteTold(database, id, left.pending); // a refusal is an answer too: saying it again would never end
    }
  }

  async #readManifest(): Promise<void> {
    const { api, database, userId } = this.#ports;
    // The digest covers the person, so "unchanged" also says that the session is still ours.
    const known = this.#digest === '' ? '' : `${this.#digest}.${this.#headsDigest}`;
    const { digest, headsDigest, manifest, heads, beacon } = await api.manifest(known);
    if (beacon) await saveBeacon(database, beacon);
    this.#manifestAt = this.#ports.now();
    this.#recovering = manifest?.recovering ?? this.#recovering;
    this.#listener.contact(this.#recovering);
    if (heads) this.#heads = new Map(heads);
    this.#headsDigest = headsDigest;
    if (!manifest) return heads ? this.#noteHeads(heads) : this.#noteContact();
    if (manifest.user.id !== userId) throw new Stop({ kind: 'other_user' });
    this.#sealed = new Set(manifest.sealed.map(({ id }) => id));
    const { sealed, gone: left, own } = manifest;
    for (const id of [...manifest.visits.map((visit) => visit.id), ...left]) this.#unknown.delete(id);
    this.#own = own;
    const rows = manifestRows(manifest, this.#heads);
    await saveManifest(database, rows, this.#manifestAt, { sealed, left, own });
    this.#savedAt = this.#manifestAt;
    this.#listener.manifest();
    for (const { id, role } of rows)
      await unlessRefused(async () => {
        if (await uncoverAsLead(this.#ports, id, role === 'lead')) this.#ports.uncovered(id);
      });
    await this.#fetchChecklists(manifest);
    this.#digest = digest;
  }

  /** Only logs have grown: the list shows how far. */
  async #noteHeads(heads: ReadonlyMap<string, ShortHead>): Promise<void> {
    await saveHeads(this.#ports.database, heads, this.#manifestAt);
    this.#savedAt = this.#manifestAt;
    this.#listener.manifest();
  }

  /** Nothing new, but the list is as fresh as this minute. */
  async #noteContact(): Promise<void> {
    if (!isDue(this.#savedAt, this.#manifestAt, CONFIRM_EVERY_MS)) return;
    this.#savedAt = this.#manifestAt;
    await noteManifest(this.#ports.database, this.#manifestAt);
    this.#listener.manifest();
  }

  async #fetchChecklists(manifest: Manifest): Promise<void> {
    const { api, database, sha256 } = this.#ports;
    const known = new Set(await knownChecklists(database));
    // What only a lead may move a visit to comes last: nobody waits for it.
    const offered = manifest.visits.flatMap(({ role, newer }) => (role === 'lead' && newer ? [newer] : []));
    for (const chk of new Set([...manifest.visits.map((visit) => visit.chk), ...offered])) {
      if (known.has(chk)) continue;
      const text = await api.checklist(chk);
      if ((await sha256(new TextEncoder().encode(text))) !== chk) throw new Stop({ kind: 'server' });
      await saveChecklist(database, { chk, text });
      this.#listener.manifest();
    }
  }

  /** Visits that have something to send. */
  async #waiting(): Promise<Set<string>> {
    const { database } = this.#ports;
    const found = new Set<string>();
    const photos = await this.#mayPhotos();
    for (const visit of (await storedVisits(database)).visits) {
      const { total, seen } = await counts(database, visit.id);
      const owes = total > seen || (photos && (await pendingPhotos(database, visit.id)) > 0);
      const forgotten = () => readMeta<Forgotten>(database, `${FORGOTTEN}${visit.id}`);
      if (owes || (await forgotten()) || (await this.#untold(visit))) found.add(visit.id);
    }
    return found;
  }

  /** The open visit first, then those with something to send, then those with news. */
  async #agenda(waiting: ReadonlySet<string>): Promise<string[]> {
    const agenda = new Set(this.#open ? [this.#open, ...waiting] : waiting);
    for (const [id, head] of this.#heads) {
      const cursor = await cursorOf(this.#ports.database, id);
      if (cursor.n !== head.n || !cursor.h.startsWith(head.h)) agenda.add(id);
      else if (!agenda.has(id) && (await this.#confirm(id, false)))
        this.#listener.visit(id, { kind: 'synced', removed: false });
    }
    return [...agenda].filter((id) => this.#isTold(id));
  }

  /** Whether the server may have something to say of a visit: asking for what it does not know would never end. */
  #isTold(visit: string): boolean {
    if (this.#sealed.has(visit)) return false;
    const unknown = this.#unknown.get(visit);
    if (!unknown) return true;
    const rest = UNKNOWN_AGAIN_MS * 2 ** Math.min(unknown.times, 9);
    return isDue(unknown.at, this.#ports.now(), Math.min(rest, LONGEST_UNKNOWN_MS));
  }

  #noteUnknown(visit: string, failure: Failure | null): void {
    const { times = 0 } = this.#unknown.get(visit) ?? {};
    if (failure?.kind === 'no_such_visit')
      this.#unknown.set(visit, { times: times + 1, at: this.#ports.now() });
    else this.#unknown.delete(visit);
  }

  /** The server has everything: noted each minute at most, unless something was sent just now. */
  async #confirm(visit: string, sent: boolean): Promise<boolean> {
    const { database, now } = this.#ports;
    const last = await readMeta<number>(database, `confirmed/${visit}`);
    if (!sent && last !== null && !isDue(last, now(), CONFIRM_EVERY_MS)) return false;
    await writeMeta(database, `confirmed/${visit}`, now());
    return true;
  }

  async #mayPhotos(): Promise<boolean> {
    const { at, ms } = this.#photosRest;
    return isDue(at, this.#ports.now(), ms) && (await this.#ports.mayPhotos());
  }

  /** Photos, once the operations of every visit are there. They stop for whatever else has come to be sent. */
  async #sendPhotos(visits: readonly string[]): Promise<void> {
    const { database, api, userId, now, sha256 } = this.#ports;
    const until = now() + PHOTOS_MS;
    const proceed = async () => {
      if (this.#stopped || this.#again) return false;
      if (now() < until) return this.#mayPhotos();
      this.#again = true;
      return false;
    };
    try {
      for (const visit of visits) {
        const progressed = (photo: PhotoProgress | null) => {
          this.#listener.sendingPhoto(photo);
          if (photo !== null) return;
          this.#photosRest.times = 0; // what rested goes again
          this.#listener.photosRest(null);
          this.#listener.photos(visit);
        };
        if (!(await proceed())) return;
        const sending = { progressed, proceed, chunk: this.#chunk, now, sha256 };
        if (!(await sendPhotos(database, api.uploadsOf(userId), visit, sending))) return;
      }
    } catch (error) {
      const failure = failureOf(error);
      if (!OF_PHOTOS.has(failure.kind)) throw error;
      const times = this.#photosRest.times + 1;
      this.#photosRest = { times, at: now(), ms: this.#rest(failure, times) };
      this.#listener.photosRest(failure.kind);
    } finally {
      this.#listener.sendingPhoto(null);
    }
  }

  /** Whether everything of the visit but its photos is there now. */
  async #syncVisit(visit: string, sent: boolean): Promise<boolean> {
    const { database } = this.#ports;
    const pending = () => this.#pending(visit);
    const heard = this.#heard?.visit === visit ? this.#heard : undefined;
    this.#heard = null;
    const outcome = await runRound({ ...this.#ports, pending }, visit, heard);
    this.#noteUnknown(visit, outcome.kind === 'failed' ? outcome.failure : null);
    if (outcome.kind === 'synced') {
      const { n, h } = await cursorOf(database, visit);
      if (this.#heads.has(visit)) this.#heads.set(visit, { n, h: h.slice(0, 16) });
      await this.#confirm(visit, sent);
      await this.#recount(visit);
      // The next list is compared with what was shown just now, also if it says what the last one did.
      if (outcome.removed && sent) this.#digest = '';
    }
    this.#listener.visit(visit, outcome);
    if (outcome.kind === 'failed' && isGeneral(outcome.failure)) throw new Stop(outcome.failure);
    return outcome.kind === 'synced';
  }

  async #pending(visit: string): Promise<Pending> {
    const { database } = this.#ports;
    const { total, seen } = await counts(database, visit);
    return { ops: total - seen, blobs: await pendingPhotos(database, visit) };
  }
}

function manifestRows(manifest: Manifest, heads: ReadonlyMap<string, ShortHead>) {
  return manifest.visits.map((visit, order) => ({
    ...visit,
    headN: heads.get(visit.id)?.n ?? 0,
    order,
    gone: false,
  }));
}
