// The phone's databases read past every schema, and without Dexie: for the recovery page, which has to work
// when the app does not start or when newer code has changed the databases; and for the file of everything the
// server does not have. Read only: nothing here opens a database with a version or writes.
//
// The file is NDJSON (UTF-8), one photo in memory at a time:
//   {"format":"congvu-outbox","version":1,"user","login","device","ticket","app","exported_at"}
//   {"t":"op",…} {"t":"evidence",…} {"t":"draft",…} {"t":"photo",…,"b64"} … {"t":"end","ops","photos"}

const DEVICE = 'congvu-device';
const PREFIX = 'congvu-';

export interface RawVisit {
  readonly id: string;
  /** The unit's name as the last list of visits had it; empty when that is not readable. */
  readonly unit: string;
  readonly ops: number;
  readonly drafts: number;
  readonly photos: number;
}

/** One person's database on this device. */
export interface RawPerson {
  readonly user: string;
  readonly login: string;
  readonly name: string;
  readonly device: string | null;
  readonly ticket: string | null;
  /** Signed in on this device now. */
  readonly current: boolean;
  readonly visits: readonly RawVisit[];
  /** Why the database could not be read. */
  readonly problem: string | null;
}

type Row = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const row = (value: unknown): Row => (typeof value === 'object' && value !== null ? (value as Row) : {});

function opened(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name);
    request.onupgradeneeded = () => request.transaction?.abort(); // there was none: leave none behind
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
}

/** Runs `read` on a database that exists; it is closed again whatever happens. */
async function within<T>(
  factory: IDBFactory,
  name: string,
  read: (db: IDBDatabase) => Promise<T>,
): Promise<T> {
  const database = await opened(factory, name);
  try {
    return await read(database);
  } finally {
    database.close();
  }
}

/** Every value of a store in the order of its keys; a store that is not there has none. */
function each(database: IDBDatabase, store: string, take: (value: Row) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!database.objectStoreNames.contains(store)) return resolve();
    const request = database.transaction(store).objectStore(store).openCursor();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve();
      take(row(cursor.value));
      cursor.continue();
    };
  });
}

function keysOf(database: IDBDatabase, store: string): Promise<IDBValidKey[]> {
  return new Promise((resolve, reject) => {
    if (!database.objectStoreNames.contains(store)) return resolve([]);
    const request = database.transaction(store).objectStore(store).getAllKeys();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(request.result);
  });
}

function valueAt(database: IDBDatabase, store: string, key: IDBValidKey): Promise<Row> {
  return new Promise((resolve, reject) => {
    const request = database.transaction(store).objectStore(store).get(key);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(row(request.result));
  });
}

const unsent = (op: Row) => op.seen !== 1;

/** Keys of photos the server does not have, as far as the upload rows say. */
async function photoKeys(database: IDBDatabase): Promise<[string, string][]> {
  const sent = new Set<string>();
  await each(database, 'uploads', (upload) => {
    if (upload.present === 1) sent.add(JSON.stringify([upload.visit, upload.sha256]));
  });
  const keys = (await keysOf(database, 'blobs')).filter(
    (key): key is [string, string] => Array.isArray(key) && key.every((part) => typeof part === 'string'),
  );
  return keys.filter((key) => !sent.has(JSON.stringify(key)));
}

async function visitsOf(database: IDBDatabase): Promise<RawVisit[]> {
  const names = new Map<string, string>();
  await each(database, 'visits', (visit) => names.set(text(visit.id), text(visit.unitName)));
  const counts = new Map<string, { ops: number; drafts: number; photos: number }>();
  const count = (visit: unknown, what: 'ops' | 'drafts' | 'photos') => {
    const found = counts.get(text(visit)) ?? { ops: 0, drafts: 0, photos: 0 };
    found[what] += 1;
    counts.set(text(visit), found);
  };
  await each(database, 'ops', (op) => unsent(op) && count(op.visit, 'ops'));
  await each(database, 'drafts', (draft) => count(draft.visit, 'drafts'));
  for (const [visit] of await photoKeys(database)) count(visit, 'photos');
  return [...counts].map(([id, found]) => ({ id, unit: names.get(id) ?? '', ...found }));
}

interface Known {
  readonly users: readonly Row[];
  readonly current: string | null;
}

