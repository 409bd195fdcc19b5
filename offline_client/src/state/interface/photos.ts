// Photos: what of one is known, when they are sent, what can be done for one that cannot be.

export interface FailedPhoto {
  readonly sha256: string;
  /** LOST_ON_DEVICE, IMAGE_REFUSED, TOO_BIG: text/ has words for each; of one that was ended, the person's own. */
  readonly why: string;
  /** Its bytes are whole on this phone. */
  readonly here: boolean;
}

/** `untold`: this browser does not say over which line it is connected. */
export type PhotoLine = 'wifi' | 'mobile' | 'untold';

/** When photos are sent, as this person chose on this phone; texts are always sent at once. */
export interface PhotoSending {
  readonly wifiOnly: boolean;
  readonly paused: boolean;
  readonly line: PhotoLine;
  /** Why photos wait now; null when they may be sent. */
  readonly waits: 'paused' | 'wifi' | 'limit' | null;
  /** The photo that is being sent, in bytes. */
  readonly progress: { readonly visit: string; readonly sent: number; readonly size: number } | null;
  setWifiOnly(only: boolean): Promise<void>;
  setPaused(paused: boolean): Promise<void>;
}

/** Whether the place of photos is recorded, as this person chose on this phone; null: not asked yet. */
export interface PhotoPlaces {
  readonly consent: boolean | null;
  /** What the device says of the place; `refused`: the browser does not let this app ask it. */
  readonly status: 'idle' | 'searching' | 'found' | 'refused' | 'unavailable';
  setConsent(agreed: boolean): Promise<void>;
  /** Looks for the place while the camera is open; does nothing without consent. */
  begin(): void;
  /** The place of a photo taken now; null without consent or when none is known. Waits a moment at most. */
  here(): Promise<PhotoPlace | null>;
}

/** The ways out for a photo the server refused. */
export interface FailedPhotoCare {
  retry(visit: string, sha256: string): Promise<void>;
  /** The photo as a file to save; null when this phone has lost it. */
  copyOf(visit: string, sha256: string): Promise<File | null>;
  /** Takes it away as a recorded act; raises NotSaved where the visit may not be edited. */
  remove(visit: string, sha256: string): Promise<void>;
  /** Ends its sending although it stands in the visit: `told` goes to the others as a comment, if this person may write one. */
  end(visit: string, sha256: string, why: { readonly reason: string; readonly told: string }): Promise<void>;
}

/** Degrees in millionths, and how exact the device says they are, in metres. */
export interface PhotoPlace {
  readonly lat_e6: number;
  readonly lon_e6: number;
  readonly accuracy_m: number;
}

/** Where a picture comes from: what is recorded as its time and place follows from it. */
export type PhotoOrigin =
  /** `at`: when it was taken, if it was not stored at once. */
  | { readonly from: 'camera'; readonly place: Promise<PhotoPlace | null>; readonly at?: Date }
  /** The file's own time counts, and no place: galleries strip it or keep it at will. */
  | { readonly from: 'file' }
  /** Drawn on a photo, whose time and place it keeps. */
  | { readonly from: 'drawing'; readonly source: Photo; readonly masked: boolean };

export interface Photo {
  /** UUID in the path photo/<uuid>. */
  readonly id: string;
  readonly of: string;
  readonly sha256: string;
  readonly takenAt: Date | null;
  readonly author: string;
  /** What people wrote under it; of captions that differ, each. */
  readonly caption: string;
  /** Null without consent, or when no place was known. */
  readonly place: PhotoPlace | null;
  /** The hash of the photo it was drawn on, and whether something was covered in it. */
  readonly madeFrom: { readonly sha256: string; readonly masked: boolean } | null;
  /** Something in it was covered in a copy: the server shows it to few. */
  readonly veiled: boolean;
  /** Here: bytes on this phone. Sent: the server verified the bytes. */
  readonly here: boolean;
  readonly sent: boolean;
}
