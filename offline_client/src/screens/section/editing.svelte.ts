// One open editor of one cell. It remembers which heads were on the screen when the edit began and passes
// exactly these as parents, never those of the moment of saving (docs/sync.md 2): an answer that arrived in
// between is not replaced unseen, it becomes a contested cell. Taps are saved at once; typing is kept as a
// draft and minted after a pause, on leaving the field, and when the app goes to the background.
import { canonical, type Json } from '../../domain/wire.ts';
import type { NotSaved, OpenVisit } from '../../state/interface.ts';

export type SaveStatus = 'idle' | 'typing' | 'saving' | 'saved' | 'failed';
type Code = NotSaved['code'];

const PAUSE = 2000;
const TYPING = ['keydown', 'beforeinput'] as const;

interface Draft {
  readonly value: Json;
  readonly seen: readonly string[];
}

/** Heads as an edit names them: mine first, since that is the one my edit begins from. */
export function seenOf(visit: OpenVisit, path: string): readonly string[] {
  const heads = visit.heads(path);
  const mine = heads.filter((head) => head.actor === visit.me.id);
  return [...mine, ...heads.filter((head) => head.actor !== visit.me.id)].map((head) => head.op);
}

/** What an editor of this cell begins with: my own value where values differ, else the value. */
export function shownValue(visit: OpenVisit, path: string): Json {
  const heads = visit.heads(path);
  const mine = heads.find((head) => head.actor === visit.me.id);
  return (mine ?? heads[0])?.value ?? null;
}

export class CellEditor {
  status = $state<SaveStatus>('idle');
  problem = $state<Code | null>(null);
  /** When this editor last saved something. */
  savedAt = $state.raw<Date | null>(null);
  /** What this editor holds beyond what is saved; undefined when it shows the saved value. */
  #local = $state.raw<{ readonly value: Json } | undefined>();
  #seen: readonly string[] | null = null;
  /** What was shown when a finger went down: the edit of a tap, a list or a date begins there. */
  #pressed: readonly string[] | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly #judge: ((value: Json) => string | null) | undefined;

  constructor(
    readonly visit: OpenVisit,
    readonly path: string,
    /** Values it calls wrong stay a draft: half a ratio, a number out of bounds. */
    judge?: (value: Json) => string | null,
    /** Milliseconds without typing after which it is saved. */
    readonly pause: number = PAUSE,
  ) {
    this.#judge = judge;
    this.#restore();
  }

  get value(): Json {
    return this.#local ? this.#local.value : shownValue(this.visit, this.path);
  }

  /** Why the value on the screen cannot be saved yet, as a code of the domain. */
  get refused(): string | null {
    return this.#local && this.#local.value !== null ? (this.#judge?.(this.#local.value) ?? null) : null;
  }

  /** Saves what a tap chose. */
  readonly now = (value: Json): void => {
    this.#begin(value);
    void this.flush();
  };

  /** Keeps what is being typed and saves it after a pause. */
  readonly later = (value: Json): void => {
    this.#begin(value);
    this.status = 'typing';
    this.#keepDraft(value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.pause);
  };

  /** Saves now what was typed; does nothing when nothing changed. */
  readonly flush = (): Promise<void> => {
    clearTimeout(this.#timer);
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  };

  /** For `{@attach}`: follows taps and leaving inside the element that holds the inputs. */
  readonly follow = (node: HTMLElement): (() => void) => {
    const press = () => {
      this.#pressed = seenOf(this.visit, this.path);
    };
    // Typing begins an edit of its own: what the screen shows by then was seen.
    const type = () => {
      this.#pressed = null;
    };
    const leave = (event: FocusEvent) => {
      if (!(event.relatedTarget instanceof Node && node.contains(event.relatedTarget))) void this.flush();
    };
    const hide = () => {
      if (document.visibilityState === 'hidden') void this.flush();
    };
    node.addEventListener('pointerdown', press);
    for (const began of TYPING) node.addEventListener(began, type);
    node.addEventListener('focusout', leave);
    document.addEventListener('visibilitychange', hide);
    return () => {
      node.removeEventListener('pointerdown', press);
      for (const began of TYPING) node.removeEventListener(began, type);
      node.removeEventListener('focusout', leave);
      document.removeEventListener('visibilitychange', hide);
      void this.flush();
    };
  };

  #begin(value: Json): void {
    if (!this.#local) this.#seen = this.#pressed ?? seenOf(this.visit, this.path);
    this.#pressed = null;
    this.#local = { value };
    this.problem = null;
  }

  async #save(): Promise<void> {
    const local = this.#local;
    if (!local || this.refused !== null || this.visit.discarded) return;
    const seen = this.#seen ?? [];
    if (this.#stands(local.value, seen)) return this.#forget(local);
    this.status = 'saving';
    try {
      const saved =
        local.value === null
          ? await this.visit.clear(this.path, seen)
          : await this.visit.edit(this.path, local.value, seen);
      this.#seen = [saved.op];
      this.savedAt = new Date();
      this.#forget(local);
      if (this.#local)
        this.later(this.#local.value); // typed on while it was being stored
      else this.status = 'saved';
    } catch (error) {
      this.status = 'failed';
      this.problem = (error as Partial<NotSaved>).code ?? 'database';
      // What could not be saved now is kept as typed, for after a restart.
      if (this.#local === local) this.#keepDraft(local.value);
    }
  }

  /**
   * Whether this very answer of mine stands already and nothing beside it that its person had not seen. What stands
   * unseen may be mine: saved, and then the battery went empty before the draft of it was forgotten.
   */
  #stands(value: Json, seen: readonly string[]): boolean {
    const heads = this.visit.heads(this.path);
    const written = canonical(value);
    const isMine = (head: (typeof heads)[number]) =>
      head.actor === this.visit.me.id && canonical(head.value) === written;
    const same = written === canonical(shownValue(this.visit, this.path));
    return same && heads.every((head) => seen.includes(head.op) || isMine(head));
  }

  #keepDraft(value: Json): void {
    this.visit.draft(this.path, JSON.stringify({ value, seen: this.#seen ?? [] } satisfies Draft));
  }

  /** Leaves the local value unless it has been changed again meanwhile. */
  #forget(local: { readonly value: Json }): void {
    if (this.#local !== local) return;
    this.#local = undefined;
    this.visit.draft(this.path, '');
    if (this.status === 'typing') this.status = 'idle';
  }

  #restore(): void {
    const text = this.visit.draftOf(this.path);
    if (!text) return;
    try {
      const draft = JSON.parse(text) as Draft;
      this.#seen = draft.seen;
      this.#local = { value: draft.value };
      this.status = 'typing';
      if (this.refused === null) this.#timer = setTimeout(() => void this.flush(), this.pause);
    } catch {
      this.visit.draft(this.path, ''); // not a draft of ours: there is nothing to restore
    }
  }
}
