// Works out the entries of news and verifies them before they may touch the store: the chain from the cursor must end
// in the hash the server told, and the server must have signed it (docs/sync.md 6).
import { expand, NewsError, type OwnOperation } from '../domain/news.ts';
import { entryBytes } from '../domain/wire.ts';
import type { Cursor, LogEntry } from '../store/rows.ts';
import type { News } from './protocol.ts';

/** SHA-256 as lower-case hex. Injected: the browser's is asynchronous, and tests bring their own. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;

/** Whether `sig` is the server's signature over `h`. Absent where the browser cannot tell. */
export type VerifySignature = (h: string, sig: string) => Promise<boolean>;

/** Whose operations a run of `mine` stands for: those of this very push that were stored now, in order. */
export interface Mine {
  readonly author: string;
  readonly writer: string;
  readonly operations: readonly OwnOperation[];
}

export const NOTHING_MINE: Mine = { author: '', writer: '', operations: [] };

const encoder = new TextEncoder();

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function rawBody(body: string | null, bodyB64: string | null | undefined): Uint8Array<ArrayBuffer> {
  if (body !== null) return encoder.encode(body);
  try {
    return Uint8Array.from(atob(bodyB64 ?? ''), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function linkBytes(visit: string, entry: Omit<LogEntry, 'h'>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    entryBytes({
      visit,
      n: entry.n,
      prev: fromHex(entry.prev),
      op: entry.op,
      bodyHash: fromHex(entry.bh),
      actor: entry.actor,
      writer: entry.writer,
      ws: entry.ws,
      receivedAt: entry.recv,
      status: entry.st,
      why: entry.why,
      parents: entry.epar,
    }),
  );
}

async function isSound(visit: string, entry: LogEntry, sha256: Sha256): Promise<boolean> {
  const shown = entry.body !== null || entry.body_b64 !== undefined;
  if (shown && (await sha256(rawBody(entry.body, entry.body_b64))) !== entry.bh) return false;
  return (await sha256(linkBytes(visit, entry))) === entry.h;
}

/**
 * The entries behind `cursor` with their hashes, or null if they do not lead to the hash the server told. Only the last
 * one carries the server's signature: it vouches for the whole chain up to it.
 */
export async function readNews(
  visit: string,
  cursor: Cursor,
  page: News & { kind: 'page' },
  mine: Mine,
  tools: { readonly sha256: Sha256; readonly verify?: VerifySignature | undefined },
): Promise<LogEntry[] | null> {
  if (page.after !== cursor.n) return null;
  if (page.h === null) return [];
  try {
    const expanded = expand(page.after, page.entries, mine);
    const hashes = await Promise.all(
      expanded.map(async (entry) => entry.bodyHash ?? tools.sha256(rawBody(entry.body, entry.bodyB64))),
    );
    const entries: LogEntry[] = [];
    let prev = cursor.h;
    for (const [index, entry] of expanded.entries()) {
      const { bodyB64, bodyHash: _hidden, status, parents, ...rest } = entry;
      const shared = { ...rest, st: status, epar: parents, bh: hashes[index] ?? '', prev, sig: '' };
      const h = await tools.sha256(linkBytes(visit, shared));
      entries.push({ ...shared, ...(bodyB64 === null ? {} : { body_b64: bodyB64 }), h });
      prev = h;
    }
    const last = entries.pop();
    if (!last?.h.startsWith(page.h)) return null;
    if (tools.verify && !(await tools.verify(last.h, page.sig))) return null;
    return [...entries, { ...last, sig: page.sig }];
  } catch (error) {
    if (error instanceof NewsError) return null;
    throw error;
  }
}

/** The entries of an own-ops view whose hashes are right (their chain cannot be checked). */
export async function soundEntries(
  visit: string,
  entries: readonly LogEntry[],
  sha256: Sha256,
): Promise<LogEntry[]> {
  const sound = await Promise.all(entries.map((entry) => isSound(visit, entry, sha256)));
  return entries.filter((_entry, index) => sound[index]);
}
