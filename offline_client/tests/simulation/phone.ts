// A phone: its own IndexedDB, the real store, Api and driver. Ids come from a counter, so that every
// run is the same.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { UserDatabase } from '../../src/store/database.ts';
import { entriesOf, evidenceToOffer, FORGOTTEN, type Forgotten } from '../../src/store/log.ts';
import { writeMeta } from '../../src/store/manifest.ts';
import { mint, outbox } from '../../src/store/ops.ts';
import { Api } from '../../src/sync/api.ts';
import { type RoundPorts, runRound } from '../../src/sync/driver.ts';
import type { Outcome } from '../../src/sync/step.ts';
import { hex, type SimulatedServer, VISIT } from './server.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
let counter = 0;

/** 22 characters that look like 128 random bits. */
export function countedId(): string {
  counter += 1;
  let rest = counter;
  let id = '';
  while (id.length < 21) {
    id += ALPHABET[rest % 64];
    rest = Math.floor(rest / 64);
  }
  return `${id}A`;
}

export class Phone {
  readonly database: UserDatabase;
  readonly user: string;
  readonly server: SimulatedServer;
  readonly api: Api;
  readonly incidents: string[] = [];

  constructor(server: SimulatedServer, user = 'user-a', indexedDB: IDBFactory = new IDBFactory()) {
    this.server = server;
    this.user = user;
    this.database = new UserDatabase(user, { indexedDB, IDBKeyRange });
    this.api = new Api(async (input, init) => {
      server.user = user;
      return server.fetch(input, init);
    });
  }

  get ports(): RoundPorts {
    return {
      database: this.database,
      api: this.api,
      sha256: async (bytes) => hex(bytes),
      freshId: countedId,
      device: 'device',
      userId: this.user,
      pending: async () => ({ ops: 0, blobs: 0 }),
      changed: () => {},
      incident: (_visit, what) => this.incidents.push(what),
    };
  }

  /** Answers an item; returns the op's id. */
  async write(path: string, value: unknown, parents: readonly string[] = []): Promise<string> {
    const op = countedId();
    const body = JSON.stringify({
      v: 1,
      op,
      visit: VISIT,
      chk: 'a'.repeat(64),
      kind: value === null ? 'clear' : 'set',
      path,
      val: value,
      par: parents,
      user: this.user,
      dev: 'device',
      t: { wall: '2026-11-22T10:11:12.345+07:00', mono: 8_123_456, off: null, unc: null },
      app: '0.1.0',
    });
    await mint(this.database, { ops: [{ op, visit: VISIT, body, bh: hex(body) }] }, countedId());
    return op;
  }

  /** Answers an item and sends it; returns the op's id. */
  async sent(path: string, value: unknown): Promise<string> {
    const op = await this.write(path, value);
    await this.round();
    return op;
  }

  /** In a new epoch the server may have forgotten: what the loop notes before the next round. */
  forget(what: Forgotten): Promise<void> {
    return writeMeta(this.database, `${FORGOTTEN}${VISIT}`, what);
  }

  round(): Promise<Outcome> {
    return runRound(this.ports, VISIT);
  }

  /** What it would give back to a restored server. */
  offers(): Promise<object[]> {
    return evidenceToOffer(this.database, VISIT, { pieces: 1, room: 1, offered: [], own: false });
  }

  async waiting(): Promise<string[]> {
    return (await outbox(this.database, VISIT)).map((row) => row.op);
  }

  async logged(): Promise<string[]> {
    return (await entriesOf(this.database, VISIT)).map((row) => row.op);
  }

  /** Copies this phone's whole database into another one: a restored backup, a cloned phone. */
  async clone(): Promise<Phone> {
    const twin = new Phone(this.server, this.user);
    for (const table of this.database.tables)
      await twin.database.table(table.name).bulkPut(await table.toArray());
    return twin;
  }
}
