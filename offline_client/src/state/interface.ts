// What screens may know of the engine: types only. The objects behind them live in this
// folder and are reached through state/app.svelte.ts:
//   import { app } from '../state/app.svelte.ts';
//   app.session, app.visits, app.sync, app.update, await app.openVisit(id)
// Every property is reactive (Svelte 5 runes): read it inside a component or a $derived, never
// copy it at start-up. Every promise of a writing function settles only after the local
// transaction is durably complete; it rejects with NotSaved and then nothing was changed.
import type { Answers } from '../domain/answers.ts';
import type { Checklist } from '../domain/checklist.ts';
import type { Finding } from '../domain/findings.ts';
import type { Cells, Head } from '../domain/operations.ts';
import type { SampleValue } from '../domain/sampling.ts';
import type { Score } from '../domain/scoring.ts';
import type { Start } from '../domain/starting.ts';
import type { Json } from '../domain/wire.ts';
import type { LastTime } from '../store/earlier.ts';
import type { PreviousConclusion, PreviousFinding } from '../store/previous.ts';
import type { CellHistory, HeldDecision, HeldOp, Written } from './history.ts';
import type { InstallKind } from './installing.ts';
import type { Move } from './repinning.ts';
import type { Unlocking } from './sealed.ts';
import type { Sentence } from './sentence.ts';
import type { DeviceSeen, MissingPhotos } from './surroundings.ts';
import type { Undoable } from './undoing.ts';

export type { Sentence, SentenceCode, SentenceIcon, SentenceTone } from './sentence.ts';
export type {
  CellHistory,
  DeviceSeen,
  HeldDecision,
  HeldOp,
  Json,
  MissingPhotos,
  Move,
  PreviousConclusion,
  PreviousFinding,
  Undoable,
  Written,
};

// ---------------------------------------------------------------------------- the whole app

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

// ---------------------------------------------------------------------------- session

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
  /** Edits of other people that wait on this device: "3 thay đổi của Cán bộ A chờ Cán bộ A". */
  readonly waitingForOthers: readonly { readonly name: string; readonly ops: number }[];
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

// ---------------------------------------------------------------------------- list of visits

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

/** What is drawn; each row is labelled with `label` and its ordinal, alike on every phone. */
export interface Draw {
  readonly sample: SampleValue;
  readonly label: string;
}

// ---------------------------------------------------------------------------- honest sync state

export interface VisitSync {
  /** "máy chủ đã có serverHas/total thay đổi": counted in the verified log, not in acknowledgements. */
  readonly serverHas: number;
  readonly total: number;
  /** When the server last confirmed it. */
  readonly at: Date | null;
  readonly pendingPhotos: number;
  /** Photos the server refused, with its reason: they stay on this phone. */
  readonly failedPhotos: readonly FailedPhoto[];
  /** Everything is also in the server's off-site backup. */
  readonly safe: boolean;
  /** Operations stored without effect that this person may read and that wait for the lead. */
  readonly held: readonly HeldOp[];
  readonly problem: SyncProblem | null;
}

/** `offline` is normal, the others need words: see text/ for each code. */
export interface FailedPhoto {
  readonly sha256: string;
  /** LOST_ON_DEVICE, IMAGE_REFUSED, TOO_BIG: text/ has words for each. */
  readonly why: string;
}

/** `untold`: this browser does not say over which line it is connected. */
export type PhotoLine = 'wifi' | 'mobile' | 'untold';

/** When photos are sent, as this person chose on this phone; texts are always sent at once. */
export interface PhotoSending {
  readonly wifiOnly: boolean;
  readonly paused: boolean;
  readonly line: PhotoLine;
  /** Why photos wait now; null when they may be sent. */
  readonly waits: 'paused' | 'wifi' | null;
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
}

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

// ---------------------------------------------------------------------------- one open visit

/** Thrown by every writing function when nothing was saved. */
export interface NotSaved extends Error {
  readonly name: 'NotSaved';
  readonly code:
    | 'quota'
    | 'database'
    | 'not_an_image'
    | 'too_big'
    | 'heic'
    | 'not_drawn'
    | 'not_allowed'
    | 'bad_value';
}

