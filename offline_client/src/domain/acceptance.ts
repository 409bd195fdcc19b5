// The closed table: which kind may write which path with which value, and who may; else why it is held.
// Twin of app/domain/acceptance.py; both are held to tests/vectors/operations/hold_reason.json. The phone asks
// before it mints; the server decides (docs/sync.md 3).
import { checkClaim, checkField, checkSample, checkText, checkValue } from './answers.ts';
import type { Checklist, Item } from './checklist.ts';
import { cellValue, HEADS_LIMIT } from './operations.ts';
import { CHECKLIST, isMap, REPIN, RETIRED, type Repin } from './repinning.ts';
import { START } from './starting.ts';
import { canonical, isId, type Json, type Operation } from './wire.ts';

export type Role = 'lead' | 'member';
type Check = (value: Json) => boolean;
/** Of one path: what each permitted kind may carry. */
type Rules = { readonly [kind: string]: Check };

export const PHOTO_LIMIT = 12 * 1024 * 1024;
export const CAPTION_LENGTH = 300;
const WRITERS_LIMIT = 500;
const ASSIGNEES_LIMIT = 50;
const MAP_LIMIT = 2_000;
const MIMES = new Set(['image/jpeg', 'image/png', 'image/webp']);
const LEAD_KINDS = new Set([
  'resolve',
  'adopt',
  'dismiss',
  'close',
  'reopen',
  'amend',
  'repin',
  'sign',
  'assign',
  'start',
]);
const KINDS = new Set([...LEAD_KINDS, 'set', 'clear', 'attach', 'detach', 'done', 'comment']);
const NEEDS_PARENT = new Set(['resolve', 'detach', 'reopen', 'amend']);

const KEY = /^[a-z0-9-]{1,64}$/;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const ITEM = new RegExp(
  `^item/(?<item>[a-z0-9-]+)(?:/row/${UUID}/(?<field>[a-z0-9_-]+)|/(?<aspect>[a-z_]+))?$`,
);
const OF = new RegExp(`^item/(?<item>[a-z0-9-]+)(?<row>/row/${UUID})?$`);
const RECORD = new RegExp(`^(photo|note|comment)/${UUID}$`);
const CAPTION = new RegExp(`^photo/${UUID}/caption$`);
const LOCAL_TIME = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$/;
const ORDER = /^[0-9A-Za-z]{1,64}$/;
const STROKES = /^[MLHVCSQTAZmlhvcsqtaz0-9 ,.-]{1,12000}$/;
const HASH = /^[0-9a-f]{64}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/** A held entry that an `adopt` or `dismiss` may name: whose it was and what it would have put where. */
export interface HeldOperation {
  readonly author: string;
  readonly path: string;
  readonly value: Json;
}

/** What is known when an operation is judged; see `Circumstances` in app/domain/acceptance.py. */
export interface Circumstances {
  readonly visit: string;
  readonly chk: string;
  readonly actor: string;
  /** Null for somebody who has left the delegation. */
  readonly role: Role | null;
  readonly signed: boolean;
  /** It came without its author's session: by device ticket or from an exported file. */
  readonly dropped?: boolean;
  /** The visit is signed and accepted operations stand outside the frozen set. */
  readonly mayReopen: boolean;
  /** A unit checks itself: one signature is enough. */
  readonly selfCheck?: boolean;
  /** How many heads would stand beside the operation. */
  readonly beside: number;
  /** Each accepted close with its digest. */
  readonly closes: ReadonlyMap<string, string>;
  readonly held: ReadonlyMap<string, HeldOperation>;
  /** The checklist a `repin` names; absent unless it is a published version that the visit never had. */
  readonly target?: Checklist | undefined;
}

/** Says why an operation must be held, or null to accept it: the first reason that fits, in the documented order. */
export function holdReason(operation: Operation, checklist: Checklist, given: Circumstances): string | null {
  return standing(operation, given) ?? content(operation, checklist, given) ?? limits(operation, given);
}

/** Whether an ordinary edit may write this value to this path: what a screen asks before it saves. */
export function maySet(checklist: Checklist, path: string, value: Json): boolean {
  return rulesOf(path, checklist)?.[value === null ? 'clear' : 'set']?.(value) === true;
}

/** Whether the lead could put this content of a held operation into its cell. */
export function mayAdopt(checklist: Checklist, path: string, value: Json): boolean {
  const named = RECORD.test(path) && isTable(value) ? value['of'] : undefined;
  const known = typeof named !== 'string' || isKnown(named, checklist);
  return known && rulesOf(path, checklist)?.['adopt']?.(value) === true;
}

