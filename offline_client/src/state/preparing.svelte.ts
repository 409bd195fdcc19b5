// Makes each visit of the list ready for a day without a network, and says what is really here: each tick stands for
// something that was read back from this phone, not for a request that was sent.

import { forgetEarlier } from '../store/earlier.ts';
import { checklistText, readMeta } from '../store/manifest.ts';
import { forgetPrevious, picturesOf, previousOf, previousPictures } from '../store/previous.ts';
import type { VisitRow } from '../store/rows.ts';
import { fetchEarlier } from '../sync/earlier.ts';
import { fetchPrevious } from '../sync/previous.ts';
import { appFilesHere } from './appFiles.ts';
import type { Readiness } from './interface.ts';
import { type Partition, sha256 } from './partition.ts';

export const NOTHING_HERE: Readiness = {
  app: null,
  checklist: false,
  previous: 'unknown',
  pictures: { here: 0, needed: 0 },
  all: false,
};

/** What one visit has on this phone, apart from the app's own files. */
type Kept = Omit<Readiness, 'app' | 'all'>;

/** What was found and answered at the unit before; of no use once the visit is over. Raises ApiError. */
async function bringPast(partition: Partition, row: VisitRow): Promise<void> {
  const { database, api } = partition;
  if (row.unlocked) return; // the server does not show it yet; the box held what it would tell
  if (row.gone || row.state === 'signed') {
    await forgetPrevious(database, row.id);
    return forgetEarlier(database, row.id);
  }
  // One that cannot be had does not keep the other away.
  const brought = await Promise.allSettled([
    fetchPrevious(database, api, row.id, partition.now()),
    fetchEarlier(database, api, row.id, partition.now()),
  ]);
  for (const each of brought) if (each.status === 'rejected') throw each.reason;
}

export class Preparing {
  busy = $state(false);
  /** The last attempt did not bring everything. */
  failed = $state(false);
  #app = $state<boolean | null>(null);
  #kept = $state.raw<ReadonlyMap<string, Kept>>(new Map());
  /** Checklists whose text was hashed on this phone since the app started. */
  readonly #verified = new Set<string>();
  #partition: Partition | null = null;

  attach(partition: Partition | null): void {
    this.#partition = partition;
    this.forget();
    this.#kept = new Map();
    this.failed = false;
  }

  /** Everything is hashed anew at the next look: the store may not be what it was. */
  forget(): void {
    this.#verified.clear();
  }

  of(visit: string): Readiness {
    const kept = this.#kept.get(visit);
    if (!kept) return { ...NOTHING_HERE, app: this.#app };
    const { checklist, previous, pictures } = kept;
    const all = this.#app === true && checklist && previous !== 'unknown' && pictures.here >= pictures.needed;
    return { ...kept, app: this.#app, all };
  }

  /** Asks the worker again: it has just come, or the page was shown again. */
  async checkApp(): Promise<void> {
    this.#app = await appFilesHere();
  }

  /** Reads what is here of these visits. */
  async check(rows: readonly VisitRow[]): Promise<void> {
    const partition = this.#partition;
    if (!partition) return;
    const found = new Map<string, Kept>();
    for (const row of rows) found.set(row.id, await this.#look(partition, row));
    if (this.#partition === partition) this.#kept = found;
  }

  /** Fetches what is missing of visits still to be made, then looks again. */
  async fill(rows: readonly VisitRow[]): Promise<void> {
    const partition = this.#partition;
    if (!partition || this.busy) return;
    this.busy = true;
    let failed = false;
    try {
      for (const row of rows) {
        await bringPast(partition, row).catch(() => {
          failed = true;
        });
      }
      await this.check(rows);
    } finally {
      this.busy = false;
      this.failed = failed;
    }
  }

  async #look({ database }: Partition, row: VisitRow): Promise<Kept> {
    const [previous, pictures, confirmed] = await Promise.all([
      previousOf(database, row.id),
      previousPictures(database, row.id),
      readMeta<number>(database, `confirmed/${row.id}`),
    ]);
    const needed = picturesOf(previous?.told ?? null);
    const here = new Set(pictures);
    return {
      checklist: confirmed !== null && (await this.#isWhole(row.chk)),
      previous: previous === null ? 'unknown' : previous.told === null ? 'none' : 'here',
      pictures: { here: needed.filter((each) => here.has(each)).length, needed: needed.length },
    };
  }

  /** The checklist's text is here and has its hash. */
  async #isWhole(chk: string): Promise<boolean> {
    if (this.#verified.has(chk)) return true;
    const partition = this.#partition;
    const text = partition ? await checklistText(partition.database, chk) : null;
    if (text === null || (await sha256(new TextEncoder().encode(text))) !== chk) return false;
    this.#verified.add(chk);
    return true;
  }
}
