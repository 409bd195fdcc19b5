// Installing the app: what the browser offers, and whether it has happened.

import { type InstallKind, installKind } from './installing.ts';
import type { Install } from './interface.ts';

/** Chromium's own event; no other browser has it. */
interface InstallOffer extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

export class LiveInstall implements Install {
  #offer = $state.raw<InstallOffer | null>(null);
  #installed = $state(isStandalone());
  readonly kind: InstallKind | null = $derived(
    installKind({
      agent: navigatorHere()?.userAgent ?? '',
      touchPoints: navigatorHere()?.maxTouchPoints ?? 0,
      standalone: this.#installed,
      offered: this.#offer !== null,
    }),
  );

  /** The offer comes early and once: listen before anything is drawn. */
  watch(page: Pick<Window, 'addEventListener'>): void {
    page.addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault();
      this.#offer = event as InstallOffer;
    });
    page.addEventListener('appinstalled', () => {
      this.#offer = null;
      this.#installed = true;
    });
  }

  async prompt(): Promise<void> {
    const offer = this.#offer;
    this.#offer = null; // a browser takes each offer once
    await offer?.prompt();
  }
}

function navigatorHere(): Navigator | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator;
}

function isStandalone(): boolean {
  if ((navigatorHere() as { standalone?: unknown } | undefined)?.standalone === true) return true;
  return typeof matchMedia === 'function' && matchMedia('(display-mode: standalone)').matches;
}