/** Judges who sent it, when, and for what. */
function standing(operation: Operation, given: Circumstances): string | null {
  const undoes = operation.kind === 'amend' || (operation.kind === 'reopen' && given.mayReopen);
  const reasons: readonly (readonly [string, boolean])[] = [
    ['BAD_VALUE', operation.visit !== given.visit],
    ['ACTOR_MISMATCH', operation.user !== given.actor],
    ['NOT_MEMBER', given.role === null],
    ['UNKNOWN_KIND', operation.version !== 1 || !KINDS.has(operation.kind)],
    ['DROPPED_OFF', given.dropped === true],
    ['CHECKLIST_MISMATCH', operation.chk !== given.chk || aimsWrong(operation, given)],
    ['LATE_AFTER_SIGN', given.signed && !undoes && !isTalk(operation)],
  ];
  return reasons.find(([, fits]) => fits)?.[0] ?? null;
}

/** A comment: in no digest and no minutes, so it may come after what was signed. What was read then stays told. */
function isTalk({ kind, path }: Operation): boolean {
  return path.startsWith('comment/') && kind === 'comment';
}

/** Whether a re-pin begins from another checklist than the one in force, or leads to none; a malformed one is told as such. */
function aimsWrong({ kind, value }: Operation, given: Circumstances): boolean {
  if (kind !== REPIN || !isRepin(value)) return false;
  return (value as unknown as Repin).from !== given.chk || given.target === undefined;
}

function limits(operation: Operation, given: Circumstances): string | null {
  if (LEAD_KINDS.has(operation.kind) && given.role !== 'lead') return 'ROLE';
  if (operation.kind === 'sign') {
    const { close, digest } = operation.value as { close: string; digest: string };
    if (given.closes.get(close) !== digest) return 'DIGEST_MISMATCH';
  }
  return given.beside >= HEADS_LIMIT ? 'TOO_MANY_HEADS' : null;
}

