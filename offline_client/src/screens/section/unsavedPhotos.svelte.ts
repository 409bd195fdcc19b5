// Pictures that could not be stored stay in memory, also when their section is left, until they are saved or their
// person puts them away: what a page takes with the camera of an iPhone is in no gallery.
import type { PhotoOrigin } from '../../state/interface.ts';

export interface UnsavedPhoto {
  /** Whose it is: on a shared device nobody else is shown it. */
  readonly user: string;
  readonly visit: string;
  readonly of: string;
  readonly file: File;
  readonly origin: PhotoOrigin;
  readonly why: string;
}

let kept = $state.raw<readonly UnsavedPhoto[]>([]);

export function unsavedPhotos({
  user,
  visit,
  of,
}: Pick<UnsavedPhoto, 'user' | 'visit' | 'of'>): readonly UnsavedPhoto[] {
  return kept.filter((each) => each.user === user && each.visit === visit && each.of === of);
}

/** Keeps a picture; the one that is tried again takes the place of what was known of it. */
export function keepUnsaved(photo: UnsavedPhoto): void {
  kept = [...kept.filter((each) => each.file !== photo.file), photo];
}

export function forgetUnsaved(file: File): void {
  kept = kept.filter((each) => each.file !== file);
}

/** The browser asks before the page goes with them. */
if (typeof window !== 'undefined')
  window.addEventListener('beforeunload', (event) => {
    if (kept.length > 0) event.preventDefault();
  });
