// One open visit.
import type { Answers } from '../../domain/answers.ts';
import type { Checklist } from '../../domain/checklist.ts';
import type { Finding } from '../../domain/findings.ts';
import type { Cells, Head } from '../../domain/operations.ts';
import type { SampleValue } from '../../domain/sampling.ts';
import type { Score } from '../../domain/scoring.ts';
import type { Start } from '../../domain/starting.ts';
import type { Json } from '../../domain/wire.ts';
import type { LastTime } from '../../store/earlier.ts';
import type { CellHistory, HeldOp } from '../history.ts';
import type { Move } from '../repinning.ts';
import type { Undoable } from '../undoing.ts';
import type { CloseBlocker, CloseReasons, Closing, Signature } from './closing.ts';
import type { Photo, PhotoOrigin } from './photos.ts';
import type { VisitSync } from './sync.ts';
import type { Team } from './team.ts';
import type { Role, VisitCard, VisitState } from './visits.ts';

/** What is drawn; each row is labelled with `label` and its ordinal, alike on every phone. */
export interface Draw {
  readonly sample: SampleValue;
  readonly label: string;
}

/** Thrown by every writing function when nothing was saved. */
export interface NotSaved extends Error {
  readonly name: 'NotSaved';
  readonly code:
    | 'quota'
    /** What is left is the reserve for text: no photo goes into it. */
    | 'no_room'
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
  /** A comment on the item a photo stands in, also after signing; nothing for who may write none any more. */
  tellOfPhoto(sha256: string, text: string): Promise<void>;
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
  /** `read` is the closing its party was shown: nothing that was drawn under it signs another. */
  sign(party: 'lead' | 'unit', signature: Signature, read?: string): Promise<Saved>;

  /** Text being typed, stored within 500 ms and restored after a crash; '' forgets it. */
  draft(path: string, text: string): void;
  draftOf(path: string): string | undefined;
  /** Whether something is being typed in this cell or one below it. */
  hasDraft(path: string): boolean;
  /** What was half written was put away in another tab: the visit is to be opened anew, without it. */
  readonly discarded: boolean;
  /** Stops following the visit (timers, URLs). Call when the screen is left. */
  leave(): void;
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
