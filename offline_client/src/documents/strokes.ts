// A drawn signature as points on its sheet of 1000 × 400: what a phone stored as SVG path data.

export type Point = readonly [number, number];

/** The lines of a path of M, L and H commands with whole numbers; what is not understood is left out. */
export function linesIn(path: string): readonly (readonly Point[])[] {
  const lines: Point[][] = [];
  for (const [, command, figures = ''] of path.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers = figures
      .split(/[ ,]+/)
      .filter((each) => each !== '')
      .map(Number);
    const current = lines.at(-1);
    if (command === 'H') {
      const from = current?.at(-1);
      if (from) for (const x of numbers) current!.push([x, from[1]]);
    } else if (command === 'M' || command === 'L') {
      const points = numbers.flatMap((x, at) =>
        at % 2 === 0 && at + 1 < numbers.length ? [[x, numbers[at + 1]!] as const] : [],
      );
      if (command === 'M' || !current) lines.push([...points]);
      else current.push(...points);
    }
  }
  return lines.filter((line) => line.length > 0);
}
