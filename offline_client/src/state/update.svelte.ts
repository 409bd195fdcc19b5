// The service worker: registered once; a new version waits until the person taps, because an open
// editor must not meet assets of another version.
import { whileNobodyEdits } from './editing.ts';
import type { AppUpdate, Updated } from './interface.ts';

const CHECK_EVERY_MS = 3_600_000;
/** A browser may wait minutes until the worker before has nothing left to do. */
const PATIENCE_MS = 10_000;

export class LiveUpdate implements AppUpdate {
  available = $state(false);
  #registration: ServiceWorkerRegistration | null = null;
  readonly #beforeApply: () => Promise<void>;

  /** `beforeApply` stores what is being typed. */
  constructor(beforeApply: () => Promise<void>) {
    this.#beforeApply = beforeApply;
  }

  async register(): Promise<void> {
    if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
    const registration = await navigator.serviceWorker.register('/field/sw.js', {
      scope: '/field/',
      updateViaCache: 'none',
    });
    this.#registration = registration;
    this.#offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker?.addEventListener('statechange', () => {
        // Without a controller this is the very first installation: nothing to update from.
        if (worker.state === 'installed' && navigator.serviceWorker.controller) this.#offer(worker);
      });
    });
    setInterval(() => void registration.update().catch(() => {}), CHECK_EVERY_MS);
  }

  async apply(): Promise<Updated> {
    await this.#beforeApply();
    const waiting = this.#registration?.waiting; // none where another tab has applied it already
    if (waiting) {
      let came: Promise<boolean> | undefined;
      const answer = await whileNobodyEdits(() => {
        came = controllerChanges(PATIENCE_MS);
        waiting.postMessage('SKIP_WAITING');
      });
      if (answer === 'editing') return answer;
      if (!(await came)) return 'later';
    }
    // A visit may have been opened meanwhile: its page goes on with the files of its own version.
    return whileNobodyEdits(() => location.reload());
  }

  #offer(worker: ServiceWorker | null): void {
    if (!worker || !navigator.serviceWorker.controller) return;
    this.available = true;
  }
}

/** Whether another worker takes over within so many milliseconds. */
function controllerChanges(ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true });
    setTimeout(() => resolve(false), ms);
  });
}
