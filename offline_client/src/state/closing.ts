// Closing and signing as the screens see them: what stands in the way, what was frozen, who signed.
import type { Answers } from '../domain/answers.ts';
import { type Checklist, items } from '../domain/checklist.ts';
import { lacking } from '../domain/evidence.ts';
import type { Head } from '../domain/operations.ts';
import { lookupOf, type Score } from '../domain/scoring.ts';
import { type Close, minutesDigest, type VisitState } from '../domain/visits.ts';
import type { Json } from '../domain/wire.ts';
import type {
  CloseBlocker,
  CloseReasons,
  Closing,
  Objection,
  Refusal,
  Role,
  Signature,
  SignatureView,
} from './interface.ts';
import { repairText } from './minting.ts';
import type { DeviceSeen, MissingPhotos } from './surroundings.ts';
import { dateOf } from './wall.ts';

type Fields = { readonly [key: string]: Json };

export function closeBlockers(
  role: Role,
  state: VisitState,
  contested: readonly string[],
  answers: Answers,
  score: Score,
  around: {
    /** Cells without the photo the checklist asks for. */
    readonly lacking: readonly string[];
    /** How many held operations nobody has adopted or dismissed. */
    readonly held: number;
    readonly photos: readonly MissingPhotos[];
    readonly silent: readonly DeviceSeen[];
  },
): CloseBlocker[] {
  const blockers: CloseBlocker[] = [];
  if (role !== 'lead') blockers.push({ code: 'not_lead' });
  if (state.state !== 'open') blockers.push({ code: 'not_open' });
  const rows = [...answers.items.values()].flatMap((item) =>
    item.rows.filter((row) => row.deletionContested).map((row) => `${row.path}/deleted`),
  );
  const paths = [...new Set([...contested, ...rows])];
  if (paths.length > 0) blockers.push({ code: 'contested', paths });
  for (const item of answers.items.values())
    for (const rows of item.duplicates) blockers.push({ code: 'duplicate_rows', item: item.key, rows });
  const unanswered = score.items
    .filter((trace) => trace.state === 'unanswered' || trace.state === 'incomplete')
    .map((trace) => trace.key);
  if (unanswered.length > 0) blockers.push({ code: 'unanswered', items: unanswered });
  if (around.lacking.length > 0) blockers.push({ code: 'no_evidence', paths: around.lacking });
  if (around.held > 0) blockers.push({ code: 'held', n: around.held });
  if (around.photos.length > 0) blockers.push({ code: 'missing_photos', people: around.photos });
  if (around.silent.length > 0) blockers.push({ code: 'silent', devices: around.silent });
  return blockers;
}

/** The items and rows without the photo the checklist asks for, as paths in document order. */
export function lackingEvidence(checklist: Checklist, answers: Answers, score: Score): readonly string[] {
  const traces = new Map(score.items.map((trace) => [trace.key, trace]));
  const lookup = lookupOf(score);
  return items(checklist).flatMap((item) => {
    const [answer, trace] = [answers.items.get(item.key), traces.get(item.key)];
    return answer && trace ? lacking(item, answer, trace, lookup) : [];
  });
}

/** Which reason lets the lead close in spite of a blocker; the others are hard stops. */
const EXCUSES: { readonly [code: string]: keyof CloseReasons } = {
  unanswered: 'unansweredReason',
  no_evidence: 'noEvidenceReason',
  held: 'heldReason',
  missing_photos: 'missingPhotosReason',
  silent: 'silentReason',
};

/** What still stands in the way of a close with these reasons. */
export function unexcused(blockers: readonly CloseBlocker[], reasons: CloseReasons): readonly CloseBlocker[] {
  return blockers.filter(({ code }) => {
    const excuse = EXCUSES[code];
    return excuse === undefined || !reasons[excuse]?.trim();
  });
}

function signatureView(head: Head | undefined): SignatureView | null {
  if (!head) return null;
  const value = head.value as Fields;
  return {
    op: head.op,
    name: String(value.name ?? ''),
    title: String(value.title ?? ''),
    strokes: String(value.strokes ?? ''),
    at: dateOf(head.wall),
    objections: (value.objections as unknown as readonly Objection[] | undefined) ?? [],
    refused: (value.refused as unknown as Refusal | undefined) ?? null,
  };
}

/** The close in force, and what both signed before it was amended. */
export function closingsOf(state: VisitState): {
  readonly closing: Closing | null;
  readonly earlier: readonly Closing[];
} {
  const { closing, signatures, signedSets } = state;
  const amended = signedSets.filter((each) => each.closing.op !== closing?.op);
  return {
    closing: closing && closingView(closing, signatures),
    earlier: amended.map((each) => closingView(each.closing, each.signatures)),
  };
}

function closingView(closing: Head, signatures: VisitState['signatures']): Closing {
  const close = closing.value as unknown as Close;
  return {
    op: closing.op,
    digest: close.digest,
    minutesDigest: minutesDigest(closing, signatures),
    by: closing.actor,
    at: dateOf(closing.wall),
    unansweredReason: close.unanswered_reason ?? null,
    noEvidenceReason: close.no_evidence_reason ?? null,
    heldReason: close.held_reason ?? null,
    missingPhotosReason: close.missing_photos_reason ?? null,
    silentReason: close.silent_reason ?? null,
    signedBy: { lead: signatureView(signatures.lead), unit: signatureView(signatures.unit) },
  };
}

/** The reasons as a `close` carries them: only those that were given. */
export function closeReasons(reasons: CloseReasons): { readonly [key: string]: Json } {
  const given = {
    unanswered_reason: reasons.unansweredReason,
    no_evidence_reason: reasons.noEvidenceReason,
    held_reason: reasons.heldReason,
    missing_photos_reason: reasons.missingPhotosReason,
    silent_reason: reasons.silentReason,
  };
  return Object.fromEntries(
    Object.entries(given)
      .map(([key, text]) => [key, repairText(text ?? '').trim()] as const)
      .filter(([, text]) => text !== ''),
  );
}

/** The value of a `sign` operation, with only the keys the closed table knows. */
export function signValue(closing: Closing, party: 'lead' | 'unit', signature: Signature): Json {
  const { name, title, strokes, objections, refused } = signature;
  return {
    close: closing.op,
    digest: closing.digest,
    name,
    title,
    strokes: refused ? '' : strokes,
    ...(party === 'unit' && objections?.length
      ? { objections: objections.map(({ item, text }) => ({ item, text })) }
      : {}),
    ...(party === 'unit' && refused ? { refused: refusalValue(refused) } : {}),
  };
}

function refusalValue({ reason, witness, strokes }: Refusal): Json {
  return { reason, witness, ...(strokes ? { strokes } : {}) };
}

/** A row order key after `last`: keys compare by code point, ties by UUID. */
export function orderAfter(last: string | undefined): string {
  if (last === undefined) return 'U';
  const end = last.at(-1);
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const place = end === undefined ? -1 : digits.indexOf(end);
  // Step up the last digit while there is room, else grow by one.
  if (place >= 0 && place < digits.length - 1) return last.slice(0, -1) + digits[place + 1];
  return `${last}U`;
}
