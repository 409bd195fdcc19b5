// Decides when to sync what: the open visit every few seconds, everything else by the manifest.
// Failures back off with jitter (1 s to 5 min) and never give up; nothing here decides about data.

import { cursorOf } from '../store/log.ts';
import {
  knownChecklists,
  noteManifest,
  readMeta,
  saveChecklist,
  saveManifest,
  storedVisits,
  writeMeta,
} from '../store/manifest.ts';
import { counts, outbox } from '../store/ops.ts';
import type { Api } from './api.ts';
import { failureOf, type RoundPorts, runRound } from './driver.ts';
import { tellIncidents } from './incidents.ts';
import { pendingPhotos, sendPhotos } from './photos.ts';
import type { Manifest, ManifestVisit } from './protocol.ts';
import type { Failure, FailureKind, Outcome } from './step.ts';

export const OPEN_EVERY_MS = 5_000;
export const IDLE_EVERY_MS = 20_000;
const LONGEST_WAIT_MS = 300_000;
const LONGEST_OFFLINE_MS = 20_000;
const CONFIRM_EVERY_MS = 60_000;

export interface LoopPorts extends Omit<RoundPorts, 'api' | 'pending'> {
  readonly api: Api;
  readonly now: () => number;
  readonly random: () => number;
  /** Runs `work` while no other tab syncs; may run it anyway after a while (the lock only saves work). */
  readonly exclusive: (work: () => Promise<void>) => Promise<void>;
  readonly after: (ms: number, work: () => void) => () => void;
}

export interface LoopListener {
  busy(busy: boolean): void;
  /** How the last attempt ended for everything; null when the server answered. */
  failed(failure: Failure | null): void;
  manifest(): void;
  visit(visit: string, outcome: Outcome): void;
  photos(visit: string): void;
  /** The server answered; `recovering` as its last manifest said. */
  contact(recovering: boolean): void;
  /** The server has heard of every incident. */
  told(): void;
}

/** Failures that are the same for every visit: no use trying the next one. */
const GENERAL: ReadonlySet<FailureKind> = new Set([
  'offline',
  'login',
  'other_user',
  'csrf',
  'device_revoked',
  'upgrade',
  'busy',
  'limit',
  'server',
  'storage',
]);

