// A browser that loses its database process: the n-th request, transaction or commit fails as WebKit and
// Chromium report it, and the connection is gone until the database is opened again.
import { IDBDatabase, IDBTransaction } from 'fake-indexeddb';

export type Fault =
  /** The n-th request fails with UnknownError. */
  | 'request'
  /** The n-th transaction cannot begin: the connection was closed behind our back. */
  | 'begin'
  /** The n-th transaction is committed, but the page hears that it was aborted. */
  | 'commit';

type Internals = {
  _execRequestAsync(job: { operation: () => unknown }): unknown;
  dispatchEvent(event: { type: string }): unknown;
};

const transactions = IDBTransaction.prototype as unknown as Internals & { db: IDBDatabase };
const databases = IDBDatabase.prototype;

class FaultError extends Error {
  constructor(name: string) {
    super('Connection to Indexed Database server lost. Refresh the page to try again');
    this.name = name;
  }
}

let armed: { fault: Fault; at: number; times: number; events: number } | null = null;

/** Whether this event is one that has to fail. */
function strikes(fault: Fault): boolean {
  if (armed?.fault !== fault) return false;
  armed.events += 1;
  return armed.events >= armed.at && armed.events < armed.at + armed.times;
}

// Replaced once, when this file is loaded: Dexie keeps `transaction` of each connection it opens.
const original = {
  exec: transactions._execRequestAsync,
  dispatch: transactions.dispatchEvent,
  begin: databases.transaction,
};
transactions._execRequestAsync = function (this: typeof transactions, job) {
  if (!strikes('request')) return original.exec.call(this, job);
  const lose = () => {
    this.db.close();
    throw new FaultError('UnknownError');
  };
  return original.exec.call(this, { ...job, operation: lose });
};
databases.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase['transaction']>) {
  if (strikes('begin')) this.close();
  return original.begin.apply(this, args);
};
transactions.dispatchEvent = function (this: typeof transactions, event) {
  if (event.type !== 'complete' || !strikes('commit')) return original.dispatch.call(this, event);
  this.db.close();
  return original.dispatch.call(this, Object.assign(event, { type: 'abort' }));
};

/** Runs `work` while the `at`-th event of this kind (from 1) fails, `times` in a row; says how many there were. */
export async function underFault<T>(
  fault: Fault,
  at: number,
  work: () => Promise<T>,
  times = 1,
): Promise<{ result: T; events: number }> {
  const plan = { fault, at, times, events: 0 };
  armed = plan;
  try {
    const result = await work();
    return { result, events: plan.events };
  } finally {
    armed = null;
  }
}
