// What became of a person's database since this device last looked at it. Pure.
import type { Instance } from '../store/instance.ts';

export type Fate =
  /** The database this device remembers, or one it never heard of. */
  | { readonly kind: 'same' }
  /** Another database stands under the same name: the browser deleted the one with the work. */
  | { readonly kind: 'recreated'; readonly ops: number; readonly photos: number }
  /** The same database with older counters: a backup of the phone was put back. */
  | { readonly kind: 'rewound'; readonly ops: number; readonly photos: number };

/** `remembered` is never ahead of the database: it is written after the transaction it tells of. */
export function fateOf(remembered: Instance | null, found: Instance): Fate {
  if (!remembered || remembered.minted === 0) return { kind: 'same' };
  if (remembered.instance !== found.instance)
    return { kind: 'recreated', ops: remembered.waiting, photos: remembered.photos };
  const gone = remembered.minted - found.minted;
  if (gone <= 0) return { kind: 'same' };
  // What the server had received of these comes back with the log; at most what was still waiting is lost.
  return {
    kind: 'rewound',
    ops: Math.min(gone, remembered.waiting),
    photos: Math.max(0, remembered.photos - found.photos),
  };
}
