// When a visit began: what the lead's phone said, and between which moments that lies. Twin of app/domain/starting.py;
// both are held to tests/vectors/starting/. The phone takes the server's signed time as it came; the server checks it,
// and judges whether the phone's clock fits.
import type { Entry } from './operations.ts';
import type { Json } from './wire.ts';

export const START = 'start/visit';
/** Before the year 9999. */
const LAST = 253_000_000_000_000;

/** The server's time, signed: who names it later did not act before. */
export interface Beacon {
  readonly at: number;
  readonly sig: string;
}

/** Milliseconds since 1970; null: not known. See `Start` in app/domain/starting.py. */
export interface Start {
  readonly op: string;
  readonly actor: string;
  readonly said: number;
  readonly corrected: number | null;
  readonly uncertain: number;
  readonly notBefore: number | null;
  readonly received: number | null;
}

/** What the lead's phone writes down as it starts the visit. */
export function startValue(
  at: number,
  clock: { off: number | null; unc: number | null },
  after: Beacon | null,
): Json {
  return {
    at: Math.max(0, Math.round(at)),
    ...(clock.off === null ? {} : { off: Math.round(clock.off) }),
    ...(clock.unc === null ? {} : { unc: Math.max(0, Math.round(clock.unc)) }),
    ...(after === null ? {} : { after: { at: after.at, sig: after.sig } }),
  };
}

/** The first accepted start of a visit, the outbox's after the log's; null if it was not started so. */
export function startOf(entries: readonly Entry[]): Start | null {
  let first: Entry | null = null;
  for (const entry of entries) {
    if (entry.path !== START || entry.status !== 'acc') continue;
    if (first === null || (entry.n ?? Number.POSITIVE_INFINITY) < (first.n ?? Number.POSITIVE_INFINITY))
      first = entry;
  }
  if (first === null) return null;
  const value = first.value as unknown as { at: number; off?: number; unc?: number; after?: Beacon };
  return {
    op: first.op,
    actor: first.actor,
    said: value.at,
    corrected: value.off === undefined ? null : value.at + value.off,
    uncertain: value.unc ?? 0,
    notBefore: value.after?.at ?? null,
    received: first.receivedAt,
  };
}

/** `07:15:03 ngày 30/11/2026`: the phone's clock, set right by what the server's was when they were compared. */
export function saidText({ said, corrected }: Start): string {
  return momentText(corrected ?? said);
}

/** Between which moments the start lies; empty where nothing is known yet. */
export function boundsText({ notBefore, received }: Start): string {
  const least = notBefore === null ? '' : `không sớm hơn ${momentText(notBefore)}`;
  const most = received === null ? '' : `không muộn hơn ${momentText(received)}`;
  return [least, most].filter((each) => each !== '').join(', ');
}

/** Viet Nam's clock, which is seven hours ahead all year. */
function momentText(at: number): string {
  const told = Math.max(0, Math.min(at, LAST)); // a clock may be off by anything
  const [date = '', time = ''] = new Date(told + 7 * 3_600_000).toISOString().split('T');
  return `${time.slice(0, 8)} ngày ${date.split('-').reverse().join('/')}`;
}
