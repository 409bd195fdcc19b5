// What the tables of the phone's database hold. A row of `ops` is immutable but for the writer
// slot it is sent under and the derived mark `seen`.

/** The server's numbered record of an operation, as it comes over the wire (docs/sync.md 7). */
export interface LogEntry {
  readonly n: number;
  readonly op: string;
  /** Null: held, and this person may not read it; the chain verifies through `bh`. */
  readonly body: string | null;
  /** Instead of `body` when the bytes are not UTF-8. */
  readonly body_b64?: string;
  readonly actor: string;
  readonly writer: string;
  readonly ws: number;
  readonly recv: number;
  readonly st: 'acc' | 'held';
  readonly why: string;
  readonly epar: readonly string[];
  readonly bh: string;
  readonly prev: string;
  readonly h: string;
  /** The server's signature over `h`; empty on entries a later one vouches for. */
  readonly sig: string;
}

/** An operation minted on this phone. */
export interface OpRow {
  readonly op: string;
  readonly visit: string;
  /** The exact text whose UTF-8 bytes are stored and hashed everywhere. Never rewritten. */
  readonly body: string;
  /** SHA-256 of those bytes, hex. */
  readonly bh: string;
  /** Order of minting on this phone, for showing and re-wrapping. */
  readonly seq: number;
  readonly writer: string;
  readonly ws: number;
  /**
   * 1 when an entry with these very bytes stands in the chain-verified log, else 0. Derived:
   * written in the transaction that changes the log, so `seen = 0` is own operations − log.
   */
  readonly seen: 0 | 1;
}

export interface LogRow extends LogEntry {
  readonly visit: string;
}

/** Entries of a chain the server signed that are perhaps not in its log any more. */
export interface EvidenceRow extends LogEntry {
  readonly visit: string;
  /** Stood in a history that the server no longer has: its number says nothing of the present log. */
  readonly former?: 1;
}

export interface Cursor {
  readonly n: number;
  readonly h: string;
}

export const START: Cursor = { n: 0, h: '0'.repeat(64) };

/** A visit as the last manifest described it. */
export interface VisitRow {
  readonly id: string;
  readonly role: string;
  readonly state: string;
  readonly chk: string;
  /** The newest version of the same checklist, if the visit does not have it; missing in lists stored before it was known. */
  readonly newer?: string | null;
  readonly unitName: string;
  readonly unitKind: string;
  readonly unitParent: string;
  readonly delegation: string;
  readonly campaignName: string;
  /** The unit that leads the campaign; missing in lists stored before it was known. */
  readonly hostName?: string;
  readonly plannedOn: string;
  readonly title: string;
  /** `self_check`: made by the unit's own people; missing in lists stored before it was known. */
  readonly kind?: string;
  /** A surprise visit: its time and, for the lead, the start code; missing in lists stored before it was known. */
  readonly surprise?: { readonly time: string; readonly code: string } | null;
  /** Opened here by the start code: the server does not show it to this person yet. */
  readonly unlocked?: true;
  readonly members: readonly {
    readonly id: string;
    readonly name: string;
    /** Missing in lists stored before it was known. */
    readonly duty?: string;
    readonly role: string;
    readonly present: boolean;
  }[];
  /** The server's last number when the manifest was made. */
  readonly headN: number;
  /** Entries up to this number are in the server's off-site backup; missing in lists stored before it was known. */
  readonly safeN?: number;
  /** Position in the manifest: the server's order. */
  readonly order: number;
  readonly gone: boolean;
  /** Gone because it was cancelled, not because the person has left the delegation. */
  readonly cancelled?: boolean;
}

/** A surprise visit that has not started, as a member is told of it. */
export interface SealedRow {
  readonly id: string;
  readonly plannedOn: string;
}

export interface ChecklistRow {
  readonly chk: string;
  /** The canonical JSON, verified against `chk` when it was stored. */
  readonly text: string;
}

export interface DraftRow {
  readonly visit: string;
  readonly path: string;
  readonly text: string;
}

/** Photo bytes as an ArrayBuffer: WebKit repeatedly lost stored Blob objects. */
export interface BlobRow {
  readonly visit: string;
  readonly sha256: string;
  readonly mime: string;
  readonly size: number;
  readonly bytes: ArrayBuffer;
  /** 1 when only a small picture is left here; `size` and `sha256` are those of the photo all the same. */
  readonly thumb?: 1;
}

/** How far the upload of a photo has come; apart from the bytes so that progress is cheap to write. */
export interface UploadRow {
  readonly visit: string;
  readonly sha256: string;
  readonly size: number;
  readonly url: string | null;
  /** 1 when the server said that it holds and verified these bytes. */
  readonly present: 0 | 1;
  /** 1 when the server's verified receipt says that its off-site backup has them. */
  readonly safe?: 0 | 1;
  /** 1 when the room they took here was freed, 0 when it could not be; missing until it was tried. */
  readonly freed?: 0 | 1;
  /** 1 when the person took away a photo the server had refused: nothing is owed any more. */
  readonly givenUp?: 1;
  /** Why its sending was ended although it stands in the visit: nobody may take it away there any more. */
  readonly ended?: string;
  /** The server refused these bytes (not an image, too large): shown, not retried for ever. */
  readonly refused: string | null;
}

/** A photo to be sent from the beginning, whatever became of it before. */
export function owedAgain({ givenUp: _, ended: __, ...row }: UploadRow): UploadRow {
  return { ...row, url: null, refused: null };
}

export interface MetaRow {
  readonly key: string;
  readonly value: unknown;
}

export type IncidentKind = 'storage_lost' | 'rewrapped' | 'id_reused' | 'history_diverged' | 'ops_lost';

/** Something about this phone that the server has to hear; kept until a push that carried it was answered. */
export interface IncidentRow {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly visit?: string;
  /** The phone's clock, ISO: evidence only. */
  readonly at: string;
  readonly detail?: Readonly<Record<string, string | number | null>>;
}
