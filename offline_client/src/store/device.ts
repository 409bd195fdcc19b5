// The small database all people of this device share: who signed in here, and who is signed in now,
// so that the app starts without a network as that person.
import Dexie, { type Table } from 'dexie';
import { durably, guardSchema, UserDatabase } from './database.ts';
import { type Instance, waitingHere } from './instance.ts';
import { isAllSafe } from './safety.ts';

export interface StoredUser {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  /** The id the server gave this device for this person; null until it did. */
  readonly device: string | null;
  /** Lets this device hand in this person's operations when the account itself is closed (docs/sync.md 7 Drop). */
  readonly ticket?: string | null;
}

/** What of another person waits on this device. */
export interface Waiting {
  readonly name: string;
  readonly ops: number;
  readonly photos: number;
  /** False when the database does not open here: what is in it is not known. */
  readonly readable: boolean;
}

/** How the last session here ended, and whose it was, while the server has not heard of it. */
export interface Ending {
  readonly how: 'signed_out' | 'wiped';
  readonly user: string | null;
}

const ENDING = 'ending';
/** As the server compares names: it keeps them folded. */
const folded = (login: string) => login.trim().toLowerCase();
const holdingKey = (user: string) => `holding/${user}`;

class DeviceDatabase extends Dexie {
  declare readonly meta: Table<{ key: string; value: unknown }, string>;
  declare readonly users: Table<StoredUser, string>;

  constructor() {
    super('congvu-device', { chromeTransactionDurability: 'strict' });
    this.version(1).stores({ meta: '&key', users: '&id' });
    guardSchema(this);
  }
}

export class Device {
  readonly #database = new DeviceDatabase();

  /** The person who signed in with this login before, to continue the same device. */
  async byLogin(login: string): Promise<StoredUser | undefined> {
    const same = (user: StoredUser) => folded(user.login) === folded(login);
    return durably(this.#database, () => this.#database.users.filter(same).first());
  }

  /** The person who is signed in on this device, or null. */
  async current(): Promise<StoredUser | null> {
    return durably(this.#database, async () => {
      const row = await this.#database.meta.get('current');
      return row?.value ? ((await this.#database.users.get(row.value as string)) ?? null) : null;
    });
  }

  /** A person is signed in: the session of before, if it was still to be ended, has been replaced. */
  async setCurrent(user: StoredUser): Promise<void> {
    const { meta, users } = this.#database;
    await durably(this.#database, () =>
      this.#database.transaction('rw', [meta, users], async () => {
        // A sign-in that brings no ticket does not take away the one this device has.
        await users.put({ ...user, ticket: user.ticket ?? (await users.get(user.id))?.ticket ?? null });
        await meta.put({ key: 'current', value: user.id });
        await meta.delete(ENDING);
      }),
    );
  }

  /** Nobody is signed in any more, and the server has still to hear of it. */
  async signOut(): Promise<void> {
    const { meta } = this.#database;
    await durably(this.#database, () =>
      this.#database.transaction('rw', [meta], async () => {
        const user = ((await meta.get('current'))?.value as string | null | undefined) ?? null;
        await meta.put({ key: 'current', value: null });
        await meta.put({ key: ENDING, value: { how: 'signed_out', user } satisfies Ending });
      }),
    );
  }

  async ending(): Promise<Ending | null> {
    const row = await durably(this.#database, () => this.#database.meta.get(ENDING));
    return (row?.value as Ending | undefined) ?? null;
  }

  /** The server has ended the session. */
  async ended(): Promise<void> {
    await durably(this.#database, () => this.#database.meta.delete(ENDING));
  }

  /** What this device remembers of a person's database: it has a writer, and how much was minted there. */
  async holding(user: string): Promise<Instance | null> {
    const row = await durably(this.#database, () => this.#database.meta.get(holdingKey(user)));
    return (row?.value as Instance | undefined) ?? null;
  }

  async hold(user: string, instance: Instance): Promise<void> {
    await durably(this.#database, () => this.#database.meta.put({ key: holdingKey(user), value: instance }));
  }

  /** People other than `except` who have something on this device that waits, or may: their database does not open. */
  async waiting(except: string | null): Promise<Waiting[]> {
    const found = await this.#each(async (user, database): Promise<Waiting | null> => {
      if (user.id === except) return null;
      const here = await waitingHere(database).catch(() => null);
      return { name: user.name, ops: here?.waiting ?? 0, photos: here?.photos ?? 0, readable: here !== null };
    });
    return found.filter(
      (each) => each !== null && (!each.readable || each.ops + each.photos > 0),
    ) as Waiting[];
  }

  /** Whether deleting everything loses nobody's work: what cannot be read is not known to be safe. */
  async allSafe(): Promise<boolean> {
    const safe = await this.#each((user, database) => isAllSafe(database, user.id).catch(() => false));
    return safe.every((each) => each);
  }

  async #each<T>(read: (user: StoredUser, database: UserDatabase) => Promise<T>): Promise<T[]> {
    const users = await durably(this.#database, () => this.#database.users.toArray());
    const found: T[] = [];
    for (const user of users) {
      const database = new UserDatabase(user.id);
      found.push(await read(user, database));
      database.close();
    }
    return found;
  }

  /** Deletes every database of this app on this device, but for the note that it was meant. The caller asked `allSafe`. */
  async wipe(): Promise<void> {
    const users = await durably(this.#database, () => this.#database.users.toArray());
    for (const user of users) await new UserDatabase(user.id).delete();
    await durably(this.#database, () =>
      this.#database.transaction('rw', this.#database.tables, async () => {
        const { meta, tables } = this.#database;
        const last = (await meta.get(ENDING))?.value as Ending | undefined;
        for (const table of tables) await table.clear();
        await meta.put({ key: ENDING, value: { how: 'wiped', user: last?.user ?? null } satisfies Ending });
      }),
    );
  }

  close(): void {
    this.#database.close();
  }
}
