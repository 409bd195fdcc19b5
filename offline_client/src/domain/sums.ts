// From the items to the section to the total, so that whoever adds up what is shown comes to what is shown.
// Everything is exact until it is shown, and then rounded one by one: what rounding leaves over is shown as a
// line of its own. Twin of app/domain/sums.py; all figures are hundredths.
import type { Checklist } from './checklist.ts';
import { fraction, halfUp, times } from './fractions.ts';
import type { Score, SectionScore } from './scoring.ts';
import type { Json } from './wire.ts';

/** A section: what its items earned of what was possible, and what it brings to the total on the scale. */
export interface SectionSum {
  readonly key: string;
  readonly weight: number | null;
  /** Points, rounded. */
  readonly earned: number;
  readonly possible: number;
  /** `earned`, less the sum of its items' points as shown. */
  readonly rest: number;
  /** Basis points of what was possible; null when nothing was. */
  readonly share: number | null;
  /** To the total, on the checklist's scale; null when the section dropped out. */
  readonly brings: number | null;
  /** The most it could have brought. */
  readonly worth: number | null;
}

/** All sections; `rest` is the total less what the sections bring as shown. */
export interface Sums {
  readonly sections: readonly SectionSum[];
  readonly rest: number;
}

/** Adds up a score as it is shown. */
export function sumsOf(checklist: Checklist, score: Score): Sums {
  const shown = new Map(score.items.map(({ key, earned }) => [key, earned === null ? 0 : halfUp(earned)]));
  const whole = score.sections.reduce((sum, section) => sum + worthOf(section), 0);
  const scale = BigInt((checklist.scale ?? 100) * 100);
  const sections = checklist.sections.map((section, place) => {
    const sums = score.sections[place]!;
    const earned = halfUp(sums.earned);
    const share = sums.possible > 0 ? times(sums.earned, fraction(1, sums.possible)) : null;
    const worth = worthOf(sums) > 0 ? fraction(BigInt(worthOf(sums)) * scale, whole) : null;
    return {
      key: section.key,
      weight: section.weight ?? null,
      earned,
      possible: sums.possible,
      rest: earned - section.items.reduce((sum, item) => sum + (shown.get(item.key) ?? 0), 0),
      share: share && halfUp(times(share, fraction(10_000))),
      brings: share && worth && halfUp(times(share, worth)),
      worth: worth && halfUp(worth),
    };
  });
  const brought = sections.reduce((sum, section) => sum + (section.brings ?? 0), 0);
  return { sections, rest: (score.onScale ?? 0) - brought };
}

/** What a section weighs in the total: its weight, or its points where there are no weights; nothing if it drops out. */
function worthOf(section: SectionScore): number {
  return section.possible > 0 ? (section.weight ?? section.possible) : 0;
}

/** Writes the sums as JSON; identical in both runtimes. */
export function sumsToJson(sums: Sums): Json {
  return { sections: sums.sections.map((each) => ({ ...each })), rest: sums.rest };
}
