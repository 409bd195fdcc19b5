// Who is signed in on this device, and what this device can keep.
import type { Waiting } from '../../store/device.ts';

export type { Waiting };

export interface SignedInUser {
  readonly id: string;
  readonly login: string;
  readonly name: string;
}

export interface Session {
  /** `starting` until the phone's store was read; `signed_in` also when offline or expired. */
  readonly status: 'starting' | 'signed_out' | 'signed_in' | 'broken';
  /** Why this page cannot use the phone's databases as they are; null when it can. */
  readonly trouble: StoreTrouble | null;
  readonly user: SignedInUser | null;
  /** The server wants a new sign-in. Work goes on and is kept; only sending waits. */
  readonly needsLogin: boolean;
  /** Work of other people that waits on this device: "3 thay đổi của Cán bộ A chờ Cán bộ A". */
  readonly waitingForOthers: readonly Waiting[];
  readonly storage: StorageStatus;
  /** This browser window forgets everything when it closes: field work is refused. */
  readonly privateWindow: boolean;
  /** An iPhone or iPad shows the app in a browser tab, whose data Safari deletes after seven days. */
  readonly iosTab: boolean;
  /** The name under which the desk lists this device. */
  readonly deviceName: string;
  /** What was lost of this person's work on this device; null once `acknowledgeLoss` was called. */
  readonly loss: Loss | null;
  acknowledgeLoss(): Promise<void>;
  /** The server does not let this person in any more, but takes what was written (docs/sync.md 7 Drop). */
  readonly mayHandIn: boolean;
  /** Hands in everything unsent without a session; says how many operations the server took. */
  handIn(): Promise<HandInOutcome>;
  signIn(login: string, password: string): Promise<SignInOutcome>;
  /** Whose link of a QR code this is, before anything happens. */
  whoseLink(token: string): Promise<LinkOutcome>;
  /** Signs this device in with the link: once, as its person. */
  enrolWith(
    token: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly code: EnrolRefusal }>;
  /**
   * Answers `unsent` and does nothing while the server does not have everything, unless
   * `evenUnsent`: then the data stays locked on this device until the same person signs in again.
   */
  signOut(options?: { readonly evenUnsent?: boolean }): Promise<'done' | 'unsent'>;
  /** Signs out and deletes everything of this app on this device; `unsent` unless every database is safe. */
  signOutAndWipe(): Promise<'done' | 'unsent'>;
  /** Asks the browser not to evict our data (call from a tap); the answer is in `storage`. */
  requestPersistence(): Promise<void>;
}

/**
 * `newer`: a newer version of the app has changed the databases, this page must be reloaded before it can
 * write again. `blocked`: this page waits for other tabs to close theirs. `unreadable`: they do not open.
 */
export type StoreTrouble = 'newer' | 'blocked' | 'unreadable';

/** `link_over`: used, ended, too old or never made. */
export type EnrolRefusal =
  | 'link_over'
  | 'other_user'
  | 'private_window'
  | 'too_many_attempts'
  | 'offline'
  | 'server'
  | 'database';

export type LinkOutcome =
  | { readonly ok: true; readonly person: { readonly login: string; readonly name: string } }
  | { readonly ok: false; readonly code: EnrolRefusal };

export type SignInOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code:
        | 'wrong_password'
        | 'must_change_password'
        | 'too_many_attempts'
        | 'other_user'
        | 'offline'
        | 'server'
        | 'private_window'
        | 'database';
    };

export interface StorageStatus {
  readonly persisted: boolean | null;
  readonly freeBytes: number | null;
  readonly quotaBytes: number | null;
  /** False when there is too little room for another photo (text edits keep a reserve). */
  readonly mayTakePhotos: boolean;
}

/** What this device lost: its browser threw away or rewound the database. */
export interface Loss {
  /** Operations and photos the server had not received, as far as anybody remembers. */
  readonly ops: number;
  readonly photos: number;
  /** When the server last heard of this device; null when it was not the server who noticed. */
  readonly lastContact: Date | null;
}

export type HandInOutcome =
  | { readonly ok: true; readonly taken: number }
  | { readonly ok: false; readonly code: 'offline' | 'refused' | 'server' };
