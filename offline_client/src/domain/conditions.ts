// `when` and `fails_when`: a table of comparisons joined by all, any, not; never a language.
// Twin of app/domain/conditions.py.
//
// A comparison with an unanswered, not applicable or not asked source holds for no operator, and neither does
// its negation: nothing follows from silence. A contested source might say anything, so whatever hangs on it
// may hold. Both fall out of two bits: it may hold, it may fail to hold (unknown: neither; contested: both).
import type { Comparison, Condition, Threshold } from './checklist.ts';
import type { Json } from './wire.ts';

/** What a condition may know of an item or field: its value, or observed and total of its ratio. */
export interface Source {
  readonly state: 'known' | 'unknown' | 'contested';
  readonly value?: Json | undefined;
  readonly observed?: number | undefined;
  readonly total?: number | undefined;
}

export const UNKNOWN: Source = { state: 'unknown' };
export const CONTESTED: Source = { state: 'contested' };

export type Lookup = (comparison: Comparison) => Source;

/** Says whether the condition holds, or may hold while a source is contested; no condition always holds. */
export function mayHold(condition: Condition | undefined, lookup: Lookup): boolean {
  return condition === undefined || bits(condition, lookup).holds;
}

/** Lists the items that a condition names. */
export function itemsNamed(condition: Condition | undefined): readonly string[] {
  if (condition === undefined) return [];
  if ('not' in condition) return itemsNamed(condition.not);
  if ('all' in condition) return condition.all.flatMap(itemsNamed);
  if ('any' in condition) return condition.any.flatMap(itemsNamed);
  return condition.item === undefined ? [] : [condition.item];
}

interface Bits {
  readonly holds: boolean;
  readonly fails: boolean;
}

function bits(condition: Condition, lookup: Lookup): Bits {
  if ('not' in condition) {
    const { holds, fails } = bits(condition.not, lookup);
    return { holds: fails, fails: holds };
  }
  if ('all' in condition) {
    const each = condition.all.map((part) => bits(part, lookup));
    return { holds: each.every((part) => part.holds), fails: each.some((part) => part.fails) };
  }
  if ('any' in condition) {
    const each = condition.any.map((part) => bits(part, lookup));
    return { holds: each.some((part) => part.holds), fails: each.every((part) => part.fails) };
  }
  const source = lookup(condition);
  if (source.state === 'contested') return { holds: true, fails: true };
  if (source.state === 'unknown' || source.total === 0) return { holds: false, fails: false };
  const holds = compare(condition, source);
  return { holds, fails: !holds };
}

function compare(comparison: Comparison, source: Source): boolean {
  if (comparison.is !== undefined) return is(source.value, comparison.is);
  if (comparison.is_not !== undefined) return !is(source.value, comparison.is_not);
  if (comparison.in !== undefined) return comparison.in.some((each) => is(source.value, each));
  if (comparison.at_least !== undefined) return (order(source, comparison.at_least) ?? -1) >= 0;
  return comparison.at_most !== undefined && (order(source, comparison.at_most) ?? 1) <= 0;
}

function is(value: Json | undefined, wanted: string): boolean {
  return Array.isArray(value) ? value.includes(wanted) : value === wanted;
}

/** Compares with a threshold: a ratio's percent, a number, or a date or time; null if they do not compare. */
function order(source: Source, threshold: Threshold): number | null {
  const { value, observed, total } = source;
  if (observed !== undefined && total !== undefined && typeof threshold === 'number') {
    return sign(BigInt(observed) * 10_000n - BigInt(threshold) * BigInt(total));
  }
  if (typeof value === 'number' && typeof threshold === 'number') return value - threshold;
  if (typeof value === 'string' && typeof threshold === 'string')
    return Number(value > threshold) - Number(value < threshold);
  return null;
}

function sign(difference: bigint): number {
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
