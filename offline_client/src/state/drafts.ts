// Texts being typed: stored half a second after the last key, so that a crash, or a camera that pushes
// the page out of memory, loses nothing. Not operations: nobody else ever sees them.
import type { UserDatabase } from '../store/database.ts';
import { draftsOf, saveDraft } from '../store/drafts.ts';

const REST_MS = 500;
/** After a failed write: the store may be back when iOS has restarted its database process. */
const AGAIN_MS = 2_000;

export class Drafts {
  readonly #database: UserDatabase;
  readonly #visit: string;
  readonly #texts = new Map<string, string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Those in the phone's store. */
  readonly #stored = new Set<string>();
  readonly #counted: () => void;
  #discarded = false;

  /** `counted`: there is one more in the store, or one less. */
  constructor(database: UserDatabase, visit: string, counted: () => void) {
    this.#database = database;
    this.#visit = visit;
    this.#counted = counted;
  }

  async load(): Promise<void> {
    for (const { path, text } of await draftsOf(this.#database, this.#visit)) {
      this.#texts.set(path, text);
      this.#stored.add(path);
    }
  }

  set(path: string, text: string): void {
    if (this.#discarded) return;
    this.#texts.set(path, text);
    this.#later(path, REST_MS);
  }

  of(path: string): string | undefined {
    return this.#texts.get(path) || undefined;
  }

  /** Whether a text is kept of this path or one below it. */
  has(path: string): boolean {
    return [...this.#texts].some(([each, text]) => text && (each === path || each.startsWith(`${path}/`)));
  }

  /** Something typed rests only in memory. */
  get unstored(): boolean {
    return this.#timers.size > 0;
  }

  /**
   * Nothing of these is stored while they become operations: a draft stored behind its operation would come back after
   * a crash as a second one. What was not stored yet stays in memory; `forget` or `release` follows.
   */
  hold(paths: readonly string[]): void {
    for (const path of paths) clearTimeout(this.#timers.get(path));
  }

  /** They did not become operations: what rests only in memory is stored after all. */
  release(paths: readonly string[]): void {
    for (const path of paths) if (this.#timers.has(path)) this.#later(path, REST_MS);
  }

  /** The text became an operation; the store forgot it in the same transaction. */
  forget(path: string): void {
    clearTimeout(this.#timers.get(path));
    this.#timers.delete(path);
    this.#texts.delete(path);
    this.#stored.delete(path);
  }

  /** What is stored was put away elsewhere: nobody gives it back. What rests only in memory was typed since, and stays. */
  async discarded(): Promise<void> {
    this.#discarded = true;
    await this.flush();
  }

  /** Stores at once what still rests: the screen is left or the page hidden. */
  async flush(): Promise<void> {
    await Promise.all([...this.#timers.keys()].map((path) => this.#store(path)));
  }

  #later(path: string, ms: number): void {
    clearTimeout(this.#timers.get(path));
    this.#timers.set(
      path,
      setTimeout(() => void this.#store(path), ms),
    );
  }

  /** A write that fails is tried again until it succeeds: meanwhile the text is in memory. */
  async #store(path: string): Promise<void> {
    clearTimeout(this.#timers.get(path));
    this.#timers.delete(path);
    const text = this.#texts.get(path) ?? '';
    try {
      await saveDraft(this.#database, { visit: this.#visit, path, text });
    } catch {
      if (!this.#timers.has(path)) this.#later(path, AGAIN_MS);
      return;
    }
    const before = this.#stored.size;
    if (text === '') this.#stored.delete(path);
    else this.#stored.add(path);
    if (this.#stored.size !== before) this.#counted();
  }
}
