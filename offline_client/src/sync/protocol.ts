// VSP/1 on the wire (docs/sync.md 7): the shapes of replies, and parsing that trusts nothing.
// A reply that does not fit raises ProtocolError: a hotel's sign-in page with status 200 must
// look like having no network, never like an empty log.
import type { Beacon } from '../domain/starting.ts';
import { type Json, shorten } from '../domain/wire.ts';
import type { LastTime } from '../store/earlier.ts';
import type { PreviousConclusion } from '../store/previous.ts';
import type { LogEntry } from '../store/rows.ts';
import type { Box } from '../store/sealed.ts';

export const PROTO = 1;
export const PUSH_OPS = 200;
export const PUSH_BYTES = 512 * 1024;
export const LOG_PAGE = 1000;
/** Pieces of evidence that the server takes in one push, and about how many characters of them are sent. */
export const EVIDENCE_PIECES = 20;
export const EVIDENCE_CHARS = 300_000;
/** Seconds the server is asked to wait for news. */
export const WAIT_S = 25;

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export interface Stamp {
  readonly epoch: string;
  /** The server's clock, milliseconds since 1970. */
  readonly serverNow: number;
}

export interface OpToPush {
  readonly op: string;
  readonly ws: number;
  readonly body: string;
}

export interface Pending {
  readonly ops: number;
  readonly blobs: number;
}

export interface PushRequest {
  readonly proto: number;
  /** Whose operations these are: a session of somebody else must refuse them (I18). */
  readonly user: string;
  readonly dev: string;
  readonly writer: string;
  /** What is still owed of this visit; absent where a push says nothing about it. */
  readonly pending?: Pending;
  /** Where this phone stands in the log: the reply then shows what follows. Absent: no news wanted. */
  readonly after?: number;
  readonly h?: string;
  readonly evidence?: readonly Piece[];
  readonly incidents?: readonly Incident[];
  readonly ops: readonly OpToPush[];
}

/** A push told in fewer bytes (docs/sync.md 7); null if one of its operations cannot be told so. */
export function shortForm(visit: string, { ops, h, user, dev, ...rest }: PushRequest): object | null {
  const [first] = ops;
  if (!first) return null;
  const { chk, app } = JSON.parse(first.body);
  const common = { visit, chk, app, user, dev };
  const short = ops.map(({ ws, body }, index) => (ws === first.ws + index ? shorten(body, common) : null));
  const told = `${user.slice(0, 8)} ${dev.slice(0, 8)} ${chk.slice(0, 16)} ${app} ${first.ws}`;
  return short.includes(null) ? null : { ...rest, h: h?.slice(0, 16), for: told, short };
}

/** A piece of a chain that the server once signed at its end: what a restored server may have forgotten. */
export interface Piece {
  readonly after: number;
  readonly prev: string;
  readonly entries: readonly object[];
  readonly sig: string;
}

/** What follows a cursor, not worked out yet (domain/news.ts). */
export type News =
  | {
      readonly kind: 'page';
      readonly after: number;
      readonly entries: readonly unknown[];
      /** How the hash of the last entry begins, and the server's signature over it; null on an empty page. */
      readonly h: string | null;
      readonly sig: string;
      readonly more: boolean;
    }
  | { readonly kind: 'diverged' }
  /** For somebody who left the delegation: his own entries; `last` is the number to go on from. */
  | {
      readonly kind: 'own';
      readonly own: readonly LogEntry[];
      readonly more: boolean;
      readonly last: number;
      /** The cursor that was told stands in another log: the server was restored. */
      readonly elsewhere: boolean;
    };

/** The reply to operations handed in without a session: the server's records of them, as proof of delivery. */
export interface DropReply {
  readonly taken: number;
  readonly refused: readonly string[];
  readonly own: readonly LogEntry[];
}

export interface PushResult {
  readonly op: string;
  readonly r: 'dup' | 'idreuse' | 'forked' | 'gap' | 'later';
  readonly expect: number | null;
}

export interface PushReply {
  /** The first `taken` operations were looked at, and stored now but for those in `except`. */
  readonly taken: number;
  readonly except: readonly PushResult[];
  readonly news: News | null;
}

