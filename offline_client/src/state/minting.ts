// Makes operations: the body is produced once, as a string; its UTF-8 bytes are what is stored,
// hashed and sent, and they are never rewritten. Everything here happens before a transaction opens.
import type { Json } from '../domain/wire.ts';
import { BodyError, decode, type Operation } from '../domain/wire.ts';
import type { MintedOp } from '../store/ops.ts';
import { APP_VERSION } from '../store/version.ts';
import type { Sha256 } from '../sync/chain.ts';

const PARENTS = 16;

/** What a person decided to write; `parents` are the heads shown when the edit began. */
export interface Edit {
  readonly kind: string;
  readonly path: string;
  readonly value: Json;
  readonly parents: readonly string[];
}

/** The clock as evidence: local time, uptime, measured offset to the server and its uncertainty. */
export interface Moment {
  readonly wall: string;
  readonly mono: number;
  readonly off: number | null;
  readonly unc: number | null;
}

export interface Author {
  readonly user: string;
  readonly device: string;
  readonly visit: string;
  readonly chk: string;
}

export interface Mint {
  readonly freshId: () => string;
  readonly sha256: Sha256;
  readonly moment: () => Moment;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get in
const UNCLEAN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/g;

/** Text as every store along the way can keep it: no lone surrogate, no control character, composed. */
export function repairText(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(UNCLEAN, '').normalize('NFC');
}

/** `repairText` for every text and key inside a value. */
export function repairValue(value: Json): Json {
  if (typeof value === 'string') return repairText(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map(repairValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [repairText(key), repairValue(each)]));
}

/**
 * Encodes and hashes an operation. Raises BodyError if it would be held for its form: such an
 * operation must never be minted by our own client.
 */
export async function mintOp(
  mint: Mint,
  author: Author,
  edit: Edit,
): Promise<{ row: MintedOp; operation: Operation }> {
  const op = mint.freshId();
  const body = JSON.stringify({
    v: 1,
    op,
    visit: author.visit,
    chk: author.chk,
    kind: edit.kind,
    path: edit.path,
    val: repairValue(edit.value),
    par: [...new Set(edit.parents)].slice(0, PARENTS),
    user: author.user,
    dev: author.device,
    t: mint.moment(),
    app: APP_VERSION,
  });
  const bytes = new TextEncoder().encode(body);
  const operation = decode(bytes);
  if (operation.version !== 1) throw new BodyError('BAD_VALUE');
  return { row: { op, visit: author.visit, body, bh: await mint.sha256(bytes) }, operation };
}
