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
  readonly #whole = new Set<Element>();
  /** Whole ones out of sight, the one that went first first, with the height they had. */
  readonly #gone = new Map<Element, number>();
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
        for (const each of [this.#cards, this.#whole, this.#gone]) each.delete(card);
      };
    };

  /** Draws one that is about to be jumped to, with those around it: nothing grows above it once it is there. */
  bringAround(card: Element): void {
    const cards = [...this.#cards.keys()].sort(inOrder);
    const at = cards.indexOf(card);
    for (const each of at < 0 ? [] : cards.slice(Math.max(0, at - AROUND), at + AROUND + 1))
      this.#bring(each);
  }

  #bring(card: Element): void {
    this.#gone.delete(card);
    this.#whole.add(card);
    (card as HTMLElement).style.minHeight = '';
    this.#cards.get(card)?.(true);
  }

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
    for (const { target, isIntersecting, boundingClientRect } of seen) {
      if (isIntersecting) this.#bring(target);
      else if (this.#whole.has(target)) this.#gone.set(target, boundingClientRect.height);
    }
    for (const [card, height] of this.#gone) {
      if (this.#whole.size <= FEW) return;
      if (card.matches(':focus') || card.querySelector(BUSY)) continue;
      this.#putAway(card as HTMLElement, height);
    }
  }

  /** Its place on the page stays as high as it was. */
  #putAway(card: HTMLElement, height: number): void {
    this.#gone.delete(card);
    this.#whole.delete(card);
    card.style.minHeight = `${height}px`;
    this.#cards.get(card)?.(false);
  }
}

const inOrder = (one: Element, other: Element): number =>
  one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
