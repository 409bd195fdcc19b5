// Exact fractions of whole numbers, always reduced: what `fractions.Fraction` is on the server.

export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** Makes a reduced fraction; `d` must be positive. */
export function fraction(n: bigint | number, d: bigint | number = 1n): Fraction {
  const [num, den] = [BigInt(n), BigInt(d)];
  let [a, b] = [num < 0n ? -num : num, den];
  while (b > 0n) [a, b] = [b, a % b];
  return a > 1n ? { n: num / a, d: den / a } : { n: num, d: den };
}

export const ZERO: Fraction = { n: 0n, d: 1n };

export function plus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.n * b.d + b.n * a.d, a.d * b.d);
}

export function times(a: Fraction, b: Fraction): Fraction {
  return fraction(a.n * b.n, a.d * b.d);
}

/** Divides by a positive fraction. */
export function over(a: Fraction, b: Fraction): Fraction {
  return fraction(a.n * b.d, a.d * b.n);
}

/** Negative, zero or positive as a is less than, equal to or more than b; by cross-multiplying. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Rounds a non-negative fraction to the nearest whole number, halves up: the one rounding, for display. */
export function halfUp(exact: Fraction): number {
  return Number((2n * exact.n + exact.d) / (2n * exact.d));
}

/** Writes "n/d", or "n" when whole. */
export function fractionText(value: Fraction): string {
  return value.d === 1n ? `${value.n}` : `${value.n}/${value.d}`;
}
