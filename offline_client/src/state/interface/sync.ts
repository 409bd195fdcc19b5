// The honest state of sending.
import type { HeldOp } from '../history.ts';
import type { Sentence } from '../sentence.ts';
import type { FailedPhoto } from './photos.ts';

export interface VisitSync {
  /** "máy chủ đã có serverHas/total thay đổi": counted in the verified log, not in acknowledgements. */
  readonly serverHas: number;
  readonly total: number;
  /** When the server last confirmed it. */
  readonly at: Date | null;
  readonly pendingPhotos: number;
  /** Photos the server refused, with its reason: they stay on this phone. */
  readonly failedPhotos: readonly FailedPhoto[];
  /** Those whose sending was ended with a reason: they stay on this phone too. */
  readonly endedPhotos: readonly FailedPhoto[];
  /** Everything is also in the server's off-site backup. */
  readonly safe: boolean;
  /** Texts, halves of ratios, objections that were typed and are no answer yet: they exist on this phone only. */
  readonly drafts: number;
  /** Operations stored without effect that this person may read and that wait for the lead. */
  readonly held: readonly HeldOp[];
  readonly problem: SyncProblem | null;
}

/** `offline` is normal, the others need words: see text/ for each code. */
export type SyncProblem =
  | 'offline'
  | 'login'
  /** The day's limit of this device is reached: everything waits, nothing is lost. */
  | 'limit'
  | 'server'
  | 'no_such_visit'
  | 'removed'
  /** A surprise visit was cancelled before it started. */
  | 'cancelled'
  | 'device_revoked'
  | 'upgrade'
  | 'bad_envelope'
  | 'chain_broken'
  | 'storage';

export interface OverallSync extends VisitSync {
  readonly busy: boolean;
  readonly needsLogin: boolean;
  /** The whole state of this phone in one sentence. */
  readonly sentence: Sentence;
  /** The same for one visit. */
  sentenceOf(sync: VisitSync): Sentence;
  /** When the server last answered anything. */
  readonly lastContact: Date | null;
  now(): Promise<void>;
}
