// Phones of several people against one simulated server, each with its own storage and cookie.
import Dexie from 'dexie';
import { IDBFactory } from 'fake-indexeddb';
import { expect } from 'vitest';
import { canonical } from '../../src/domain/wire.ts';
import { FieldApp } from '../../src/state/app.svelte.ts';
import type { OpenVisit } from '../../src/state/interface.ts';
import { Api } from '../../src/sync/api.ts';
import { hex, SimulatedServer, VISIT } from '../simulation/server.ts';

const CHECKLIST = canonical({
  slug: 'thu',
  version: 1,
  title: { vi: 'Phiếu thử' },
  effective_from: '2026-01-01',
  sections: [
    {
      key: 'mot',
      title: { vi: 'Một' },
      items: [
        { key: 'bien', text: { vi: 'Có biển' }, answer: { type: 'yes_no' }, points: 1_000 },
        { key: 'the', text: { vi: 'Có thẻ' }, answer: { type: 'yes_no' }, points: 1_000 },
      ],
    },
  ],
});

export const SIGN = 'item/bien';
export const BADGE = 'item/the';

export class Street {
  readonly server = new SimulatedServer();
  readonly apps: FieldApp[] = [];
  #online = true;

  constructor() {
    this.server.signedIn = null;
    this.server.checklists.set(hex(CHECKLIST), CHECKLIST);
    this.server.before = () => {
      if (!this.#online) throw new TypeError('network');
      return undefined;
    };
  }

  network(there: boolean): void {
    this.#online = there;
  }

  /** A browser; given a storage again, the same one after a restart. */
  browser(storage = new IDBFactory()) {
    let cookie: string | null = null;
    const api = new Api(async (input, init) => {
      this.server.signedIn = cookie;
      try {
        return await this.server.fetch(input, init);
      } finally {
        cookie = this.server.signedIn ?? null;
      }
    });
    return {
      storage,
      end: () => {
        cookie = null;
      },
      /** Somebody signs in on the desk. */
      desk: (user: string) => {
        cookie = user;
      },
      start: async (): Promise<FieldApp> => {
        Dexie.dependencies.indexedDB = storage;
        const app = new FieldApp({ api, partition: { exclusive: (work) => work() } });
        this.apps.push(app);
        await app.session.start();
        return app;
      },
    };
  }

  async signIn(app: FieldApp, login: string): Promise<OpenVisit> {
    expect(await app.session.signIn(login, 'right')).toEqual({ ok: true });
    await until(() => app.visits.list[0]?.ready === true);
    return app.openVisit(VISIT);
  }

  /** Every page is closed, as by the system: nobody is signed out. */
  async close(): Promise<void> {
    this.network(true);
    for (const app of this.apps) {
      this.server.signedIn = null;
      await app.session.signOut({ evenUnsent: true });
    }
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600 && !(await condition()); i += 1) await new Promise((done) => setTimeout(done, 5));
  expect(await condition()).toBe(true);
}

export const values = (visit: OpenVisit, path: string) => visit.heads(path).map((head) => head.value);
