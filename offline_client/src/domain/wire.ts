// Bytes on the wire: an operation's body, canonical values, the bytes under an entry's hash.
// Twin of app/domain/wire.py; both are held to tests/vectors/wire/. A body is kept as it came, so
// nothing here changes bytes: decoding yields an operation or says why it must be held (docs/sync.md 2).

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const BODY_LIMIT = 16 * 1024;
const LONG_LIMIT = 64 * 1024; // a close may have to list 2,000 own operations, a repin 2,000 items
const LONG = new Set(['close', 'repin']);
const VALUE_LIMIT = 8 * 1024;
const PARENTS_LIMIT = 16;
const DEPTH_LIMIT = 16;

const BIG_VALUES = new Set(['resolve', 'adopt', 'sign', 'close', 'repin']);
const ID = /^[A-Za-z0-9_-]{21}[AQgw]$/; // 128 bits as base64url: the last character carries two
const SHA256 = /^[0-9a-f]{64}$/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A body that must be stored and held; `code` is the hold reason. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  constructor(readonly code: 'BAD_TEXT' | 'BAD_VALUE') {
    super(code);
  }
}

/** What one device minted: an immutable edit of one cell, as its body says. */
export interface Operation {
  readonly op: string;
  readonly visit: string;
  readonly chk: string;
  readonly kind: string;
  readonly path: string;
  readonly value: Json;
  readonly parents: readonly string[];
  readonly user: string;
  readonly dev: string;
  readonly wall: string;
  readonly app: string;
  readonly version: number;
}

/** What an entry's hash covers; hashes are raw bytes, `receivedAt` milliseconds since 1970 UTC. */
export interface HashedFields {
  readonly visit: string;
  readonly n: number;
  readonly prev: Uint8Array;
  readonly op: string;
  readonly bodyHash: Uint8Array;
  readonly actor: string;
  readonly writer: string;
  readonly ws: number;
  readonly receivedAt: number;
  readonly status: 'acc' | 'held';
  readonly why: string;
  readonly parents: readonly string[];
}

/** Whether `value` is 128 bits written as 22 characters of base64url. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** Orders texts by code point, as Python does, and not by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above all other units.
    if (x >= 0xd800) x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
    if (y >= 0xd800) y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    return x - y;
  }
  return a.length - b.length;
}

/** Reads a body. Throws BodyError with the hold reason BAD_TEXT or BAD_VALUE. */
export function decode(raw: Uint8Array): Operation {
  if (raw.length > LONG_LIMIT) throw new BodyError('BAD_VALUE');
  const body = parse(raw);
  refuseBadText(body);
  if (!isObject(body)) throw new BodyError('BAD_VALUE');
  const operation = operationOf(body);
  if (raw.length > BODY_LIMIT && !LONG.has(operation.kind)) throw new BodyError('BAD_VALUE');
  if (!BIG_VALUES.has(operation.kind) && canonicalBytes(operation.value).length > VALUE_LIMIT) {
    throw new BodyError('BAD_VALUE');
  }
  return operation;
}

/** Text that is equal exactly when two values are: sorted keys, NFC, lists of texts sorted as sets. */
export function canonical(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC'));
  if (isList(value)) {
    const texts = value.filter((member) => typeof member === 'string');
    if (texts.length < value.length) return `[${value.map(canonical).join(',')}]`;
    const members = texts.map((text) => text.normalize('NFC')).sort(compareCodePoints);
    return `[${members.map((member) => JSON.stringify(member)).join(',')}]`;
  }
  if (isObject(value)) {
    const members = new Map(Object.entries(value).map(([key, member]) => [key.normalize('NFC'), member]));
    const keys = [...members.keys()].sort(compareCodePoints);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(members.get(key) ?? null)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** `canonical` in UTF-8: what digests are taken of. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonical(value));
}

/** What the bodies of one push have in common. */
export interface Common {
  readonly visit: string;
  readonly chk: string;
  readonly user: string;
  readonly dev: string;
  readonly app: string;
}

/**
 * A body without what all of a push have in common, what is most alike first, for that shrinks best; null where
 * `lengthen` would not give these very bytes again.
 */
export function shorten(body: string, common: Common): string | null {
  const { op, kind, path, val, par, t = {} } = JSON.parse(body);
  const short = `${t.off} ${t.unc} ${t.wall} ${op} ${t.mono} ${kind} ${path} ${par} ${JSON.stringify(val)}`;
  return lengthen(short, common) === body ? short : null;
}

