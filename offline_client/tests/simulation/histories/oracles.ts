// What must be true at the end, whatever happened (docs/reliability.md). Each finding names the invariant.
import type { Cells } from '../../../src/domain/operations.ts';
import { startOf } from '../../../src/domain/starting.ts';
import { isConfirmed } from '../../../src/domain/visits.ts';
import { canonical, type Json } from '../../../src/domain/wire.ts';
import { Projection } from '../../../src/state/projection.ts';
import { blobOf, uploadsOf } from '../../../src/store/blobs.ts';
import { entriesOf } from '../../../src/store/log.ts';
import { outbox, ownOps } from '../../../src/store/ops.ts';
import type { History } from './history.ts';
import { hex, sha256 } from './machine.ts';
import type { Phone } from './phone.ts';

/** What tests/simulation/commanded.py tells of the log as the database holds it. */
export interface Final {
  readonly log: readonly {
    readonly n: number;
    readonly op: string;
    readonly h: string;
    readonly bh: string;
    readonly actor: string;
    readonly st: string;
    readonly why: string;
    readonly epar: readonly string[];
  }[];
  readonly cells: string;
  readonly state: string;
  /** Whether all is here that the closing in force froze. */
  readonly confirmed: boolean;
  /** The operation that began a surprise visit. */
  readonly start: string | null;
  readonly digest: string | null;
  readonly photos: readonly string[];
  /** The log without what phones' clocks say in it. */
  readonly clockless: string;
  readonly problems: readonly string[];
}

/** The same text as `cells_text` in commanded.py. */
export function cellsText(cells: Cells): string {
  const said: { [path: string]: Json } = {};
  for (const [path, heads] of cells)
    said[path] = heads.map(({ op, value, actor, kind, reason }) => ({ op, value, actor, kind, reason }));
  return hex(canonical(said));
}

/** An edit replaced only what its author's screen showed when it began (I9). */
export function lookAtSavings({ saved, problems }: History, final: Final): void {
  for (const { op, epar, st } of final.log) {
    const seen = saved.get(op)?.seen;
    if (st === 'acc' && seen && !epar.every((parent) => seen.includes(parent)))
      problems.push(
        `${op} at ${saved.get(op)?.path} replaced an answer its author's screen had not shown (I9)`,
      );
  }
}

/** All phones of members hold the server's log and its fold; their photos have arrived. */
export async function lookAtPhones(history: History, final: Final): Promise<void> {
  const { problems } = history;
  const there = new Set(final.photos);
  for (const phone of history.phones) {
    const tab = phone.tabs[0]!;
    const member = !history.away.has(phone.place.user) && !history.closed.has(phone.place.user);
    for (const { sha256, refused } of await uploadsOf(tab.database, history.visit)) {
      const kept = await blobOf(tab.database, history.visit, sha256);
      if (member && kept && refused === null && !there.has(sha256))
        problems.push(
          `a photo is on ${phone.name} and not on the server, which was told nothing of it (I17)`,
        );
      if (refused !== null) problems.push(`a good photo of ${phone.name} was refused: ${refused}`);
    }
    if (!member) continue;
    const rows = await entriesOf(tab.database, history.visit);
    if (JSON.stringify(rows.map((row) => row.h)) !== JSON.stringify(final.log.map((entry) => entry.h)))
      problems.push(`${phone.name} has another log than the server (I4)`);
    const waiting = await outbox(tab.database, history.visit);
    const fold = new Projection(phone.place.user);
    fold.update(rows, waiting);
    if (waiting.length === 0 && cellsText(fold.cells) !== final.cells)
      problems.push(`${phone.name} folds the log to other answers than the server (I7)`);
    const state = fold.visitState();
    if (state.state !== final.state)
      problems.push(`${phone.name} says ${state.state}, the server ${final.state} (I12)`);
    const digest = (state.closing?.value as { digest?: string } | undefined)?.digest ?? null;
    if (digest !== final.digest) problems.push(`${phone.name} shows another closing than the server (I12)`);
    if (
      (await isConfirmed(fold.entries, state, (bytes) => sha256(Uint8Array.from(bytes)))) !== final.confirmed
    )
      problems.push(`${phone.name} and the server differ in whether what was closed is all here (I12)`);
    if ((startOf(fold.entries)?.op ?? null) !== final.start)
      problems.push(`${phone.name} says of another start than the server that it began the visit (I7)`);
    await tab.visit?.refresh();
    if (tab.visit && cellsText(tab.visit.cells) !== cellsText(fold.standingCells(state)))
      problems.push(`the screen of ${phone.name} shows something else than its log (I19)`);
  }
}

/** Everything once more: all of it is known, and the log stays as it is (I3). */
export async function sayAllAgain(history: History, final: Final): Promise<void> {
  const { server, problems, visit } = history;
  for (const phone of history.phones.filter((each) => !history.closed.has(each.place.user))) {
    for (const { writer, ops } of await batches(phone, visit)) {
      const body = { proto: 1, user: phone.place.user, dev: phone.place.device, writer, evidence: [], ops };
      const reply = await server.ask({
        method: 'POST',
        path: `/api/sync/v1/visits/${visit}/push`,
        headers: {
          Cookie: phone.place.cookie,
          'X-VSP': '1',
          'Sec-Fetch-Site': 'same-origin',
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      const told = JSON.parse(reply.body.toString()) as { except?: { op: string; r: string }[] };
      const other = ops.filter(({ op }) => !told.except?.some((each) => each.op === op && each.r === 'dup'));
      if (other.length > 0) problems.push(`what ${phone.name} sends again is not known as it was (I3)`);
    }
  }
  const known = await server.order<string[]>('known', { visit });
  if (known.length !== final.log.length) problems.push('sending everything again has changed the log (I3)');
}

async function batches(phone: Phone, visit: string) {
  const writers = new Map<string, { op: string; ws: number; body: string }[]>();
  for (const { writer, op, ws, body, seen } of await ownOps(phone.tabs[0]!.database, visit))
    if (seen === 1) writers.set(writer, [...(writers.get(writer) ?? []), { op, ws, body }]);
  return [...writers].map(([writer, ops]) => ({ writer, ops: ops.slice(0, 200) }));
}