class Stop extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind);
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
  #savedAt = Number.NEGATIVE_INFINITY;
  #recovering = false;
  #heads: ReadonlyMap<string, ManifestVisit> = new Map();
  #cancelTimer: () => void = () => {};

  constructor(ports: LoopPorts, listener: LoopListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  start(): void {
    this.#stopped = false;
    void this.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  /** Which visit is on the screen: it is pulled every few seconds. */
  follow(visit: string | null): void {
    this.#open = visit;
    this.poke();
  }

  /** Something new waits in the store. While the server asks for patience, it waits with the rest. */
  poke(): void {
    if (this.#failures === 0) void this.now();
  }

  /** Tries at once: a tap, `online`, the page came to the front, a new sign-in. */
  async now(): Promise<void> {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#cancelTimer();
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
    if (!this.#stopped) this.#cancelTimer = this.#ports.after(this.#wait(failure), () => void this.now());
  }

  #wait(failure: Failure | null): number {
    if (!failure) return this.#open ? OPEN_EVERY_MS : IDLE_EVERY_MS;
    // Without a network an attempt costs the server nothing, and people wait for the cloud to turn green.
    const longest = failure.kind === 'offline' ? LONGEST_OFFLINE_MS : LONGEST_WAIT_MS;
    const grown = Math.min(longest, 1_000 * 2 ** Math.min(this.#failures, 9));
    const jittered = grown * (0.5 + this.#ports.random() / 2);
    // Also while the day's limit lasts, others' answers are fetched now and then.
    return Math.max(jittered, Math.min((failure.retryAfter ?? 0) * 1_000, LONGEST_WAIT_MS));
  }

  async #cycle(): Promise<void> {
    const waiting = await this.#waiting();
    const due = this.#ports.now() - this.#manifestAt >= IDLE_EVERY_MS;
    // Before anything is sent, make sure whose session the browser holds (I18).
    if (due || waiting.size > 0 || !this.#open) await this.#readManifest();
    await this.#tell();
    for (const visit of await this.#agenda(waiting)) await this.#syncVisit(visit, waiting.has(visit));
  }

  /** An incident the server does not take now waits; it never keeps operations from being sent. */
  async #tell(): Promise<void> {
    try {
      if (await tellIncidents(this.#ports)) this.#listener.told();
    } catch (error) {
      const failure = failureOf(error);
      if (GENERAL.has(failure.kind)) throw new Stop(failure);
    }
  }

  async #readManifest(): Promise<void> {
    const { api, database, userId } = this.#ports;
    // The digest covers the person, so "unchanged" also says that the session is still ours.
    const manifest = await api.manifest(this.#digest);
    this.#manifestAt = this.#ports.now();
    this.#recovering = manifest?.recovering ?? this.#recovering;
    this.#listener.contact(this.#recovering);
    if (!manifest) return this.#noteContact();
    if (manifest.user.id !== userId) throw new Stop({ kind: 'other_user' });
    this.#heads = new Map(manifest.visits.map((visit) => [visit.id, visit]));
    await saveManifest(database, manifestRows(manifest), this.#manifestAt);
    this.#savedAt = this.#manifestAt;
    this.#listener.manifest();
    await this.#fetchChecklists(manifest);
    this.#digest = manifest.digest;
  }

  /** Nothing new, but the list is as fresh as this minute. */
  async #noteContact(): Promise<void> {
    if (this.#manifestAt - this.#savedAt < CONFIRM_EVERY_MS) return;
    this.#savedAt = this.#manifestAt;
    await noteManifest(this.#ports.database, this.#manifestAt);
    this.#listener.manifest();
  }

  async #fetchChecklists(manifest: Manifest): Promise<void> {
    const { api, database, sha256 } = this.#ports;
    const known = new Set(await knownChecklists(database));
    for (const chk of new Set(manifest.visits.map((visit) => visit.chk))) {
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
    for (const visit of (await storedVisits(database)).visits) {
      const { total, seen } = await counts(database, visit.id);
      if (total > seen || (await pendingPhotos(database, visit.id)) > 0) found.add(visit.id);
    }
    return found;
  }

  /** The open visit first, then those with something to send, then those with news. */
  async #agenda(waiting: ReadonlySet<string>): Promise<string[]> {
    const agenda = new Set(this.#open ? [this.#open, ...waiting] : waiting);
    for (const [id, visit] of this.#heads) {
      const cursor = await cursorOf(this.#ports.database, id);
      if (cursor.n !== visit.head.n || cursor.h !== visit.head.h) agenda.add(id);
      else if (!agenda.has(id) && (await this.#confirm(id, false)))
        this.#listener.visit(id, { kind: 'synced', removed: false });
    }
    return [...agenda];
  }

  /** The server has everything: noted each minute at most, unless something was sent just now. */
  async #confirm(visit: string, sent: boolean): Promise<boolean> {
    const { database, now } = this.#ports;
    const last = await readMeta<number>(database, `confirmed/${visit}`);
    if (!sent && last !== null && now() - last < CONFIRM_EVERY_MS) return false;
    await writeMeta(database, `confirmed/${visit}`, now());
    return true;
  }

  async #syncVisit(visit: string, sent: boolean): Promise<void> {
    const { database, api } = this.#ports;
    const pending = () => this.#pending(visit);
    const outcome = await runRound({ ...this.#ports, pending }, visit);
    if (outcome.kind === 'synced') await this.#confirm(visit, sent);
    this.#listener.visit(visit, outcome);
    if (outcome.kind === 'failed' && GENERAL.has(outcome.failure.kind)) throw new Stop(outcome.failure);
    if (outcome.kind === 'synced') await sendPhotos(database, api, visit, () => this.#listener.photos(visit));
  }

  async #pending(visit: string) {
    const { database } = this.#ports;
    const ops = await outbox(database, visit);
    const oldest = ops[0] ? ((JSON.parse(ops[0].body) as { t?: { wall?: string } }).t?.wall ?? null) : null;
    return { ops: ops.length, blobs: await pendingPhotos(database, visit), oldest };
  }
}

function manifestRows(manifest: Manifest) {
  return manifest.visits.map(({ head, ...visit }, order) => ({
    ...visit,
    headN: head.n,
    order,
    gone: false,
  }));
}
