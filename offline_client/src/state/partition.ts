// Everything that belongs to one signed-in person on this device, put together: the database, the
// server, the sync loop, and the channel by which tabs (and parts of one tab) hear of changes.
import { UserDatabase } from '../store/database.ts';
import type { StoredUser } from '../store/device.ts';
import type { Api } from '../sync/api.ts';
import { noteIncident } from '../sync/incidents.ts';
import type { LoopListener, LoopPorts } from '../sync/loop.ts';
import { SyncLoop } from '../sync/loop.ts';
import type { Mint, Moment } from './minting.ts';
import { pinnedKey } from './serverKey.ts';
import { wallClock } from './wall.ts';

/**
 * `discarded`: what was half written of the visit was put away on purpose. `uncovered`: entries that are in the log
 * already have bodies now.
 */
export type Change =
  | { readonly visit: string; readonly discarded?: true; readonly uncovered?: true }
  | { readonly manifest: true };

const random = () => crypto.getRandomValues(new Uint8Array(16));

/** 16 bytes as 22 characters of base64url. */
function idOf(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22);
}

/** 128 random bits as 22 characters of base64url. */
export const freshId = (): string => idOf(random());

/**
 * Ids of operations: 96 random bits that live as long as the page does, and a count (docs/decisions/0014). What is sent
 * together begins alike and so shrinks; the random part is in no store, so no copy of a store mints an id again.
 */
export function operationIds(bytes = random()): () => string {
  const view = new DataView(bytes.buffer);
  let count = 0;
  return () => {
    view.setUint32(12, count++);
    return idOf(bytes);
  };
}

export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Tells the other tabs what changed, and everybody in this one. */
class Bus {
  readonly #channel: BroadcastChannel | null;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(name: string) {
    this.#channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
    if (this.#channel) this.#channel.onmessage = (event) => this.#tell(event.data as Change);
  }

  post(change: Change): void {
    this.#channel?.postMessage(change);
    this.#tell(change);
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#channel?.close();
    this.#listeners.clear();
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export interface PartitionOptions {
  readonly user: StoredUser;
  readonly api: Api;
  readonly listener: LoopListener;
  readonly mayPhotos?: () => Promise<boolean>;
  /** Only tests replace these. */
  readonly clock?: () => number;
  readonly exclusive?: LoopPorts['exclusive'];
}

export class Partition {
  readonly user: StoredUser;
  readonly api: Api;
  readonly device: string;
  readonly database: UserDatabase;
  readonly loop: SyncLoop;
  readonly bus: Bus;
  readonly mint: Mint;
  /** The writer of operations minted before a visit has a slot: one per database instance. */
  readonly freshWriter = freshId();
  readonly #clock: () => number;
  #offset: { off: number; unc: number } | null = null;

  constructor(options: PartitionOptions) {
    this.user = options.user;
    this.api = options.api;
    // The session decides who sends; an operation only informs which device it was made on.
    this.device = options.user.device ?? 'unknown';
    this.#clock = options.clock ?? Date.now;
    this.database = new UserDatabase(options.user.id);
    this.bus = new Bus(`congvu-${options.user.id}`);
    this.mint = { freshId: operationIds(), sha256, moment: () => this.#moment() };
    options.api.onStamp = (stamp, sentAt) => this.#measure(stamp.serverNow, sentAt);
    this.loop = new SyncLoop(this.#loopPorts(options), options.listener);
  }

  now(): number {
    return this.#clock();
  }

  /** How far the server's clock is ahead of this phone's, in ms; null while no reply has shown it. */
  get ahead(): number | null {
    return this.#offset?.off ?? null;
  }

  close(): void {
    this.loop.stop();
    this.bus.close();
    this.database.close();
  }

  #loopPorts(options: PartitionOptions): LoopPorts {
    return {
      database: this.database,
      api: options.api,
      sha256,
      freshId,
      device: this.device,
      userId: this.user.id,
      changed: (visit) => this.bus.post({ visit }),
      uncovered: (visit) => this.bus.post({ visit, uncovered: true }),
      incident: (visit, kind) => noteIncident(this.#incidentPorts(), kind, { visit }),
      now: this.#clock,
      random: Math.random,
      exclusive: options.exclusive ?? ((work) => exclusively(`vsp-sync-${this.user.id}`, work)),
      after: (ms, work) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
      visible: () => typeof document !== 'undefined' && document.visibilityState === 'visible',
      ...pinnedKey(this.database, options.api),
      mayPhotos: options.mayPhotos ?? (async () => true),
      // Wanted only when a photo is freed, long after the first screen.
      thumbnail: async (...photo) => (await import('./downscale.ts')).thumbnail(...photo),
    };
  }

  #incidentPorts() {
    return { database: this.database, freshId, now: this.#clock };
  }

  #measure(serverNow: number, sentAt: number): void {
    const now = this.#clock();
    const unc = Math.max(0, Math.round((now - sentAt) / 2));
    this.#offset = { off: Math.round(serverNow - (sentAt + now) / 2), unc };
  }

  #moment(): Moment {
    return {
      wall: wallClock(new Date(this.#clock())),
      mono: Math.round(performance.now()),
      off: this.#offset?.off ?? null,
      unc: this.#offset?.unc ?? null,
    };
  }
}

/** The lock only saves work: after ten seconds of waiting the work is done without it. */
async function exclusively(name: string, work: () => Promise<void>): Promise<void> {
  if (typeof navigator === 'undefined' || !navigator.locks) return work();
  let begun = false;
  try {
    await navigator.locks.request(name, { signal: AbortSignal.timeout(10_000) }, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    await work();
  }
}
