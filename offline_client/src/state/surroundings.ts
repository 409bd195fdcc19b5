// What else of a visit may be on its way when the lead closes it: photos the server does not have, and devices that
// opened the visit and owe something or were not heard of lately. As the server last said, kept for when it cannot be
// asked; its time is shown. Pure but for keeping it.
import type { Cells, Entry } from '../domain/operations.ts';
import type { UserDatabase } from '../store/database.ts';
import { readMeta, writeMeta } from '../store/manifest.ts';
import type { Api } from '../sync/api.ts';
import type { DeviceSeen } from '../sync/protocol.ts';

export type { DeviceSeen };

export interface Surroundings {
  /** When the server said so, on this phone's clock; milliseconds since 1970. */
  readonly at: number;
  /** How far the server's clock was ahead of this phone's; absent in lists of before. */
  readonly ahead?: number | null;
  readonly devices: readonly DeviceSeen[];
  /** SHA-256 of the photos the server has. */
  readonly photos: readonly string[];
}

/** Photos in the answers that are not known to be on the server, by who took them and the phone they lie on. */
export interface MissingPhotos {
  readonly actor: string;
  /** 'here': on this phone; null: which phone is not known. */
  readonly phone: DeviceSeen | 'here' | null;
  readonly n: number;
}

/** A phone in use is heard of every few minutes; after an hour it may hold what nobody else has seen. */
const SILENT_MS = 3_600_000;

const keyOf = (visit: string) => `surroundings/${visit}`;

export function storedSurroundings(database: UserDatabase, visit: string): Promise<Surroundings | null> {
  return readMeta<Surroundings>(database, keyOf(visit));
}

/** Whom to ask, and what its replies say of this phone's clock. */
interface Asked {
  readonly api: Pick<Api, 'devices' | 'receipts'>;
  readonly database: UserDatabase;
  readonly ahead: number | null;
  now(): number;
}

/** Asks the server and keeps its answer; raises ApiError. */
export async function askSurroundings(from: Asked, visit: string): Promise<Surroundings> {
  const { api } = from;
  const [devices, receipts] = await Promise.all([api.devices(visit), api.receipts(visit)]);
  const photos = receipts.map((each) => each.sha256);
  const found = { at: from.now(), ahead: from.ahead, devices, photos };
  await writeMeta(from.database, keyOf(visit), found);
  return found;
}

/** The first operation that named each photo, by its path: whose phone took it, whoever adopted or put it back later. */
export function takenBy(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const first = new Map<string, Entry>();
  for (const entry of entries)
    if (entry.kind === 'attach' && !first.has(entry.path)) first.set(entry.path, entry);
  return first;
}

/** `own` says of the photos taken here whether the server has them. */
export function missingPhotos(
  cells: Cells,
  taken: ReadonlyMap<string, Entry>,
  own: ReadonlyMap<string, boolean>,
  known: Surroundings | null,
): readonly MissingPhotos[] {
  const there = new Set(known?.photos);
  const phones = new Map(
    known?.devices.flatMap((each) => (each.writers ?? []).map((writer) => [writer, each])),
  );
  const missing = new Map<string, Omit<MissingPhotos, 'n'> & { readonly photos: Set<string> }>();
  for (const [path, heads] of cells) {
    if (!path.startsWith('photo/')) continue;
    for (const head of heads) {
      const sha256 = (head.value as { sha256?: unknown } | null)?.sha256;
      if (typeof sha256 !== 'string' || there.has(sha256) || own.get(sha256) === true) continue;
      const { actor, writer } = taken.get(path) ?? { actor: head.actor, writer: '' };
      const phone = own.has(sha256) ? 'here' : (phones.get(writer) ?? null);
      const key = JSON.stringify([actor, phone === 'here' ? phone : phone?.device]);
      const group = missing.get(key) ?? { actor, phone, photos: new Set() };
      group.photos.add(sha256);
      missing.set(key, group);
    }
  }
  return [...missing.values()].map(({ actor, phone, photos }) => ({ actor, phone, n: photos.size }));
}

/** The server's time by this phone's clock, which may be wrong: by how much, its last reply showed, or the list's own. */
export function serverTime(known: Surroundings | null, clock: Pick<Asked, 'ahead' | 'now'>): number {
  return clock.now() + (clock.ahead ?? known?.ahead ?? 0);
}

/** Other devices that say they owe something, or were not heard of for an hour; `now` is the server's time. */
export function silentDevices(known: Surroundings | null, here: string, now: number): readonly DeviceSeen[] {
  return (known?.devices ?? []).filter(
    (each) =>
      each.device !== here &&
      !each.revoked &&
      (each.ops > 0 || each.photos > 0 || now - each.lastAt > SILENT_MS),
  );
}
