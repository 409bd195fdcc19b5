// The service worker: registered once; a new version waits until the person taps, because an open
// editor must not meet assets of another version.
import { whileNobodyEdits } from './editing.ts';
import type { AppUpdate } from './interface.ts';

const CHECK_EVERY_MS = 3_600_000;

export class LiveUpdate implements AppUpdate {
  available = $state(false);
  #waiting: ServiceWorker | null = null;
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

  async apply(): Promise<'applied' | 'editing'> {
    const worker = this.#waiting;
    if (!worker) return 'applied';
    await this.#beforeApply();
    return whileNobodyEdits(async () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      worker.postMessage('SKIP_WAITING');
    });
  }

  #offer(worker: ServiceWorker | null): void {
    if (!worker || !navigator.serviceWorker.controller) return;
    this.#waiting = worker;
    this.available = true;
  }
}