/** `op` is what the next edit from the same, still open editor passes as its `seen`. */
export interface Saved {
  readonly op: string;
}

/** One cell to write; `seen` as for `OpenVisit.edit`. */
export interface CellEdit {
  readonly path: string;
  readonly value: Json;
  readonly seen: readonly string[];
}

export interface OpenVisit {
  readonly id: string;
  readonly card: VisitCard;
  readonly checklist: Checklist;
  /** SHA-256 of the checklist. */
  readonly chk: string;
  readonly me: { readonly id: string; readonly name: string; readonly role: Role };
  /** Everybody who may appear as an author: id to name. */
  readonly people: ReadonlyMap<string, string>;

  /** The fold of the verified log and the outbox. In `signed` state: the frozen answers. */
  readonly cells: Cells;
  readonly answers: Answers;
  readonly score: Score;
  readonly findings: readonly Finding[];
  readonly state: VisitState;
  /** The close operation in force, or null: what the summary and both signatures refer to. */
  readonly closing: Closing | null;
  /** Copies that both parties signed and that were amended since, oldest first. */
  readonly earlier: readonly Closing[];
  /** False when the frozen answers are not all here: after a restore, until phones gave them back. */
  readonly confirmed: boolean;
  /** Paths whose heads differ, in document order. */
  readonly contested: readonly string[];
  /** What the server stored without effect and nobody has handled yet. */
  readonly held: readonly HeldOp[];
  /** The same, adopted or dismissed. */
  readonly handled: readonly HeldOp[];
  /** False when signed, when closed (reopen first), or when the person is no member any more. */
  readonly mayEdit: boolean;
  readonly mayResolve: boolean;
  /** A surprise visit that its lead, on whose phone this is, has not started. */
  readonly needsStart: boolean;
  /** When it was started, if it was. */
  readonly start: Start | null;
  /** The lead's act that begins a surprise visit; `clock` (local, to the minute) is written into the minutes. */
  begin(clock: string): Promise<Saved>;
  readonly sync: VisitSync;
  readonly team: Team;

  /** The heads of one cell, sorted by operation id; empty when nobody wrote it. */
  heads(path: string): readonly Head[];
  /** Who wrote each head: "Cán bộ A, 10:31 (chưa gửi)". */
  authors(path: string): readonly Authorship[];
  /** Everything ever written under `item/<key>` or `visit`, cell by cell. */
  history(under: string): readonly CellHistory[];
  /** Photos of an item or row path, oldest first. */
  photos(ofPath: string): readonly Photo[];
  /**
   * A blob: URL of a photo held on this phone (revoked by `leave`), else its address on the server; `whole` where a
   * small picture is not enough.
   */
  photoUrl(sha256: string, whole: boolean): Promise<string>;
  /** Under which ids these bytes stand as photos. */
  photosWith(sha256: string): readonly string[];

  /**
   * Writes one cell. `seen` are the heads DISPLAYED when the editor opened, seen[0] the one the
   * edit began from (`heads(path).map((head) => head.op)` at that moment, never at save time).
   */
  edit(path: string, value: Json, seen: readonly string[]): Promise<Saved>;
  clear(path: string, seen: readonly string[]): Promise<Saved>;
  /** Writes cells by one tap: all or none, and taken back as one act. Refused when there is none. */
  editAll(edits: readonly CellEdit[]): Promise<Saved>;
  /** What the unit's last signed visits answered, by item, as far as this phone was told. Only shown, never answered by itself. */
  readonly lastTime: ReadonlyMap<string, LastTime>;
  /** When something was last saved durably since the visit was opened; null before the first time. */
  readonly savedAt: Date | null;
  /** The last act of this person on this screen of which something still stands; null if there is none. */
  readonly undoable: Undoable | null;
  /** Writes what stood there before, as further edits, and says which act that was; null if there was none. */
  undo(): Promise<Undoable | null>;
  /** Ends a contested cell; the lead only, with a reason. `seen` must be every head shown. */
  resolve(path: string, value: Json, reason: string, seen: readonly string[]): Promise<Saved>;