/** Judges kind, path and value against the table. */
function content(operation: Operation, checklist: Checklist, given: Circumstances): string | null {
  const { kind, path } = operation;
  let { value } = operation;
  if (NEEDS_PARENT.has(kind) && operation.parents.length === 0) return 'BAD_VALUE';
  if (kind === 'amend' && !given.signed) return 'BAD_VALUE';
  if (kind === 'dismiss' && !given.held.has(path.replace(/^held\//, ''))) return 'BAD_VALUE';
  if (kind === 'resolve' || kind === 'adopt') {
    if (!(kind === 'resolve' ? isResolution(value) : isAdoption(operation, given))) return 'BAD_VALUE';
    value = cellValue(kind, value);
  }
  const rules = rulesOf(path, checklist);
  if (rules === null) return 'UNKNOWN_ITEM';
  const check = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  if (!check?.(value)) return 'BAD_VALUE';
  if (kind === 'close' && Object.hasOwn(value as object, 'alone') && given.selfCheck !== true)
    return 'BAD_VALUE';
  if (kind === REPIN && given.target && !isMap(checklist, given.target, (value as unknown as Repin).map))
    return 'BAD_VALUE';
  const named = RECORD.test(path) && isTable(value) ? value['of'] : undefined;
  return typeof named !== 'string' || isKnown(named, checklist) ? null : 'UNKNOWN_ITEM';
}

/** What may be written to a path: nothing if it is malformed, null if the checklist does not know it. */
function rulesOf(path: string, checklist: Checklist): Rules | null {
  const slash = path.indexOf('/');
  const area = slash < 0 ? path : path.slice(0, slash);
  const rest = slash < 0 ? '' : path.slice(slash + 1);
  if (area === 'item') return itemRules(path, checklist);
  const ofASection = OF_A_SECTION.get(area);
  if (ofASection) return checklist.sections.some((section) => section.key === rest) ? ofASection : null;
  if (area === RETIRED) return null;
  if (path === CHECKLIST) return { [REPIN]: isRepin };
  if (path === START) return { start: isStart };
  if (path === 'visit/closing') return { close: isClose, reopen: isReason, amend: isReason };
  const minutes = area === 'visit' ? MINUTES.get(rest) : undefined;
  if (minutes) return edits(minutes);
  if (path === 'sign/lead') return { sign: isLeadSignature };
  if (path === 'sign/unit') return { sign: isUnitSignature };
  if (area === 'held' && isId(rest)) return { dismiss: isReason };
  if (CAPTION.test(path)) return edits((value) => isText(value, CAPTION_LENGTH));
  return (RECORD.test(path) && RECORDS.get(area)) || {};
}

function itemRules(path: string, checklist: Checklist): Rules | null {
  const groups = ITEM.exec(path)?.groups;
  if (groups === undefined) return {};
  const item = itemOf(checklist, groups['item']);
  if (item === undefined) return null;
  if (groups['field'] !== undefined) {
    const check = fieldCheck(item, groups['field']);
    return check === undefined ? null : edits(check);
  }
  const check = aspectCheck(item, groups['aspect']);
  return check === undefined ? {} : edits(check);
}

/** The kinds that write an answer: a `clear` writes null, a `set` something, the lead's either. */
function edits(check: Check): Rules {
  const either: Check = (value) => value === null || check(value);
  return { set: (value) => value !== null && check(value), clear: isNull, resolve: either, adopt: either };
}

function aspectCheck(item: Item, aspect: string | undefined): Check | undefined {
  switch (aspect) {
    case undefined:
      return (value) => checkValue(item, value) === null;
    case 'note':
      return isLongText;
    case 'na':
      return (value) => item.not_applicable === true && isReason(value);
    case 'claimed':
      return (value) => checkClaim(item, value) === null;
    case 'observed_at':
      return isLocalTime;
    case 'sample':
      return (value) => checkSample(item, value) === null;
    default:
      return undefined;
  }
}

function fieldCheck(item: Item, name: string): Check | undefined {
  if (item.answer.type !== 'roster') return undefined;
  const own = item.answer.fields.find((field) => field.key === name);
  if (own !== undefined) return (value) => checkField(own, value) === null;
  switch (name) {
    case 'label':
      return isLine;
    case 'order':
      return (value) => typeof value === 'string' && ORDER.test(value);
    case 'deleted':
      return (value) => has(value, { seen: isIds });
    default:
      return undefined;
  }
}

function itemOf(checklist: Checklist, key: string | undefined): Item | undefined {
  return checklist.sections.flatMap((section) => section.items).find((item) => item.key === key);
}

/** Whether a photo, note or comment may be of this item, or of a row of this roster. */
function isKnown(path: string, checklist: Checklist): boolean {
  const groups = OF.exec(path)?.groups;
  const item = itemOf(checklist, groups?.['item']);
  return item !== undefined && (groups?.['row'] === undefined || item.answer.type === 'roster');
}

const isAnything: Check = () => true;
const isNull: Check = (value) => value === null;

function isResolution(value: Json): boolean {
  return has(value, { value: isAnything, reason: isReasonText });
}

/** Whether what an `adopt` carries is really the content of the held entry it names, for the same cell. */
function isAdoption(operation: Operation, given: Circumstances): boolean {
  const { value } = operation;
  if (!has(value, { of: isId, author: isAnything, value: isAnything, reason: isReasonText })) return false;
  const carried = value as { of: string; author: Json; value: Json };
  const held = given.held.get(carried.of);
  return (
    held !== undefined &&
    held.path === operation.path &&
    held.author === carried.author &&
    canonical(held.value) === canonical(carried.value)
  );
}

function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a table has exactly these keys (and perhaps the optional ones), each with a value that fits. */
function has(value: Json, required: Rules, optional: Rules = {}): boolean {
  if (!isTable(value)) return false;
  const rules = new Map([...Object.entries(required), ...Object.entries(optional)]);
  return (
    Object.keys(required).every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, member]) => rules.get(key)?.(member) === true)
  );
}

/** Text of 1 to `limit` characters (code points), without control characters, not only spaces. */
function isText(value: Json, limit: number): boolean {
  return checkText(value, limit) === null && /[^ \t\n\r\u00a0]/.test(String(value));
}

const isReasonText: Check = (value) => isText(value, 1000);
const isReason: Check = (value) => has(value, { reason: isReasonText });
const isLine: Check = (value) => isText(value, 200);
const isLongText: Check = (value) => isText(value, 2000);
const isString: Check = (value) => typeof value === 'string';
const isLocalTime: Check = (value) => typeof value === 'string' && LOCAL_TIME.test(value);
const isHash: Check = (value) => typeof value === 'string' && HASH.test(value);
const isWhole: Check = (value) => Number.isInteger(value);
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const isIds: Check = (value) =>
  Array.isArray(value) && value.every(isId) && new Set(value).size === value.length;

const isNote: Check = (value) => has(value, { text: isLongText }, { of: isString });

