// The whole app, as `state/app.svelte.ts` offers it.
import type { InstallKind } from '../installing.ts';
import type { FailedPhotoCare, PhotoPlaces, PhotoSending } from './photos.ts';
import type { Session } from './session.ts';
import type { OverallSync } from './sync.ts';
import type { OpenVisit } from './visit.ts';
import type { Visits } from './visits.ts';

export interface App {
  readonly session: Session;
  readonly visits: Visits;
  readonly sync: OverallSync;
  readonly photoSending: PhotoSending;
  readonly photoPlaces: PhotoPlaces;
  readonly failedPhotos: FailedPhotoCare;
  readonly update: AppUpdate;
  readonly install: Install;
  /** Percent of a battery that is low and not being charged; null otherwise, and where nobody can know. */
  lowBattery(): Promise<number | null>;
  /** Opens a visit from the phone's own store; needs no network once it was prepared. */
  openVisit(id: string): Promise<OpenVisit>;
  /** Puts away what was typed in a visit and never became an answer. */
  discardDrafts(visit: string): Promise<void>;
  /** Everything of this person the server does not have yet, word for word (store/raw.ts). */
  exportOutbox(): Promise<File>;
  /** The version of this build, as operations carry it. */
  readonly version: string;
}

/** `editing`: nothing was done, for a visit is open in some tab; `later`: the browser has not changed over yet. */
export type Updated = 'applied' | 'editing' | 'later';

/** A new version waits until the person taps: `apply` stores drafts and reloads the page. */
export interface AppUpdate {
  readonly available: boolean;
  apply(): Promise<Updated>;
}

/** Putting the app on the home screen: how it is done here; null where it is done, or not to be. */
export interface Install {
  readonly kind: InstallKind | null;
  /** Takes the browser's own offer; only with `kind` "prompt". */
  prompt(): Promise<void>;
}