export interface PullReply {
  readonly news: News;
  /** The manifest's digest, if the request asked to wait. */
  readonly digest: string | null;
  /** Seconds to stay away: there was no room to wait. */
  readonly retryIn: number | null;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly duty: string;
  readonly role: string;
  /** False: has left the delegation; what he wrote stays his. */
  readonly present: boolean;
}

export interface ManifestVisit {
  readonly id: string;
  readonly role: string;
  readonly state: string;
  readonly safeN: number;
  readonly chk: string;
  /** The newest version of the same checklist, if the visit does not have it. */
  readonly newer: string | null;
  readonly unitName: string;
  readonly unitKind: string;
  readonly unitParent: string;
  readonly delegation: string;
  readonly campaignName: string;
  /** The unit that leads the campaign; empty from a server that does not tell. */
  readonly hostName: string;
  readonly plannedOn: string;
  readonly title: string;
  /** `self_check`: made by the unit's own people. */
  readonly kind: string;
  /** A surprise visit: when it is planned (HH:MM), and for its lead the start code; null for any other. */
  readonly surprise: { readonly time: string; readonly code: string } | null;
  readonly members: readonly Member[];
}

/** A surprise visit of which its members are told the day, and nothing else, until it starts. */
export interface SealedVisit {
  readonly id: string;
  readonly plannedOn: string;
}

/** How far a log has come: its last number and the first 16 digits of its hash. */
export interface ShortHead {
  readonly n: number;
  readonly h: string;
}

/** What the server says of all visits: everything, only how far their logs have come, or that nothing changed. */
export interface ManifestReply {
  readonly digest: string;
  readonly headsDigest: string;
  readonly manifest: Manifest | null;
  readonly heads: ReadonlyMap<string, ShortHead> | null;
  /** The server's time, signed, for who may have to start a surprise visit without a network. */
  readonly beacon: Beacon | null;
}

/** What a person is told of his own entries in a visit that is not listed any more. */
export interface OwnMark {
  /** The number of his last entry. */
  readonly n: number;
  /** His entries up to this number are in the server's off-site backup. */
  readonly safeN: number;
}

export interface Manifest {
  /** Whose session answered: nothing of anybody else may be sent in it (I18). */
  readonly user: { readonly id: string; readonly name: string };
  readonly visits: readonly ManifestVisit[];
  readonly gone: readonly string[];
  /** Of visits that are not listed: they were left, or cancelled. Null from a server that does not tell. */
  readonly own: ReadonlyMap<string, OwnMark> | null;
  readonly sealed: readonly SealedVisit[];
  /** The server was restored: until the phones have reported, closing and signing wait. */
  readonly recovering: boolean;
}

/** What a phone tells of itself, on a push. */
export interface Incident {
  readonly id: string;
  readonly kind: string;
  readonly visit?: string;
  readonly at: string;
  readonly detail?: Readonly<Record<string, string | number | null>>;
}

type Fields = Readonly<Record<string, unknown>>;

