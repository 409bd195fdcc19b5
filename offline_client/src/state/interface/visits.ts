// The list of visits, and what of each stands on this phone.
import type { PreviousConclusion } from '../../store/previous.ts';
import type { Unlocking } from '../sealed.ts';
import type { VisitSync } from './sync.ts';
import type { Member } from './team.ts';

export interface Visits {
  /** From the last manifest, stored on the phone; sorted by day, then by unit in the server's order. */
  readonly list: readonly VisitCard[];
  /** Surprise visits that have not started and were not opened here: a day, and whether the box of it is here. */
  readonly sealed: readonly SealedCard[];
  /** Opens one with the start code; no network is needed. */
  unlock(id: string, code: string): Promise<Unlocking>;
  /** When the server last answered with the list; null before the first time. */
  readonly fetchedAt: Date | null;
  refresh(): Promise<void>;
  /** Fetching what visits need for a day without a network, and whether the last attempt failed. */
  readonly preparing: { readonly busy: boolean; readonly failed: boolean };
  /** What was found at the visit's unit the last time, from this phone's store. */
  previous(id: string): Promise<Previous>;
  /** Its small picture as JPEG bytes; null when it is not here. */
  previousPicture(id: string, sha256: string): Promise<ArrayBuffer | null>;
}

export interface SealedCard {
  readonly id: string;
  /** ISO date. */
  readonly plannedOn: string;
  readonly ready: boolean;
}

/** `unknown`: nobody has been able to ask yet. `told` is null where the unit has no issued conclusion before. */
export interface Previous {
  readonly known: boolean;
  readonly askedAt: Date | null;
  readonly told: PreviousConclusion | null;
}

/** What stands on this phone, each read back from it. */
export interface Readiness {
  /** Every file of the app; null where nobody can tell (no service worker yet). */
  readonly app: boolean | null;
  /** The checklist with its hash, and the answers as far as the server had them. */
  readonly checklist: boolean;
  readonly previous: 'unknown' | 'none' | 'here';
  /** Small pictures of what was found before. */
  readonly pictures: { readonly here: number; readonly needed: number };
  /** Everything of it. */
  readonly all: boolean;
}

export type VisitState = 'planned' | 'open' | 'closed' | 'signed';
export type Role = 'lead' | 'member' | 'observer';

export interface VisitProgress {
  readonly answered: number;
  /** Items that are asked at all. */
  readonly total: number;
}

export interface VisitCard {
  readonly id: string;
  readonly unitName: string;
  readonly unitKind: string;
  /** The unit above it: "Thị xã Sơn Tây". */
  readonly unitParent: string;
  readonly delegation: string;
  readonly campaignName: string;
  /** The unit that leads the campaign: "Thị xã Sơn Tây"; empty when the server did not tell. */
  readonly hostName: string;
  /** Duty and name of those who are in the delegation now. */
  readonly team: readonly (readonly [string, string])[];
  /** ISO date. */
  readonly plannedOn: string;
  readonly checklistTitle: string;
  /** The unit's own people check it with the same checklist: no inspection, no ranking, no conclusion. */
  readonly selfCheck: boolean;
  /** A surprise visit: its planned time (HH:MM) and, for the lead until it is closed, the start code. */
  readonly surprise: { readonly time: string; readonly code: string } | null;
  /** Opened here by the start code, while the server has not heard of the start. */
  readonly unlocked: boolean;
  readonly role: Role;
  /** The delegation as the server last told it, also who has left it (`present` false). */
  readonly members: readonly Member[];
  readonly state: VisitState;
  /** The person was removed, or the visit cancelled: what was written is kept and sent, nothing new may be written. */
  readonly gone: boolean;
  /** Gone because it was cancelled. */
  readonly cancelled: boolean;
  /** How far the visit was when this phone last left it; null before it was opened here. */
  readonly progress: VisitProgress | null;
  /** Checklist and log are on the phone: the visit opens without a network. */
  readonly ready: boolean;
  readonly readiness: Readiness;
  readonly sync: VisitSync;
}