  /**
   * Ends a held operation; the lead only, with a reason. `adopt` puts its content into the cell it
   * was meant for, where it replaces the heads in `seen`; `dismiss` closes it without effect.
   */
  adopt(held: string, reason: string, seen: readonly string[]): Promise<Saved>;
  dismiss(held: string, reason: string): Promise<Saved>;

  /** New roster rows with their labels, after the last one, all or none. Returns their UUIDs. */
  addRows(itemKey: string, labels: readonly string[]): Promise<{ readonly rows: readonly string[] }>;
  /** Draws the rows of a sample, or makes those that are missing; `seen` as for `edit`, of the cell of the draw. */
  drawRows(itemKey: string, draw: Draw, seen: readonly string[]): Promise<Saved>;
  /** Deletes a row as shown now; it comes back, contested, if somebody edited it meanwhile. */
  deleteRow(itemKey: string, row: string): Promise<Saved>;

  /** Keeps a picture as evidence; from the camera, just now, unless something else is said. */
  attachPhoto(ofPath: string, file: Blob, origin?: PhotoOrigin): Promise<{ readonly photo: string } & Saved>;
  /** Takes a photo away as a recorded act, which `undo` takes back. */
  detachPhoto(photo: string): Promise<Saved>;
  addNote(text: string, ofPath?: string): Promise<Saved>;

  /** Freezes the summary; the lead only. Why it cannot be done yet is in `closeBlockers`. */
  close(reasons?: CloseReasons): Promise<Saved>;
  readonly closeBlockers: readonly CloseBlocker[];
  /** When the server last said which devices opened the visit and which photos it has; null if it never did. */
  readonly surroundingsAt: Date | null;
  /** Asks it again; false when it could not be asked, and the last answer stands. */
  askSurroundings(): Promise<boolean>;
  reopen(reason: string): Promise<Saved>;
  /** What moving the visit to the newest version of its checklist would mean; null if there is none or one may not. */
  readonly move: Move | null;
  repin(reason: string): Promise<Saved>;
  /** Opens what both parties signed, for a new closing; the lead only. The signed copy stays in `earlier`. */
  amend(reason: string): Promise<Saved>;
  sign(party: 'lead' | 'unit', signature: Signature): Promise<Saved>;

  /** Text being typed, stored within 500 ms and restored after a crash; '' forgets it. */
  draft(path: string, text: string): void;
  draftOf(path: string): string | undefined;
  /** Whether something is being typed in this cell or one below it. */
  hasDraft(path: string): boolean;
  /** Stops following the visit (timers, URLs). Call when the screen is left. */
  leave(): void;
}

/** A place in the delegation; `role` is lead or member. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly present: boolean;
}

/** The team of a visit, read from its log and nothing else; nothing is forbidden by any of it. */
export interface Team {
  /** The lead first; who left only while an answer of theirs stands. */
  readonly members: readonly TeamMember[];
  readonly mayAssign: boolean;
  readonly mayComment: boolean;
  /** Who answers for a section, as ids. */
  assignees(section: string): readonly string[];
  assign(section: string, people: readonly string[]): Promise<Saved>;
  assignAll(people: ReadonlyMap<string, readonly string[]>): Promise<Saved>;
  /** Who marked a section as done, and what was answered after it; null while nobody's mark stands. */
  done(section: string): SectionDone | null;
  markDone(section: string, done: boolean): Promise<Saved>;
  /** The thread of an item in the order of the log. */
  comments(item: string): readonly CommentView[];
  /** Every thread by item; '' holds those of items the checklist no longer has. */
  readonly threads: ReadonlyMap<string, readonly CommentView[]>;
  /** How many comments of others were not opened on this phone. */
  readonly unread: number;
  comment(item: string, text: string): Promise<Saved>;
  takeBack(comment: CommentView): Promise<Saved>;
  /** The name under which a comment being typed is kept as a draft. */
  draftOf(item: string): string;
  markRead(item: string): Promise<void>;
}

