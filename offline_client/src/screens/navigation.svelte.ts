// The place on the screen and how it changes: real addresses and the browser's own history, so that the back
// gesture, a reload and a bookmark all work offline.
import { tick } from 'svelte';
import { BASE, type Place, placeOf } from './links.ts';

interface Here {
  readonly place: Place;
  readonly hash: string;
  readonly turn: number;
}

let current = $state.raw<Here>({ place: placeOf(location.pathname), hash: location.hash, turn: 0 });

export function place(): Place {
  return current.place;
}

/** Grows with every move, also to another item of the same screen. */
export function turn(): number {
  return current.turn;
}

/** Puts the cursor where the screen wants it first, else on its heading. */
export function focusFirst(): void {
  const first = document.querySelector<HTMLElement>('[data-focus]') ?? document.querySelector('h1');
  first?.focus({ preventScroll: true });
}

/** The same once the screen is drawn: what had the cursor is gone. */
export async function toTitle(): Promise<void> {
  await tick();
  focusFirst();
}

let later = $state(0);

/** A screen that had to wait for the phone's store has its heading now. */
export function drawn(): void {
  later += 1;
}

/** Grows when a screen was drawn after its place was reached. */
export function drawnLater(): number {
  return later;
}

export function hash(): string {
  return current.hash;
}

function arrive(): void {
  current = { place: placeOf(location.pathname), hash: location.hash, turn: current.turn + 1 };
}

export function go(address: string): void {
  history.pushState(null, '', address);
  arrive();
}

/** Follows links inside the app and the back button; returns a function that stops. */
export function follow(): () => void {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download')) return;
    const address = new URL(link.href);
    if (address.origin !== location.origin || !address.pathname.startsWith(BASE)) return;
    event.preventDefault();
    go(address.pathname + address.hash);
  };
  document.addEventListener('click', click);
  addEventListener('popstate', arrive);
  return () => {
    document.removeEventListener('click', click);
    removeEventListener('popstate', arrive);
  };
}