function fail(what: string): never {
  throw new ProtocolError(what);
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${what} is not an object`);
  return value as Fields;
}

function list(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : fail(`${what} is not a list`);
}

function text(value: unknown, what: string): string {
  return typeof value === 'string' ? value : fail(`${what} is not a text`);
}

function whole(value: unknown, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : fail(`${what} is not a whole number`);
}

const HEX64 = /^[0-9a-f]{64}$/;
/** A hash, or its first 64 bits. */
const SHORT_HASH = /^[0-9a-f]{16}([0-9a-f]{48})?$/;

function hash(value: unknown, what: string, form = HEX64): string {
  return typeof value === 'string' && form.test(value) ? value : fail(`${what} is not a hash`);
}

export function parseStamp(value: unknown): Stamp {
  const reply = fields(value, 'reply');
  if (reply.proto !== PROTO) fail('proto');
  return { epoch: text(reply.epoch, 'epoch'), serverNow: whole(reply.server_now, 'server_now') };
}

export function parseEntry(value: unknown): LogEntry {
  const entry = fields(value, 'entry');
  const st = entry.st === 'acc' || entry.st === 'held' ? entry.st : fail('entry.st');
  return {
    n: whole(entry.n, 'entry.n'),
    op: text(entry.op, 'entry.op'),
    body: typeof entry.body === 'string' ? entry.body : null,
    ...(typeof entry.body_b64 === 'string' ? { body_b64: entry.body_b64 } : {}),
    actor: text(entry.actor, 'entry.actor'),
    writer: text(entry.writer, 'entry.writer'),
    ws: whole(entry.ws, 'entry.ws'),
    recv: whole(entry.recv, 'entry.recv'),
    st,
    why: text(entry.why, 'entry.why'),
    epar: list(entry.epar, 'entry.epar').map((parent) => text(parent, 'entry.epar[]')),
    bh: hash(entry.bh, 'entry.bh'),
    prev: hash(entry.prev, 'entry.prev'),
    h: hash(entry.h, 'entry.h'),
    sig: text(entry.sig, 'entry.sig'),
  };
}

function parseNews(value: unknown): News {
  const news = fields(value, 'news');
  if (news.not_member === true) return parseOwn(news);
  if (news.diverged === true) return { kind: 'diverged' };
  const entries = list(news.entries, 'news.entries');
  return {
    kind: 'page',
    after: whole(news.after, 'news.after'),
    entries,
    h: entries.length === 0 ? null : hash(news.h, 'news.h', SHORT_HASH),
    sig: entries.length === 0 ? '' : text(news.sig, 'news.sig'),
    more: news.more === true,
  };
}

function parseOwn(value: Fields): News {
  const own = list(value.own, 'own').map(parseEntry);
  const last = value.last === undefined ? (own.at(-1)?.n ?? 0) : whole(value.last, 'last');
  return { kind: 'own', own, more: value.more === true, last, elsewhere: value.diverged === true };
}

export function parsePull(value: unknown): PullReply {
  const reply = fields(value, 'reply');
  const news = reply.not_member === true ? parseOwn(reply) : parseNews(reply.news);
  return {
    news,
    digest: typeof reply.digest === 'string' ? reply.digest : null,
    retryIn: reply.retry_in === undefined ? null : whole(reply.retry_in, 'retry_in'),
  };
}

const RESULTS: ReadonlySet<unknown> = new Set(['dup', 'idreuse', 'forked', 'gap', 'later']);

function parseResult(value: unknown): PushResult {
  const result = fields(value, 'result');
  if (!RESULTS.has(result.r)) fail('result.r');
  return {
    op: text(result.op, 'result.op'),
    r: result.r as PushResult['r'],
    expect: result.expect == null ? null : whole(result.expect, 'result.expect'),
  };
}

export function parsePush(value: unknown): PushReply {
  const reply = fields(value, 'reply');
  return {
    taken: whole(reply.taken, 'taken'),
    except: list(reply.except ?? [], 'except').map(parseResult),
    news: reply.news === undefined ? null : parseNews(reply.news),
  };
}

/** A name given as a text, `{name}`, `{title}` or `{vi}`. */
function name(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const { name: inner, title, vi } = value as Fields;
  return name(inner ?? title ?? vi ?? '');
}

function parseMember(value: unknown): Member {
  const member = fields(value, 'member');
  return {
    id: text(member.id, 'member.id'),
    name: name(member),
    duty: name(member.duty),
    role: member.lead === true ? 'lead' : 'member',
    present: member.present !== false,
  };
}

export function parseVisit(value: unknown): ManifestVisit {
  const visit = fields(value, 'visit');
  const unit = fields(visit.unit, 'visit.unit');
  return {
    id: text(visit.id, 'visit.id'),
    role: text(visit.role, 'visit.role'),
    state: text(visit.state, 'visit.state'),
    safeN: typeof visit.safe_n === 'number' ? whole(visit.safe_n, 'visit.safe_n') : 0,
    chk: hash(visit.chk, 'visit.chk'),
    newer: visit.newer == null ? null : hash(visit.newer, 'visit.newer'),
    unitName: name(unit),
    unitKind: name(unit.kind),
    unitParent: name(unit.parent),
    delegation: name(visit.delegation),
    campaignName: name(visit.campaign),
    hostName: name((visit.campaign as Fields | null)?.host),
    plannedOn: text(visit.planned_on, 'visit.planned_on'),
    title: name(visit.title),
    kind: typeof visit.kind === 'string' ? visit.kind : 'inspection',
    surprise: parseSurprise(visit.surprise),
    members: list(visit.members, 'visit.members').map(parseMember),
  };
}

function parseSurprise(value: unknown): ManifestVisit['surprise'] {
  if (value === undefined) return null;
  const surprise = fields(value, 'surprise');
  return { time: text(surprise.time, 'surprise.time'), code: name(surprise.code) };
}

/** What has not started is listed apart, so that older apps do not show it; the lead is told all of it. */
function parseSealed(value: unknown): { led: ManifestVisit[]; sealed: SealedVisit[] } {
  const all = value === undefined ? [] : list(value, 'sealed').map((each) => fields(each, 'sealed[]'));
  const hidden = all.filter((each) => each.visit === undefined);
  return {
    led: all.filter((each) => each.visit !== undefined).map((each) => parseVisit(each.visit)),
    sealed: hidden.map((each) => ({
      id: text(each.id, 'sealed[].id'),
      plannedOn: text(each.planned_on, 'sealed[].planned_on'),
    })),
  };
}

function parseBeacon(value: unknown): Beacon | null {
  if (value === undefined) return null;
  const beacon = fields(value, 'beacon');
  return { at: whole(beacon.at, 'beacon.at'), sig: text(beacon.sig, 'beacon.sig') };
}

/** A box that only the start code opens (sync/packs.ts). */
export function parsePack(value: unknown): Box {
  const pack = fields(fields(value, 'reply').pack, 'pack');
  return {
    rounds: whole(pack.rounds, 'pack.rounds'),
    salt: text(pack.salt, 'pack.salt'),
    iv: text(pack.iv, 'pack.iv'),
    data: text(pack.data, 'pack.data'),
  };
}

function parseHeads(value: unknown): ReadonlyMap<string, ShortHead> {
  const heads = Object.entries(fields(value, 'heads')).map(([visit, head]): [string, ShortHead] => {
    const [n, h] = list(head, 'head');
    return [visit, { n: whole(n, 'head.n'), h: text(h, 'head.h') }];
  });
  return new Map(heads);
}

function parseOwnMarks(value: unknown): ReadonlyMap<string, OwnMark> | null {
  if (value === undefined) return null;
  const marks = Object.entries(fields(value, 'own')).map(([visit, each]): [string, OwnMark] => {
    const mark = fields(each, 'own mark');
    return [visit, { n: whole(mark.n, 'own.n'), safeN: whole(mark.safe_n, 'own.safe_n') }];
  });
  return new Map(marks);
}

export function parseManifest(value: unknown): ManifestReply {
  const reply = fields(value, 'reply');
  const same = {
    digest: name(reply.digest),
    headsDigest: name(reply.heads_digest),
    beacon: parseBeacon(reply.beacon),
  };
  if (reply.unchanged === true) return { ...same, manifest: null, heads: null };
  const heads = parseHeads(reply.heads);
  if (reply.visits === undefined) return { ...same, manifest: null, heads };
  const user = fields(reply.user, 'user');
  const { led, sealed } = parseSealed(reply.sealed);
  return {
    ...same,
    heads,
    manifest: {
      user: { id: text(user.id, 'user.id'), name: name(user) },
      visits: [...list(reply.visits, 'visits').map(parseVisit), ...led],
      sealed,
      gone: list(reply.gone, 'gone').map((id) => text(id, 'gone[]')),
      own: parseOwnMarks(reply.own),
      recovering: reply.recovering === true,
    },
  };
}

/** What the server says, signed, to hold of a visit's photos. */
export interface Receipt {
  readonly sha256: string;
  readonly size: number;
  readonly safe: boolean;
  readonly sig: string;
}

/** A device that opened a visit, and what it said it still had to send. */
export interface DeviceSeen {
  readonly device: string;
  readonly user: string;
  readonly name: string;
  readonly openedAt: number;
  readonly lastAt: number;
  readonly ops: number;
  readonly photos: number;
  readonly revoked: boolean;
  /** What it wrote under in this visit; missing in lists of servers that do not tell. */
  readonly writers?: readonly string[];
}

export function parseDevices(value: unknown): DeviceSeen[] {
  return list(fields(value, 'devices').devices, 'devices').map((each) => {
    const seen = fields(each, 'devices[]');
    return {
      device: text(seen.device, 'devices[].device'),
      user: text(seen.user, 'devices[].user'),
      name: text(seen.name, 'devices[].name'),
      openedAt: whole(seen.opened_at, 'devices[].opened_at'),
      lastAt: whole(seen.last_at, 'devices[].last_at'),
      // What a device never said it owes is not known to be owed.
      ops: seen.pending_ops === null ? 0 : whole(seen.pending_ops, 'devices[].pending_ops'),
      photos: seen.pending_blobs === null ? 0 : whole(seen.pending_blobs, 'devices[].pending_blobs'),
      revoked: seen.revoked === true,
      writers: list(seen.writers ?? [], 'devices[].writers').map((each) => text(each, 'writer')),
    };
  });
}

export function parseReceipts(value: unknown): Receipt[] {
  return list(fields(value, 'receipts').blobs, 'blobs').map((each) => {
    const receipt = fields(each, 'receipt');
    return {
      sha256: hash(receipt.sha256, 'receipt.sha256'),
      size: whole(receipt.size, 'receipt.size'),
      safe: receipt.safe === true,
      sig: text(receipt.sig, 'receipt.sig'),
    };
  });
}

export function parseDrop(value: unknown): DropReply {
  const reply = fields(value, 'reply');
  return {
    taken: whole(reply.taken, 'taken'),
    refused: list(reply.except, 'except').flatMap((each) => {
      const { op, r } = fields(each, 'except[]');
      return r === 'dup' ? [] : [text(op, 'except[].op')];
    }),
    own: list(reply.own, 'own').map(parseEntry),
  };
}

/** What was answered at a unit before; `items` null: as was told before. */
export interface EarlierReply {
  readonly digest: string;
  readonly items: Readonly<Record<string, LastTime>> | null;
}

export function parseEarlier(value: unknown): EarlierReply {
  const reply = fields(value, 'reply');
  const digest = text(reply.digest, 'digest');
  if (reply.unchanged === true) return { digest, items: null };
  const items = Object.entries(fields(reply.items, 'items'));
  return { digest, items: Object.fromEntries(items.map(([key, each]) => [key, parseLastTime(each)])) };
}

function parseLastTime(value: unknown): LastTime {
  const was = fields(value, 'item');
  const counted = was.counted === undefined ? null : fields(was.counted, 'counted');
  return {
    on: text(was.on, 'on'),
    by: typeof was.by === 'string' ? was.by : '',
    fails: was.fails === true,
    ...(was.value === undefined ? {} : { value: was.value as Json }),
    ...(typeof was.na === 'string' ? { na: was.na } : {}),
    ...(typeof was.note === 'string' ? { note: was.note } : {}),
    ...(counted
      ? { counted: { observed: whole(counted.observed, 'observed'), total: whole(counted.total, 'total') } }
      : {}),
    ...(was.rows === undefined ? {} : { rows: list(was.rows, 'rows').map((row) => text(row, 'row')) }),
  };
}

/** What was found at a unit before: `told` counts only where `unchanged` is false. */
export interface PreviousReply {
  readonly digest: string;
  readonly unchanged: boolean;
  readonly told: PreviousConclusion | null;
}

export function parsePrevious(value: unknown): PreviousReply {
  const reply = fields(value, 'reply');
  const unchanged = reply.unchanged === true;
  const told = unchanged || reply.previous === null ? null : parsePreviousConclusion(reply.previous);
  return { digest: text(reply.digest, 'digest'), unchanged, told };
}

function parsePreviousConclusion(value: unknown): PreviousConclusion {
  const told = fields(value, 'previous');
  return {
    number: text(told.number, 'number'),
    issuedOn: told.issued_on === null ? null : text(told.issued_on, 'issued_on'),
    visitedOn: text(told.visited_on, 'visited_on'),
    basisPoints: told.basis_points === null ? null : whole(told.basis_points, 'basis_points'),
    findings: list(told.findings, 'findings').map((each) => {
      const finding = fields(each, 'finding');
      return {
        item: text(finding.item, 'finding.item'),
        severity: text(finding.severity, 'finding.severity'),
        text: text(finding.text, 'finding.text'),
        remedy: text(finding.remedy, 'finding.remedy'),
        state: text(finding.state, 'finding.state'),
        dueOn: finding.due_on === null ? null : text(finding.due_on, 'finding.due_on'),
        pictures: list(finding.pictures, 'finding.pictures').map((sha256) => hash(sha256, 'picture')),
      };
    }),
  };
}