/** The body that was shortened. */
export function lengthen(short: string, { visit, chk, user, dev, app }: Common): string {
  const [off, unc, wall, op, mono, kind, path, par, ...val] = short.split(' ');
  const parents = par && `"${par.replaceAll(',', '","')}"`;
  return (
    `{"v":1,"op":"${op}","visit":"${visit}","chk":"${chk}","kind":"${kind}","path":"${path}",` +
    `"val":${val.join(' ')},"par":[${parents}],"user":"${user}","dev":"${dev}",` +
    `"t":{"wall":"${wall}","mono":${mono},"off":${off},"unc":${unc}},"app":"${app}"}`
  );
}

/** The bytes an entry's hash is taken of, after the table in docs/sync.md 6. */
export function entryBytes(fields: HashedFields): Uint8Array {
  const parts = [
    new TextEncoder().encode('VSP1'),
    text(fields.visit),
    wide(fields.n),
    fields.prev,
    text(fields.op),
    fields.bodyHash,
    text(fields.actor),
    text(fields.writer),
    wide(fields.ws),
    wide(fields.receivedAt),
    Uint8Array.of(fields.status === 'acc' ? 1 : 2),
    text(fields.why),
    short(fields.parents.length),
    ...fields.parents.map(text),
  ];
  return joined(parts);
}

/** The link of the visit's chain, and what the server signs. `sha256` is injected: the domain has no crypto. */
export function entryHash<Hash>(fields: HashedFields, sha256: (bytes: Uint8Array) => Hash): Hash {
  return sha256(entryBytes(fields));
}

/** The bytes under what the server signs to say that it holds a photo, and whether its off-site backup does too. */
export function receiptBytes(visit: string, sha256: Uint8Array, size: number, safe: boolean): Uint8Array {
  return joined([
    new TextEncoder().encode('VSPB'),
    text(visit),
    sha256,
    wide(size),
    Uint8Array.of(safe ? 1 : 0),
  ]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function wide(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function short(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function text(value: string): Uint8Array {
  const raw = new TextEncoder().encode(value);
  const bytes = new Uint8Array(raw.length + 2);
  bytes.set(short(raw.length));
  bytes.set(raw, 2);
  return bytes;
}

function parse(raw: Uint8Array): Json {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    return JSON.parse(text, text.includes('-0') ? withoutMinusZero : undefined) as Json;
  } catch {
    throw new BodyError('BAD_TEXT');
  }
}

function withoutMinusZero(_key: string, value: unknown): unknown {
  return value === 0 ? 0 : value;
}

/** No text or key, however deep, may hold what PostgreSQL or UTF-8 cannot keep. */
function refuseBadText(body: Json): void {
  const waiting: Json[] = [body];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part === 'string') {
      if (part.includes('\0') || LONE_SURROGATE.test(part)) throw new BodyError('BAD_TEXT');
    } else if (isList(part)) {
      for (const member of part) waiting.push(member);
    } else if (isObject(part)) {
      for (const [key, member] of Object.entries(part)) waiting.push(key, member);
    }
  }
}

function operationOf(body: { readonly [key: string]: Json }): Operation {
  const { v: version, op, chk, t: moment, val: value } = body;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || !isId(op) || value === undefined) {
    throw new BodyError('BAD_VALUE');
  }
  if (typeof chk !== 'string' || !SHA256.test(chk)) throw new BodyError('BAD_VALUE');
  if (moment === undefined || !isObject(moment)) throw new BodyError('BAD_VALUE');
  refuseBadShape(value, 1);
  return {
    op,
    visit: shortText(body, 'visit', 64),
    chk,
    kind: shortText(body, 'kind', 20),
    path: shortText(body, 'path', 200),
    value,
    parents: parentsOf(body['par'], op),
    user: shortText(body, 'user', 64),
    dev: shortText(body, 'dev', 64),
    wall: shortText(moment, 'wall', 40),
    app: shortText(body, 'app', 40),
    version,
  };
}

function shortText(body: { readonly [key: string]: Json }, name: string, limit: number): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '' || [...value].length > limit)
    throw new BodyError('BAD_VALUE');
  return value;
}

function parentsOf(parents: Json | undefined, op: string): readonly string[] {
  if (parents === undefined || !isList(parents) || parents.length > PARENTS_LIMIT || !parents.every(isId)) {
    throw new BodyError('BAD_VALUE');
  }
  if (new Set([...parents, op]).size !== parents.length + 1) throw new BodyError('BAD_VALUE');
  return parents;
}

/** Whole numbers within exact reach, nested at most DEPTH_LIMIT deep. */
function refuseBadShape(value: Json, depth: number): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new BodyError('BAD_VALUE');
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_LIMIT) throw new BodyError('BAD_VALUE');
  for (const member of Object.values(value)) refuseBadShape(member, depth + 1);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