async function knownPeople(factory: IDBFactory): Promise<Known> {
  try {
    return await within(factory, DEVICE, async (database) => {
      const users: Row[] = [];
      let current: string | null = null;
      await each(database, 'users', (user) => users.push(user));
      await each(database, 'meta', (meta) => {
        if (meta.key === 'current') current = textOrNull(meta.value);
      });
      return { users, current };
    });
  } catch {
    return { users: [], current: null }; // the names of the databases still say who worked here
  }
}

async function databaseNames(factory: IDBFactory): Promise<string[]> {
  try {
    return (await factory.databases()).map((database) => database.name ?? '');
  } catch {
    return [];
  }
}

/** Everybody who has a database on this device, with what the server does not have of each. */
export async function peopleHere(factory: IDBFactory = indexedDB): Promise<RawPerson[]> {
  const { users, current } = await knownPeople(factory);
  const ids = new Set(users.map((user) => text(user.id)));
  for (const name of await databaseNames(factory))
    if (name.startsWith(PREFIX) && name !== DEVICE) ids.add(name.slice(PREFIX.length));
  const people: RawPerson[] = [];
  for (const id of ids) {
    const user = users.find((each) => each.id === id) ?? {};
    const known = {
      user: id,
      login: text(user.login),
      name: text(user.name),
      device: textOrNull(user.device),
      ticket: textOrNull(user.ticket),
      current: id === current,
    };
    try {
      const visits = await within(factory, PREFIX + id, visitsOf);
      people.push({ ...known, visits, problem: null });
    } catch (error) {
      const missing = error instanceof Error && error.name === 'AbortError';
      people.push({ ...known, visits: [], problem: missing ? null : String(error) });
    }
  }
  return people.sort((a, b) => Number(b.current) - Number(a.current) || (a.user < b.user ? -1 : 1));
}

const CHUNK = 3 * 8192; // a multiple of three: pieces of base64 can be put one behind the other

function base64(bytes: ArrayBuffer): string[] {
  const all = new Uint8Array(bytes);
  const pieces: string[] = [];
  for (let at = 0; at < all.length; at += CHUNK)
    pieces.push(btoa(String.fromCharCode(...all.subarray(at, at + CHUNK))));
  return pieces;
}

export interface ExportOptions {
  readonly app: string;
  readonly at: Date;
  /** Only for the person who is signed in: the ticket lets its holder hand in operations. */
  readonly withTicket: boolean;
}

/** Everything of one person the server does not have, word for word, with the entries kept as evidence. */
export async function outboxFile(
  person: Pick<RawPerson, 'user' | 'login' | 'device' | 'ticket'>,
  options: ExportOptions,
  factory: IDBFactory = indexedDB,
): Promise<Blob> {
  return within(factory, PREFIX + person.user, async (database) => {
    const parts: BlobPart[] = [];
    const line = (value: object) => parts.push(`${JSON.stringify(value)}\n`);
    line({
      format: 'congvu-outbox',
      version: 1,
      user: person.user,
      login: person.login,
      device: person.device,
      ticket: options.withTicket ? person.ticket : null,
      app: options.app,
      exported_at: options.at.toISOString(),
    });
    const ops: Row[] = [];
    await each(database, 'ops', (op) => unsent(op) && ops.push(op));
    ops.sort((a, b) => Number(a.seq ?? 0) - Number(b.seq ?? 0));
    for (const { visit, writer, ws, seq, op, body } of ops)
      line({ t: 'op', visit, writer, ws, seq, op, body });
    await each(database, 'evidence', (entry) => line({ t: 'evidence', ...entry }));
    await each(database, 'drafts', ({ visit, path, text }) => line({ t: 'draft', visit, path, text }));
    const photos = await photoKeys(database);
    for (const key of photos) {
      const { bytes, mime } = await valueAt(database, 'blobs', key);
      const head = JSON.stringify({ t: 'photo', visit: key[0], sha256: key[1], mime });
      const b64 = base64(bytes instanceof ArrayBuffer ? bytes : new ArrayBuffer(0));
      // A Blob of its own: the browser may move it out of memory before the next photo is read.
      parts.push(new Blob([head.slice(0, -1), ',"b64":"', ...b64, '"}\n']));
    }
    line({ t: 'end', ops: ops.length, photos: photos.length });
    return new Blob(parts, { type: 'text/plain;charset=utf-8' });
  });
}

/** A name that says whose work it is and from when: "congvu-canboa-20261127-1015.txt". */
export function outboxName(login: string, at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const safe = login.replace(/[^\w.-]/g, '') || 'may';
  return `congvu-${safe}-${day}-${two(at.getHours())}${two(at.getMinutes())}.txt`;
}
