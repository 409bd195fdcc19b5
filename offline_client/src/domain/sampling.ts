// Dossiers drawn by lot: how many to look at, which ones, and what the ones looked at say about all of them.
// Twin of app/domain/sampling.py, which names the sources; both are held to tests/vectors/sampling/. Whole numbers
// only: bounds are compared by cross-multiplying (BigInt) and found by halving, never by a root.
import type { SamplePart } from './checklist.ts';
import { sha256 } from './sha256.ts';

export const FRAME_LIMIT = 1_000_000;
export const SIZE_LIMIT = 500;
/** Of an ordinal in the `order` cell of its row. */
const ORDER_DIGITS = 7;

/** Of the normal distribution, in thousandths, as every table prints it; by confidence in basis points. */
const Z: { readonly [confidence: number]: bigint } = { 9000: 1_645n, 9500: 1_960n, 9900: 2_576n };
const ONE = 10_000; // basis points
const TOO_WIDE = 4; // times the margin: an interval of twice the error planned, to both sides

/** What a `sample` cell holds; `period` and `source` where the plan asks for them. */
export interface SampleValue {
  readonly frame: number;
  readonly size: number;
  readonly seed: string;
  readonly period?: { readonly from: string; readonly to: string };
  readonly source?: string;
}

/** What a sample says about its frame; `low` and `high` in basis points, rounded away from the middle. */
export interface Estimate {
  readonly observed: number;
  readonly total: number;
  readonly frame: number;
  readonly size: number;
  /** Everything in the frame was looked at: nothing is left to chance. */
  readonly whole: boolean;
  readonly low: number;
  readonly high: number;
  /** The interval is wider than four times the margin: nothing follows from it. */
  readonly tooSmall: boolean;
}

export type Standing = 'compatible' | 'above' | 'below' | 'too_small';

export const confidenceOf = (plan: SamplePart): number => plan.confidence ?? 9_500;
export const marginOf = (plan: SamplePart): number => plan.margin ?? 1_000;

/** How many of `frame` to look at: what the plan's confidence and margin ask for, and at most what it allows. */
export function advisedSize(plan: SamplePart, frame: number): number {
  return Math.min(fullSize(plan, frame), plan.at_most ?? SIZE_LIMIT);
}

/** How many of `frame` the plan's confidence and margin ask for; one half is taken as the share, the worst case. */
export function fullSize(plan: SamplePart, frame: number): number {
  const z = Z[confidenceOf(plan)]!;
  const [a, b, n] = [25n * z * z, BigInt(marginOf(plan)) ** 2n, BigInt(frame)]; // n0 = z^2 / (4 margin^2) = a / b
  const below = b * n + a - b;
  return Number((a * n + below - 1n) / below); // n0 N / (N + n0 - 1), rounded up
}

/**
 * Draws `size` different ordinals out of 1 to `frame`, in the order drawn; a larger size begins with the smaller.
 *
 * Turn k (0, 1, 2, …) takes the first 13 hex digits of SHA-256("congvu-mau-1|seed|k") as a number below 2^52. One at
 * or above the largest multiple of `frame` is passed over, so that every ordinal is as likely as every other; so is
 * an ordinal drawn before.
 */
export function draw(seed: string, frame: number, size: number): readonly number[] {
  const fair = 2 ** 52 - (2 ** 52 % frame);
  const drawn = new Set<number>();
  for (let turn = 0; drawn.size < Math.min(size, frame); turn += 1) {
    const number = Number.parseInt(sha256(`congvu-mau-1|${seed}|${turn}`).slice(0, 13), 16);
    if (number < fair) drawn.add((number % frame) + 1);
  }
  return [...drawn];
}

/** Names the row of a drawn ordinal: two phones that draw alike write the same row (UUID version 8). */
export function rowUuid(seed: string, frame: number, ordinal: number): string {
  const digest = sha256(`congvu-mau-1|${seed}|${frame}|row|${ordinal}`);
  const variant = '89ab'[Number.parseInt(digest[16]!, 16) % 4];
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/** What the `order` cell of a drawn row holds: rows stand as the frame is numbered. */
export function orderOf(ordinal: number): string {
  return String(ordinal).padStart(ORDER_DIGITS, '0');
}

/** The same few samples are asked for after every tap. */
const known = new Map<string, ReadonlyMap<string, number>>();
const KNOWN_LIMIT = 64;

/** The ordinal of each drawn row by its UUID, in the order of the frame. */
export function drawnRows({ seed, frame, size }: SampleValue): ReadonlyMap<string, number> {
  const key = `${frame}|${size}|${seed}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const ordinals = [...draw(seed, frame, size)].sort((a, b) => a - b);
  const rows = new Map(ordinals.map((ordinal) => [rowUuid(seed, frame, ordinal), ordinal]));
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(key, rows);
  return rows;
}

/** Counted rows of a sample, and whether every drawn row has its answer. */
export interface Counted {
  readonly observed: number;
  readonly total: number;
  readonly frame: number;
  readonly size: number;
  readonly complete: boolean;
}

/** Says what the counted rows mean for the frame; null when nothing was counted. */
export function estimate(plan: SamplePart, counted: Counted): Estimate | null {
  const { observed, total, frame, size, complete } = counted;
  if (total === 0) return null;
  const whole = size === frame && (complete || total === frame);
  const confidence = confidenceOf(plan);
  const low = whole ? Math.floor((ONE * observed) / total) : lowOf(observed, total, frame, confidence);
  const high = whole
    ? Math.ceil((ONE * observed) / total)
    : ONE - lowOf(total - observed, total, frame, confidence);
  const tooSmall = !whole && high - low > TOO_WIDE * marginOf(plan);
  return { observed, total, frame, size, whole, low, high, tooSmall };
}

/**
 * Whether what the unit claims (`claimed` of `of`) may be true, given the sample; null when it claims nothing.
 *
 * A claim about the whole frame that leaves fewer breaches than were seen is refuted outright. Otherwise it fits when
 * its rate lies in the interval, compared exactly, ends included.
 */
export function standingOf(plan: SamplePart, found: Estimate, claimed: number, of: number): Standing | null {
  if (of === 0) return null;
  const missed = found.total - found.observed;
  if (of === found.frame && missed > of - claimed) return 'above';
  if (of === found.frame && found.observed > claimed) return 'below';
  const difference = BigInt(claimed) * BigInt(found.total) - BigInt(found.observed) * BigInt(of);
  const apart = found.whole
    ? difference !== 0n
    : isApart(found.observed, found.total, found.frame, confidenceOf(plan), claimed, of);
  if (apart) return difference > 0n ? 'above' : 'below';
  return found.tooSmall ? 'too_small' : 'compatible';
}

/** Whether the rate q = part/of is outside the interval, or (`ends`) on its end: n* (p - q)^2 > z^2 q (1 - q). */
function isApart(
  observed: number,
  total: number,
  frame: number,
  confidence: number,
  part: number,
  of: number,
  ends = false,
): boolean {
  const [x, n, c, t, size] = [observed, total, part, of, frame].map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const z = Z[confidence]!;
  const left = 1_000_000n * (size - 1n) * (x * t - c * n) ** 2n;
  const right = n * z * z * (size - n) * c * (t - c);
  return left > right || (ends && left === right);
}

/** The largest whole number of basis points that does not pass the lower end. */
function lowOf(observed: number, total: number, frame: number, confidence: number): number {
  let [low, high] = [0, Math.max(0, Math.ceil((ONE * observed) / total) - 1)]; // below the share the test falls once
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isApart(observed, total, frame, confidence, middle, ONE, true)) low = middle;
    else high = middle - 1;
  }
  return low;
}
