// A long section costs a cheap phone what is near the eyes, not what it holds. Every card stands there with its number
// and its question, so that searching the page, a screen reader's headings and the scroll bar know the whole section;
// what is answered in it is drawn when the card comes within a screen of the eyes, and a few that went are kept.
import { flushSync } from 'svelte';
import type { Attachment } from 'svelte/attachments';

type Draw = (whole: boolean) => void;

/** As many cards may be whole at once, however long the section; a section of no more of them is drawn at once. */
export const FEW = 16;
/** How far from the screen a card is drawn: a screen above and below it. */
const NEAR = '100% 0px';
/** As many cards as a screen shows. */
const AROUND = 3;
/** Somebody is in it, or it has something to tell that would go with it. */
const BUSY = ':focus, dialog[open], .busy, [role=alert], [aria-invalid=true]';
/** Safari does not hold still what is read while something above it grows. */
const ANCHORS = CSS.supports('overflow-anchor', 'auto');

export class NearCards {
  readonly #cards = new Map<Element, Draw>();
  readonly #near = new Set<Element>();
  /** The one that was wanted last is last. */
  readonly #whole = new Set<Element>();
  readonly #observer = new IntersectionObserver((seen) => this.#look(seen), { rootMargin: NEAR });

  /** For `{@attach}` of a card: `draw` is told when all of it is wanted, and when its question is enough. */
  readonly follow =
    (draw: Draw, whole: boolean): Attachment =>
    (card) => {
      this.#cards.set(card, draw);
      if (whole) this.#whole.add(card);
      this.#observer.observe(card);
      return () => {
        this.#observer.unobserve(card);
        for (const each of [this.#cards, this.#near, this.#whole]) each.delete(card);
      };
    };

  /**
   * Draws one that is jumped to or that the cursor is in, with those around it: nothing grows above it once it is there,
   * and who goes on by the keyboard, however fast, meets the next one.
   */
  bringAround(card: Element): void {
    let [above, below]: (Element | null)[] = [card, card];
    for (let n = 0; n <= AROUND; n += 1) {
      for (const each of [above, below]) if (each) this.#bring(each);
      above = above?.previousElementSibling ?? null;
      below = below?.nextElementSibling ?? null;
    }
  }

  /** For `onfocusin` of what holds the cards. */
  readonly follows = ({ target }: FocusEvent): void => {
    const card = target instanceof Element ? target.closest('.item') : null;
    if (card) this.bringAround(card);
  };

  /** Paper shows everything. */
  readonly bringAll = (): void =>
    flushSync(() => {
      for (const card of this.#cards.keys()) this.#bring(card);
    });

  #look(seen: readonly IntersectionObserverEntry[]): void {
    const read = ANCHORS
      ? null
      : document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('.item');
    const top = read?.getBoundingClientRect().top ?? 0;
    flushSync(() => this.#draw(seen));
    const moved = (read?.getBoundingClientRect().top ?? 0) - top;
    if (moved !== 0) scrollBy(0, moved);
  }

  #draw(seen: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.#near.add(target);
      else this.#near.delete(target);
    }
    const far = this.#far();
    for (const card of this.#near) this.#bring(card);
    for (const card of far.slice(0, Math.max(0, this.#whole.size - FEW))) this.#putAway(card);
  }

  /** Whole ones out of sight in which nothing goes on, the one that was wanted first first. */
  #far(): HTMLElement[] {
    const idle = (card: Element) => !card.matches(':focus') && !card.querySelector(BUSY);
    return [...this.#whole].filter((card) => !this.#near.has(card) && idle(card)) as HTMLElement[];
  }

  #bring(card: Element): void {
    const draw = this.#cards.get(card);
    if (!draw) return;
    if (!this.#whole.delete(card)) {
      (card as HTMLElement).style.minHeight = '';
      draw(true);
    }
    this.#whole.add(card);
  }

  /** Its place on the page stays as high as it is. */
  #putAway(card: HTMLElement): void {
    card.style.minHeight = `${card.offsetHeight}px`;
    this.#whole.delete(card);
    this.#cards.get(card)?.(false);
  }
}
