// The identity of a person's database, to be compared with what the device remembers of it (device.ts):
// browsers delete databases, and Chromium presents a damaged one as new without telling the page.
import { durably, type UserDatabase } from './database.ts';
import { rewrap } from './ops.ts';

export interface Instance {
  /** Random, made once per database: a re-created one has another. */
  readonly instance: string;
  /** How many operations were ever minted here. */
  readonly minted: number;
  /** Operations the verified log does not show. */
  readonly waiting: number;
  /** Photos the server does not have. */
  readonly photos: number;
}

/** Operations the verified log does not show, and photos the server does not have. */
export async function waitingHere(database: UserDatabase): Promise<Pick<Instance, 'waiting' | 'photos'>> {
  const { ops, uploads } = database;
  return durably(database, () =>
    database.transaction('r', [ops, uploads], async () => ({
      waiting: await ops.filter((row) => row.seen === 0).count(),
      photos: await uploads.filter((row) => row.present === 0 && row.refused === null).count(),
    })),
  );
}

/** What the database is and holds now; a new database takes `fresh` as its identity. */
export async function instanceOf(database: UserDatabase, fresh: string): Promise<Instance> {
  const { meta, ops, uploads } = database;
  return durably(database, () =>
    database.transaction('rw', [meta, ops, uploads], async () => {
      const [known, seq] = await meta.bulkGet(['instance', 'seq']);
      if (!known) await meta.put({ key: 'instance', value: fresh });
      return {
        instance: (known?.value as string | undefined) ?? fresh,
        minted: (seq?.value as number | undefined) ?? 0,
        ...(await waitingHere(database)),
      };
    }),
  );
}

/**
 * The database went back in time: its counters were used up already. It becomes another instance, and
 * every visit gets a writer of its own; what waits is sent under these.
 */
export async function renewInstance(database: UserDatabase, freshId: () => string): Promise<string> {
  const instance = freshId();
  const visits = await durably(database, async () => {
    const slots = await database.meta.where('key').startsWith('slot/').primaryKeys();
    return slots.map((key) => key.slice('slot/'.length));
  });
  for (const visit of visits) await rewrap(database, visit, freshId());
  await durably(database, () => database.meta.put({ key: 'instance', value: instance }));
  return instance;
}
