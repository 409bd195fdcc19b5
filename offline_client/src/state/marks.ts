// What is drawn on a photo: arrows, circles, lines by hand, words, and boxes that cover. Pure geometry in pixels of the
// photo, so that what is seen on a small screen and what is saved are the same marks. drawing.ts paints them.

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Box extends Point, Size {}

export type Tool = 'arrow' | 'circle' | 'hand' | 'text' | 'mask';
export const TOOLS: readonly Tool[] = ['mask', 'arrow', 'circle', 'hand', 'text'];

export type Mark =
  | { readonly tool: 'arrow' | 'circle' | 'mask'; readonly from: Point; readonly to: Point }
  | { readonly tool: 'hand'; readonly points: readonly Point[] }
  | { readonly tool: 'text'; readonly at: Point; readonly text: string };

/** Thickness of a line and height of letters, in pixels of a photo of this size: the same to the eye on every photo. */
export function penOf({ width, height }: Size): { readonly line: number; readonly letters: number } {
  const longest = Math.max(width, height);
  return { line: Math.max(2, longest / 220), letters: Math.max(12, longest / 28) };
}

export function within({ x, y }: Point, { width, height }: Size): Point {
  const inside = (value: number, most: number) => Math.min(most, Math.max(0, value));
  return { x: inside(x, width), y: inside(y, height) };
}

/** The box two corners span, whichever way they were drawn. */
export function boxOf(from: Point, to: Point): Box {
  return {
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(to.x - from.x),
    height: Math.abs(to.y - from.y),
  };
}

/** The two ends of an arrow's head, on both sides of its shaft. */
export function arrowHead(from: Point, to: Point, line: number): readonly [Point, Point] {
  const along = Math.atan2(to.y - from.y, to.x - from.x);
  const long = Math.min(Math.hypot(to.x - from.x, to.y - from.y), line * 6);
  const end = (turn: number): Point => ({
    x: to.x - long * Math.cos(along + turn),
    y: to.y - long * Math.sin(along + turn),
  });
  return [end(Math.PI / 7), end(-Math.PI / 7)];
}

/**
 * The side of the squares that cover a box. So coarse that neither letters nor a face can be worked out again: at most
 * three squares across the short side and twelve along the long one, and never finer than a hundredth of the photo.
 */
export function squareOf({ width, height }: Size, photo: Size): number {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  return Math.max(1, short / 3, long / 12, Math.max(photo.width, photo.height) / 100);
}

/** Whether a mark is large enough to be meant: a slip of the finger is not. */
export function isMeant(mark: Mark, line: number): boolean {
  if (mark.tool === 'text') return mark.text.trim() !== '';
  if (mark.tool === 'hand') return mark.points.length > 1;
  const { width, height } = boxOf(mark.from, mark.to);
  return mark.tool === 'arrow' ? Math.hypot(width, height) > line * 3 : Math.min(width, height) > line * 2;
}

/** A line by hand without the points that add nothing: what stays is at least `apart` from what was kept before. */
export function thinned(points: readonly Point[], apart: number): readonly Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (!last || Math.hypot(point.x - last.x, point.y - last.y) >= apart) kept.push(point);
  }
  const end = points.at(-1);
  if (end && kept.at(-1) !== end) kept.push(end);
  return kept;
}

/** The mark a stroke of the finger makes; null for words, which are typed. */
export function markOf(tool: Tool, stroke: readonly Point[], line: number): Mark | null {
  const [from, to] = [stroke[0], stroke.at(-1)];
  if (!from || !to || tool === 'text') return null;
  const mark: Mark = tool === 'hand' ? { tool, points: thinned(stroke, line) } : { tool, from, to };
  return isMeant(mark, line) ? mark : null;
}

export function isMasked(marks: readonly Mark[]): boolean {
  return marks.some(({ tool }) => tool === 'mask');
}

/** What was drawn and what was taken back, oldest first. */
export interface Drawn {
  readonly marks: readonly Mark[];
  readonly undone: readonly Mark[];
}
export const NOTHING_DRAWN: Drawn = { marks: [], undone: [] };

export function drawn({ marks }: Drawn, mark: Mark): Drawn {
  return { marks: [...marks, mark], undone: [] };
}

export function undo({ marks, undone }: Drawn): Drawn {
  const last = marks.at(-1);
  return last ? { marks: marks.slice(0, -1), undone: [...undone, last] } : { marks, undone };
}

export function redo({ marks, undone }: Drawn): Drawn {
  const next = undone.at(-1);
  return next ? { marks: [...marks, next], undone: undone.slice(0, -1) } : { marks, undone };
}

const ARROWS: { readonly [key: string]: Point } = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Where an arrow key moves the cross: a thirtieth of the photo, or with `finely` a two-hundredth; null for other keys. */
export function stepped(at: Point, key: string, photo: Size, finely: boolean): Point | null {
  const way = ARROWS[key];
  if (!way) return null;
  const far = Math.max(photo.width, photo.height) / (finely ? 200 : 30);
  return within({ x: at.x + way.x * far, y: at.y + way.y * far }, photo);
}

/** Where a place is, in whole hundredths of the photo's width and height: for who hears the screen. */
export function hundredthsOf({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.round((100 * x) / width), y: Math.round((100 * y) / height) };
}
