// Screens that come in a file of their own, after the first one is drawn. The worker holds every file, so that all of
// it is there without a network; tests/first_load.test.ts weighs what travels before a form can be filled.

export class Piece<Screens> {
  screens = $state.raw<Screens | null>(null);
  /** No network, and no worker that holds the file. Only a page loaded anew asks again: browsers remember what failed. */
  missing = $state(false);
  readonly #load: () => Promise<Screens>;
  #coming: Promise<void> | null = null;

  constructor(load: () => Promise<Screens>) {
    this.#load = load;
  }

  /** Settles when it is here or known to be missing; it is asked for once. */
  bring(): Promise<void> {
    this.#coming ??= this.#arrive();
    return this.#coming;
  }

  /** Once the browser has nothing to draw: what comes ahead of its need must not delay a tap. */
  bringSoon(): void {
    const begin = () => void this.bring();
    if (typeof requestIdleCallback === 'function') requestIdleCallback(begin);
    else setTimeout(begin, 200);
  }

  async #arrive(): Promise<void> {
    try {
      this.screens = await this.#load();
    } catch {
      this.missing = true;
    }
  }
}
