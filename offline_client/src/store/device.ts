// The small database all people of this device share: who signed in here, and who is signed in now,
// so that the app starts without a network as that person.
import Dexie, { type Table } from 'dexie';
import { durably, UserDatabase } from './database.ts';
import { waitingCount } from './ops.ts';

export interface StoredUser {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  /** The id the server gave this device for this person; null until it did. */
  readonly device: string | null;
}

class DeviceDatabase extends Dexie {
  declare readonly meta: Table<{ key: string; value: unknown }, string>;
  declare readonly users: Table<StoredUser, string>;

  constructor() {
    super('congvu-device', { chromeTransactionDurability: 'strict' });
    this.version(1).stores({ meta: '&key', users: '&id' });
    this.on('versionchange', () => this.close({ disableAutoOpen: false }));
  }
}

export class Device {
  readonly #database = new DeviceDatabase();

  /** The person who signed in with this login before, to continue the same device. */
  async byLogin(login: string): Promise<StoredUser | undefined> {
    return durably(this.#database, () => this.#database.users.filter((user) => user.login === login).first());
  }

  /** The person who is signed in on this device, or null. */
  async current(): Promise<StoredUser | null> {
    return durably(this.#database, async () => {
      const row = await this.#database.meta.get('current');
      return row?.value ? ((await this.#database.users.get(row.value as string)) ?? null) : null;
    });
  }

  async setCurrent(user: StoredUser | null): Promise<void> {
    const { meta, users } = this.#database;
    await durably(this.#database, () =>
      this.#database.transaction('rw', [meta, users], async () => {
        if (user) await users.put(user);
        await meta.put({ key: 'current', value: user?.id ?? null });
      }),
    );
  }

  /** People other than `except` whose operations still wait on this device. */
  async waiting(except: string | null): Promise<{ name: string; ops: number }[]> {
    const users = await durably(this.#database, () => this.#database.users.toArray());
    const found: { name: string; ops: number }[] = [];
    for (const user of users) {
      if (user.id === except) continue;
      const database = new UserDatabase(user.id);
      const ops = await waitingCount(database);
      database.close();
      if (ops > 0) found.push({ name: user.name, ops });
    }
    return found;
  }

  close(): void {
    this.#database.close();
  }
}
