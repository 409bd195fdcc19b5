// What the clocks of a history's devices say. Its twin has other clocks and is otherwise the same: they are drawn apart
// from all other chance. When a clock jumps, and by how much, is the same in both: a phone that saw its clock jump asks
// sooner, and intervals are by rule about time.
import type { Place } from './phone.ts';
import { Random } from './random.ts';

/** By how many milliseconds the clock of this device is wrong from its first day on. */
export type Clocks = (place: Place) => number;

const MOST = 70 * 31_557_600_000; // as much as a clock may jump: 70 years

export const rightClocks: Clocks = () => 0;

export function otherClocks(seed: number, places: readonly Place[]): Clocks {
  return (place) => {
    const random = new Random(`clock ${seed} ${places.indexOf(place)}`);
    return Math.round((random.next() * 2 - 1) * MOST);
  };
}