export interface TeamMember {
  readonly id: string;
  readonly name: string;
  readonly lead: boolean;
  readonly present: boolean;
  readonly mine: boolean;
  /** Items in which an answer of this person stands, in document order. */
  readonly items: readonly string[];
  /** Sections this person answers for. */
  readonly sections: readonly string[];
  readonly last: LastPlace | null;
}

/** Where a person last wrote, by the log: the phone's clock (evidence only) and the server's. */
export interface LastPlace {
  readonly section: string;
  readonly item: string;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
}

export interface SectionDone {
  readonly name: string;
  readonly mine: boolean;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
  /** Changes of its answers after the mark. */
  readonly since: number;
}

export interface CommentView {
  readonly path: string;
  readonly op: string;
  /** The item or row it is of. */
  readonly of: string;
  readonly text: string;
  readonly name: string;
  readonly mine: boolean;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
  readonly unread: boolean;
}

export interface Authorship {
  readonly op: string;
  readonly actor: string;
  readonly name: string;
  readonly value: Json;
  /** The lead who took a held answer in, else ''. */
  readonly adoptedBy: string;
  /** The phone's clock when it was written (evidence only) and the server's when it arrived. */
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  /** Still in this phone's outbox. */
  readonly pending: boolean;
  readonly mine: boolean;
}

/** Degrees in millionths, and how exact the device says they are, in metres. */
export interface PhotoPlace {
  readonly lat_e6: number;
  readonly lon_e6: number;
  readonly accuracy_m: number;
}

/** Where a picture comes from: what is recorded as its time and place follows from it. */
export type PhotoOrigin =
  | { readonly from: 'camera'; readonly place: Promise<PhotoPlace | null> }
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

export type CloseBlocker =
  | { readonly code: 'not_lead' | 'not_open' }
  | { readonly code: 'contested'; readonly paths: readonly string[] }
  | { readonly code: 'duplicate_rows'; readonly item: string; readonly rows: readonly string[] }
  /** Not a hard stop: `close` then needs `unansweredReason`. */
  | { readonly code: 'unanswered'; readonly items: readonly string[] }
  /** The same with `noEvidenceReason`: photos the checklist asks for that nobody took. */
  | { readonly code: 'no_evidence'; readonly paths: readonly string[] }
  /** The same with `missingPhotosReason`: photos that are not known to be on the server. */
  | { readonly code: 'missing_photos'; readonly people: readonly MissingPhotos[] }
  /** The same with `silentReason`: other devices that may hold what nobody has seen. */
  | { readonly code: 'silent'; readonly devices: readonly DeviceSeen[] };

/** Why the lead closes all the same: items unanswered, photos not taken or not on the server, devices not heard of. */
export interface CloseReasons {
  readonly unansweredReason?: string;
  readonly noEvidenceReason?: string;
  readonly missingPhotosReason?: string;
  readonly silentReason?: string;
}

export interface Closing {
  readonly op: string;
  readonly digest: string;
  /** Of everything signed so far, the unit's objections among it. */
  readonly minutesDigest: string;
  readonly by: string;
  readonly at: Date | null;
  readonly unansweredReason: string | null;
  readonly noEvidenceReason: string | null;
  readonly missingPhotosReason: string | null;
  readonly silentReason: string | null;
  readonly signedBy: { readonly lead: SignatureView | null; readonly unit: SignatureView | null };
}

export interface SignatureView {
  readonly op: string;
  readonly name: string;
  readonly title: string;
  readonly strokes: string;
  readonly at: Date | null;
  readonly objections: readonly Objection[];
  readonly refused: Refusal | null;
}

export interface Objection {
  readonly item: string;
  readonly text: string;
}

export interface Refusal {
  readonly reason: string;
  readonly witness: string;
  /** The witness's signature; missing where an older app did not ask for it. */
  readonly strokes?: string;
}

export interface Signature {
  readonly name: string;
  readonly title: string;
  /** SVG path data of the strokes; '' only with `refused`. */
  readonly strokes: string;
  /** Only for the unit: what it does not agree with, per item. */
  readonly objections?: readonly Objection[];
  readonly refused?: Refusal;
}
