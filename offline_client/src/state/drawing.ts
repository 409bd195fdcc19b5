// Painting marks: on the screen while they are drawn, and into the picture that is saved as a photo of its own.
import { fitted, LONGEST_SIDE, PhotoError, QUALITY } from './downscale.ts';
import { arrowHead, boxOf, type Mark, type Point, penOf, type Size, squareOf } from './marks.ts';

const INK = '#d40000';
const EDGE = '#ffffff';

type Context = CanvasRenderingContext2D;

/** Paints a photo and what was drawn on it onto a canvas of any size; `photo` is the size marks are measured in. */
export function paint(
  context: Context,
  picture: CanvasImageSource,
  photo: Size,
  marks: readonly Mark[],
): void {
  const scale = context.canvas.width / photo.width;
  const { line, letters } = penOf(photo);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(picture, 0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const mark of marks) {
    if (mark.tool === 'mask') cover(context, picture, photo, mark.from, mark.to);
    else if (mark.tool === 'text') write(context, mark.at, mark.text, letters, photo);
    else stroke(context, pathOf(mark, line), line);
  }
}

function pathOf(mark: Exclude<Mark, { tool: 'text' }>, line: number): Path2D {
  const path = new Path2D();
  if (mark.tool === 'hand') {
    for (const [n, { x, y }] of mark.points.entries()) n === 0 ? path.moveTo(x, y) : path.lineTo(x, y);
    return path;
  }
  const { from, to } = mark;
  if (mark.tool === 'circle') {
    const { x, y, width, height } = boxOf(from, to);
    path.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    return path;
  }
  path.moveTo(from.x, from.y);
  path.lineTo(to.x, to.y);
  for (const end of arrowHead(from, to, line)) {
    path.moveTo(to.x, to.y);
    path.lineTo(end.x, end.y);
  }
  return path;
}

/** Red with a white edge: seen on every ground. */
function stroke(context: Context, path: Path2D, line: number): void {
  for (const [colour, width] of [
    [EDGE, line * 2],
    [INK, line],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
  }
}

function write(context: Context, at: Point, text: string, letters: number, photo: Size): void {
  context.font = `700 ${letters}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const width = Math.min(context.measureText(text).width, photo.width);
  const left = Math.min(at.x, photo.width - width);
  context.strokeStyle = EDGE;
  context.lineWidth = letters / 4;
  context.strokeText(text, left, at.y, photo.width);
  context.fillStyle = INK;
  context.fillText(text, left, at.y, photo.width);
}

/** Squares of one tone each in place of what is in the box, from the photo alone: earlier marks vanish below as well. */
function cover(context: Context, picture: CanvasImageSource, photo: Size, from: Point, to: Point): void {
  const box = boxOf(from, to);
  const side = squareOf(box, photo);
  const small = document.createElement('canvas');
  small.width = Math.max(1, Math.ceil(box.width / side));
  small.height = Math.max(1, Math.ceil(box.height / side));
  const little = small.getContext('2d');
  if (!little) throw new PhotoError('not_drawn');
  little.imageSmoothingQuality = 'high';
  const { width, height } = sizeOf(picture);
  const [across, down] = [width / photo.width, height / photo.height];
  const source = [box.x * across, box.y * down, box.width * across, box.height * down] as const;
  little.drawImage(picture, ...source, 0, 0, small.width, small.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, box.x, box.y, box.width, box.height);
  context.imageSmoothingEnabled = true;
}

function sizeOf(picture: CanvasImageSource): Size {
  if (picture instanceof HTMLImageElement)
    return { width: picture.naturalWidth, height: picture.naturalHeight };
  return picture as unknown as Size;
}

/** A photo as a picture that can be drawn on. Raises PhotoError where it cannot be loaded. */
export async function pictureOf(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new PhotoError('not_drawn');
  }
  return image;
}

/** The photo with its marks as the bytes of a photo of its own. Raises PhotoError when the canvas fails. */
export async function drawnPicture(picture: HTMLImageElement, marks: readonly Mark[]): Promise<Blob> {
  const photo = sizeOf(picture);
  const canvas = document.createElement('canvas');
  const { width, height } = fitted(photo, LONGEST_SIDE);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new PhotoError('not_drawn');
  paint(context, picture, photo, marks);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  canvas.width = 0;
  if (!blob || blob.size === 0) throw new PhotoError('not_drawn');
  return blob;
}
