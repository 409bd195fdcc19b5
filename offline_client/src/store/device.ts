// The small database all people of this device share: which device it is and who is signed in,
// so that the app starts without a network as the person who signed in last.
import Dexie, { type Table } from 'dexie';
import { durably, UserDatabase } from './database.ts';
import { waitingCount } from './ops.ts';

export interface StoredUser {
  readonly id: string;
  readonly login: string;
  readonly name: string;
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

  /** This device's id; `fresh` becomes it the first time. */
  async id(fresh: string): Promise<string> {
    const { meta } = this.#database;
    return durably(this.#database, () =>
      this.#database.transaction('rw', [meta], async () => {
        const known = await meta.get('device');
        if (known) return known.value as string;
        await meta.put({ key: 'device', value: fresh });
        return fresh;
      }),
    );
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
