// A page the browser puts aside whole (the back/forward cache) runs no code any more, and in WebKit a transaction that was
// under way in it stays open for ever: every other page of this app then waits at its first read, also after a reload
// (tests/e2e/test_engines.py found it). So they are aborted as the page goes, and what comes later waits until it is back;
// `durably` repeats what was aborted.
import type { DBCore, Dexie } from 'dexie';

interface Ending {
  abort(): void;
  addEventListener(type: string, listener: () => void): void;
}

const running = new Set<Ending>();
let away = false;
let back: Promise<void> = Promise.resolve();

/** Settles when this page is there: at once, unless it was put aside. */
export function present(): Promise<void> {
  return back;
}

/** Notes the transactions of a database while they run. */
export function noteRunning(database: Dexie): void {
  database.use({
    stack: 'dbcore',
    name: 'running',
    create: (core: DBCore) => ({
      ...core,
      transaction: (...asked: Parameters<DBCore['transaction']>) => {
        if (away) throw new DOMException('the page was put aside', 'InvalidStateError'); // as if the connection were lost
        const made = core.transaction(...asked);
        const each = made as unknown as Ending; // the browser's own IDBTransaction
        running.add(each);
        for (const end of ['complete', 'abort']) each.addEventListener(end, () => running.delete(each));
        return made;
      },
    }),
  });
}

/** Follows the page being put aside and brought back; call once. */
export function watchAside(page: EventTarget): void {
  page.addEventListener('pagehide', (event) => {
    if (!(event as PageTransitionEvent).persisted) return; // it ends, and its transactions with it
    away = true;
    back = new Promise((done) => {
      const shown = () => {
        away = false;
        done();
      };
      page.addEventListener('pageshow', shown, { once: true });
    });
    for (const each of running) {
      try {
        each.abort();
      } catch {
        // It has just ended; the event that says so has not come yet.
      }
    }
  });
}
