// What one candidate answer of an item earns, whether the item then fails, and what that trips (Score 2, 5).
// Twin of app/domain/earning.py.
import type { Band, Item, Option } from './checklist.ts';
import { type Lookup, mayHold, type Source } from './conditions.ts';
import { compare, type Fraction, fraction, plus, ZERO } from './fractions.ts';
import type { Seen } from './rosters.ts';

export type Trigger = 'below' | 'when_fails';

/** What a rule says, by the name of its kind. */
export interface RuleTable {
  readonly proportional: { readonly floor?: number };
  readonly bands: readonly Band[];
  readonly deduct: { readonly each: number };
}

/** One candidate judged; `applies` is false when a total of 0 makes the item not applicable. */
export interface Outcome {
  readonly seen: Seen;
  readonly earned: Fraction;
  readonly why: string;
  readonly applies: boolean;
  readonly band?: number;
}

/** Names the rule by which the item scores; null for an item without points. */
export function ruleOf(item: Item): string | null {
  if (item.points === undefined) return null;
  if (typeof item.score === 'string') return item.score;
  if (item.score === undefined) return item.answer.type === 'document' ? 'document' : 'choice';
  if ('bands' in item.score) return 'bands';
  return 'deduct' in item.score ? 'deduct' : 'proportional';
}

/** Says what one candidate earns and why (Score 2). */
export function judge(item: Item, seen: Seen): Outcome {
  const points = fraction(item.points ?? 0);
  if (!seen.answered) return outcome(seen, ZERO, 'unanswered');
  const rule: Partial<RuleTable> = typeof item.score === 'object' ? item.score : {};
  if (seen.total === 0 && rule.deduct === undefined) {
    const earned = item.zero_total === 'full' ? points : ZERO;
    return { seen, earned, why: 'zero_total', applies: item.zero_total !== 'not_applicable' };
  }
  if (item.points === undefined) return outcome(seen, ZERO, 'no_points');
  if (item.score === 'proportional') return share(seen, item.points, 0);
  if (rule.proportional !== undefined) return share(seen, item.points, rule.proportional.floor ?? 0);
  if (rule.bands !== undefined) return band(seen, rule.bands);
  if (rule.deduct !== undefined) return deducted(seen, points, rule.deduct.each);
  return chosen(item, seen, points);
}

function outcome(seen: Seen, earned: Fraction, why: string): Outcome {
  return { seen, earned, why, applies: true };
}

function share(seen: Seen, points: number, floor: number): Outcome {
  const [observed, total] = [BigInt(seen.observed ?? 0), BigInt(seen.total || 1)];
  if (observed * 10_000n < BigInt(floor) * total) return outcome(seen, ZERO, 'below_floor');
  return outcome(seen, fraction(BigInt(points) * observed, total), 'share');
}

/** Gives the points of the first band reached: percent of a ratio, or a number's value, cross-multiplied. */
function band(seen: Seen, bands: readonly Band[]): Outcome {
  const isRatio = seen.total !== undefined;
  const value = isRatio ? BigInt(seen.observed ?? 0) * 10_000n : BigInt(whole(seen));
  const unit = isRatio ? BigInt(seen.total ?? 0) : 1n;
  for (const [index, each] of bands.entries()) {
    const more = each.at_least !== undefined && value >= BigInt(each.at_least) * unit;
    const less = each.at_most !== undefined && value <= BigInt(each.at_most) * unit;
    if (more || less) return { ...outcome(seen, fraction(each.points), 'band'), band: index };
  }
  return outcome(seen, ZERO, 'no_band');
}

/** A number is in hundredths of the thing counted, rows are whole things. */
function deducted(seen: Seen, points: Fraction, each: number): Outcome {
  const found = seen.rows === undefined ? fraction(whole(seen), 100) : fraction(seen.rows);
  const left = plus(points, fraction(-BigInt(each) * found.n, found.d));
  const earned = compare(left, ZERO) < 0 ? ZERO : compare(left, points) > 0 ? points : left;
  return outcome(seen, earned, 'deducted');
}

function chosen(item: Item, seen: Seen, points: Fraction): Outcome {
  const { answer } = item;
  if (answer.type === 'yes_no') {
    return outcome(seen, (seen.value === 'yes') !== (answer.inverted ?? false) ? points : ZERO, 'choice');
  }
  if (answer.type === 'document') {
    return outcome(seen, seen.value === 'shown' ? points : ZERO, `document_${seen.value}`);
  }
  if (answer.type !== 'choice' && answer.type !== 'choices') return outcome(seen, ZERO, 'no_rule');
  const earned = fraction(optionsOf(item, seen).reduce((sum, option) => sum + (option.points ?? 0), 0));
  if (answer.type === 'choices' && compare(earned, points) > 0) return outcome(seen, points, 'capped');
  return outcome(seen, earned, 'choice');
}

function optionsOf(item: Item, seen: Seen): readonly Option[] {
  if (item.answer.type !== 'choice' && item.answer.type !== 'choices') return [];
  const keys = Array.isArray(seen.value) ? seen.value : [seen.value];
  return item.answer.choices.filter((option) => keys.includes(option.key));
}

function whole(seen: Seen): number {
  return typeof seen.value === 'number' ? seen.value : 0;
}

/** Says whether the item fails: a choice marked so, its own `pass_at`, too few points, or `fails_when`. */
export function fails(item: Item, outcome: Outcome, lookup: Lookup): boolean {
  const { seen, earned } = outcome;
  if (!seen.answered) return false;
  if (optionsOf(item, seen).some((option) => option.fail)) return true;
  if (item.pass_at !== undefined && seen.total) {
    return BigInt(seen.observed ?? 0) * 10_000n < BigInt(item.pass_at) * BigInt(seen.total);
  }
  if (item.points !== undefined) {
    return compare(earned, fraction(BigInt(item.pass_at ?? 10_000) * BigInt(item.points), 10_000n)) < 0;
  }
  const own: Source = { state: 'known', value: seen.value, observed: seen.observed, total: seen.total };
  const besideOwn: Lookup = (comparison) => (comparison.item === item.key ? own : lookup(comparison));
  return item.fails_when !== undefined && mayHold(item.fails_when, besideOwn);
}

/** Says by which trigger the item's critical is tripped; one without an answer trips nothing. */
export function triggerOf(item: Item, outcome: Outcome, failing: boolean): Trigger | null {
  const { critical } = item;
  const { seen } = outcome;
  if (critical === undefined || !seen.answered) return null;
  if (critical.below === undefined) return failing ? 'when_fails' : null;
  if (seen.total !== undefined) {
    const isBelow = BigInt(seen.observed ?? 0) * 10_000n < BigInt(critical.below) * BigInt(seen.total);
    return isBelow ? 'below' : null;
  }
  return typeof seen.value === 'number' && seen.value < critical.below ? 'below' : null;
}
