// Verifies pulled entries against the hash chain before they may touch the store: numbers without
// a hole, each entry's own hash, its link to the one before, and its body's hash.
import { entryBytes } from '../domain/wire.ts';
import type { Cursor, LogEntry } from '../store/rows.ts';

/** SHA-256 as lower-case hex. Injected: the browser's is asynchronous, and tests bring their own. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;

const encoder = new TextEncoder();

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function bodyBytes(entry: LogEntry): Uint8Array<ArrayBuffer> | null {
  if (entry.body !== null) return encoder.encode(entry.body);
  if (entry.body_b64 === undefined) return null;
  try {
    return Uint8Array.from(atob(entry.body_b64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

async function isSound(visit: string, entry: LogEntry, sha256: Sha256): Promise<boolean> {
  const body = bodyBytes(entry);
  if (body !== null && (await sha256(body)) !== entry.bh) return false;
  const bytes = entryBytes({
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
  });
  return (await sha256(Uint8Array.from(bytes))) === entry.h;
}

/** Whether `entries` continue the chain from `cursor` without a hole and without a forged byte. */
export async function continuesChain(
  visit: string,
  cursor: Cursor,
  entries: readonly LogEntry[],
  sha256: Sha256,
): Promise<boolean> {
  let { n, h } = cursor;
  for (const entry of entries) {
    if (entry.n !== n + 1 || entry.prev !== h) return false;
    ({ n, h } = entry);
  }
  const sound = await Promise.all(entries.map((entry) => isSound(visit, entry, sha256)));
  return sound.every(Boolean);
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
