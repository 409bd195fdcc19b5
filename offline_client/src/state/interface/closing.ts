// Closing a visit, and what both parties sign.
import type { DeviceSeen, MissingPhotos } from '../surroundings.ts';

export type CloseBlocker =
  | { readonly code: 'not_lead' | 'not_open' }
  | { readonly code: 'contested'; readonly paths: readonly string[] }
  | { readonly code: 'duplicate_rows'; readonly item: string; readonly rows: readonly string[] }
  /** Not a hard stop: `close` then needs `unansweredReason`. */
  | { readonly code: 'unanswered'; readonly items: readonly string[] }
  /** The same with `noEvidenceReason`: photos the checklist asks for that nobody took. */
  | { readonly code: 'no_evidence'; readonly paths: readonly string[] }
  /** The same with `heldReason`: held operations that nobody has adopted or dismissed. */
  | { readonly code: 'held'; readonly n: number }
  /** The same with `missingPhotosReason`: photos that are not known to be on the server. */
  | { readonly code: 'missing_photos'; readonly people: readonly MissingPhotos[] }
  /** The same with `silentReason`: other devices that may hold what nobody has seen. */
  | { readonly code: 'silent'; readonly devices: readonly DeviceSeen[] };

/**
 * Why the lead closes all the same: items unanswered, photos not taken, held operations not handled, photos not on the
 * server, devices not heard of.
 */
export interface CloseReasons {
  readonly unansweredReason?: string;
  readonly noEvidenceReason?: string;
  readonly heldReason?: string;
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
  readonly heldReason: string | null;
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
