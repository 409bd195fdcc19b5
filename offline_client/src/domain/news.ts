// What follows a cursor, written so that only what cannot be worked out is on the wire (docs/sync.md 7, News).
// Twin of app/domain/news.py; both are held to tests/vectors/news/. This side reads: what it works out is
// proven by the hash of the last entry.

import { isId } from './wire.ts';

/** An entry before its hashes are known. `body` is null where it is hidden; then `bodyHash` stands for it. */
export interface NewsEntry {
  readonly n: number;
  readonly op: string;
  readonly body: string | null;
  /** Instead of `body` when the bytes are not UTF-8. */
  readonly bodyB64: string | null;
  readonly bodyHash: string | null;
  readonly actor: string;
  readonly writer: string;
  readonly ws: number;
  readonly recv: number;
  readonly status: 'acc' | 'held';
  readonly why: string;
  readonly parents: readonly string[];
}

/** An operation of the reader's own push that was stored in it: what a run of `mine` stands for. */
export interface OwnOperation {
  readonly op: string;
  readonly ws: number;
  readonly body: string;
}

export class NewsError extends Error {
  override readonly name = 'NewsError';
}

type Fields = Readonly<Record<string, unknown>>;

function fail(what: string): never {
  throw new NewsError(what);
}

function table(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A body as a table; empty if it is hidden or no JSON table: then nothing can be worked out from it. */
function said(body: string | null): Fields {
  if (body === null) return {};
  try {
    return table(JSON.parse(body)) ?? {};
  } catch {
    return {};
  }
}

const text = (value: unknown, what: string): string =>
  typeof value === 'string' && value !== '' ? value : fail(what);
const whole = (value: unknown, what: string): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail(what);
const parents = (value: unknown): readonly string[] =>
  Array.isArray(value) && value.every(isId) ? (value as string[]) : fail('epar');

function expanded(n: number, entry: Fields, before: NewsEntry | null): NewsEntry {
  const body = typeof entry.body === 'string' ? entry.body : null;
  const bodyB64 = typeof entry.body_b64 === 'string' ? entry.body_b64 : null;
  const from = said(body);
  const held = entry.why !== undefined;
  const writer = text(entry.writer ?? before?.writer, 'writer');
  const next = before && before.writer === writer ? before.ws + 1 : undefined;
  return {
    n,
    op: text(entry.op ?? from.op, 'op'),
    body,
    bodyB64,
    bodyHash: body === null && bodyB64 === null ? text(entry.bh, 'bh') : null,
    actor: text(entry.actor ?? before?.actor, 'actor'),
    writer,
    ws: whole(entry.ws ?? next, 'ws'),
    recv: whole(entry.recv ?? before?.recv, 'recv'),
    status: held ? 'held' : 'acc',
    why: held ? text(entry.why, 'why') : '',
    parents: parents(entry.epar ?? (held ? [] : from.par)),
  };
}

/**
 * Works out the entries behind `after`. `mine` are the operations of this very push that were stored now, in order, by
 * `author` under `writer`. Raises NewsError when something is missing.
 */
export function expand(
  after: number,
  entries: readonly unknown[],
  mine: { readonly author: string; readonly writer: string; readonly operations: readonly OwnOperation[] },
): NewsEntry[] {
  const found: NewsEntry[] = [];
  let next = 0;
  const add = (entry: Fields) => {
    const made = expanded(after + found.length + 1, entry, found.at(-1) ?? null);
    if (made.op === mine.operations[next]?.op) next += 1;
    found.push(made);
  };
  for (const raw of entries) {
    const entry = table(raw) ?? fail('entry');
    if (entry.mine === undefined) add(entry);
    else
      for (let left = whole(entry.mine, 'mine'); left > 0; left -= 1) {
        const { op, ws, body } = mine.operations[next] ?? fail('mine');
        add({ op, ws, body, actor: mine.author, writer: mine.writer, recv: entry.recv });
      }
  }
  return found;
}