const isComment: Check = (value) => has(value, { of: isString, text: isLongText });

/** Who answers for a section; the empty list: nobody any more. Whether they are members is not judged. */
const isPeople: Check = (value) =>
  Array.isArray(value) &&
  value.length <= ASSIGNEES_LIMIT &&
  value.every((person: Json) => typeof person === 'string' && person !== '' && [...person].length <= 64) &&
  new Set(value).size === value.length;

const PLACE: Rules = { lat_e6: isWhole, lon_e6: isWhole, accuracy_m: isCount };
const SOURCE: Rules = { sha256: isHash, masked: (masked) => typeof masked === 'boolean' };
const isPhoto: Check = (value) =>
  has(
    value,
    {
      of: isString,
      sha256: isHash,
      size: (size) => isCount(size) && Number(size) >= 1 && Number(size) <= PHOTO_LIMIT,
      mime: (mime) => typeof mime === 'string' && MIMES.has(mime),
      taken_at: (moment) => moment === null || isText(moment, 40),
    },
    { place: (place) => has(place, PLACE), made_from: (source) => has(source, SOURCE) },
  );
const RECORDS: ReadonlyMap<string, Rules> = new Map([
  ['photo', { attach: isPhoto, detach: isNull, adopt: (value) => value === null || isPhoto(value) }],
  ['note', edits(isNote)],
  ['comment', { comment: isComment, clear: isNull }],
]);
const OF_A_SECTION: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ['done', { done: (value) => value === true, clear: isNull }],
  ['assign', { assign: isPeople }],
]);

/** Whether these items exist is judged with both checklists. */
const isItemMap: Check = (value) =>
  isTable(value) &&
  Object.keys(value).length <= MAP_LIMIT &&
  Object.entries(value).every((pair) => pair.every((key) => typeof key === 'string' && KEY.test(key)));
const isRepin: Check = (value) =>
  has(value, { from: isHash, chk: isHash, map: isItemMap, reason: isReasonText });

/** How far each writer had come: `{writer: ws}`. */
const isCounters: Check = (value) =>
  isTable(value) &&
  Object.keys(value).length <= WRITERS_LIMIT &&
  Object.entries(value).every(([writer, ws]) => isText(writer, 64) && isCount(ws) && Number(ws) > 0);
const CLOSE_NOTES: Rules = {
  upto: isCounters,
  alone: (alone) => alone === true,
  unanswered_reason: isReasonText,
  no_evidence_reason: isReasonText,
  held_reason: isReasonText,
  missing_photos_reason: isReasonText,
  silent_reason: isReasonText,
};
/** Milliseconds since 1970, before the year 9999. */
const isMoment: Check = (value) => isCount(value) && Number(value) < 253_000_000_000_000;
const HEARD: Rules = { at: isMoment, sig: (text) => typeof text === 'string' && SIGNATURE.test(text) };
/** When the phone says the visit began, and the server's signed time that it had heard last. */
const isStart: Check = (value) =>
  has(value, { at: isMoment }, { off: isWhole, unc: isCount, after: (each) => has(each, HEARD) });
const isClose: Check = (value) =>
  has(value, { n: isCount, h: isHash, own: isIds, digest: isHash }, CLOSE_NOTES);

const SIGNED: Rules = { close: isId, digest: isHash, name: isLine, title: isLine };
const isStrokes: Check = (value) => typeof value === 'string' && STROKES.test(value);
const isLeadSignature: Check = (value) => has(value, { ...SIGNED, strokes: isStrokes });

const isObjections: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 200 &&
  value.every((each: Json) => has(each, { item: isLine, text: isLongText }));

/** Why, and who saw it; older apps did not ask the witness to sign. */
const isRefusal: Check = (value) =>
  has(value, { reason: isReasonText, witness: isLine }, { strokes: isStrokes });

/** The unit signs, perhaps with objections, or refuses before a witness, who signs instead. */
const isUnitSignature: Check = (value) => {
  const refused = isTable(value) && Object.hasOwn(value, 'refused');
  const required: Rules = refused
    ? { ...SIGNED, strokes: (strokes) => strokes === '', refused: isRefusal }
    : { ...SIGNED, strokes: isStrokes };
  return has(value, required, { objections: isObjections });
};

const MINUTES = new Map<string, Check>([
  ['place', isLine],
  ['started_at', isLocalTime],
  ['ended_at', isLocalTime],
  ['unit_attendees', isLongText],
  ['unit_recommendations', isLongText],
  ['remarks', isLongText],
]);
