// A drawn signature as SVG path data on a fixed 1000 × 400 sheet: whole numbers, thinned so that it stays far
// below the 12,000 characters that fit an operation.
export const SHEET = { width: 1000, height: 400 } as const;
export const LONGEST = 12_000;

/** What stands for strokes when somebody who cannot draw confirms by typing the full name. */
export const TYPED_MARK = `M60 330H940`;

export type Point = readonly [number, number];
export type Stroke = readonly Point[];

const NEAR = 5;

/** Adds a point unless it is hardly away from the last one. */
export function extend(stroke: Stroke, [x, y]: Point): Stroke {
  const last = stroke.at(-1);
  return last && Math.hypot(last[0] - x, last[1] - y) < NEAR ? stroke : [...stroke, [x, y]];
}

/** A dot is a line of no length, so that it is drawn with a round end. */
export function pathOf(strokes: readonly Stroke[]): string {
  return strokes
    .map(([first, ...rest]) => {
      if (!first) return '';
      const line = rest.length > 0 ? rest : [first];
      return `M${first[0]} ${first[1]}L${line.map(([x, y]) => `${x} ${y}`).join(' ')}`;
    })
    .join('');
}

/** Whether it can be a signature: something longer than an accidental tap. */
export function isDrawn(strokes: readonly Stroke[]): boolean {
  return strokes.reduce((points, stroke) => points + stroke.length, 0) >= 4;
}
