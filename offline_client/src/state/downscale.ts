// Photos as evidence: at most 2,560 px on the long side, JPEG at 0.85, orientation baked in. These
// bytes are what is hashed, sent and sealed; the original stays in the phone's gallery. The picture is
// decoded at that size where its head tells how large it is, and the canvas never exceeds it: an iPhone
// silently blackens one of more than 16 megapixels. A canvas that came out empty is noticed.
import { cameraTime, isWhole, orientedSize } from './imageHead.ts';
import { wallClock } from './wall.ts';

export const LONGEST_SIDE = 2_560;
export const QUALITY = 0.85;
export const LARGEST_PHOTO = 12 * 1024 * 1024;
const THUMBNAIL_SIDE = 320;
const SAMPLE_SIDE = 16;
const HEAD_BYTES = 256 * 1024;

export class PhotoError extends Error {
  override readonly name = 'PhotoError';
  constructor(readonly code: 'not_an_image' | 'too_big' | 'heic' | 'not_drawn') {
    super(code);
  }
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface EvidenceBytes {
  readonly bytes: ArrayBuffer;
  readonly mime: string;
}

/** The size to draw at: never larger than the original, never longer than `longest`. */
export function fitted({ width, height }: Size, longest = LONGEST_SIDE): Size {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** What the bytes begin like, of the pictures a phone's camera or gallery makes; null for anything else. */
export function kindOf(start: Uint8Array): string | null {
  const ascii = (from: number, to: number) => String.fromCharCode(...start.slice(from, to));
  if (start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff) return 'image/jpeg';
  if (ascii(1, 4) === 'PNG') return 'image/png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp';
  if (ascii(4, 8) === 'ftyp' && ascii(8, 12) === 'avif') return 'image/avif';
  if (ascii(4, 8) === 'ftyp' && /^(heic|heix|heim|hevc|mif1|msf1)$/.test(ascii(8, 12))) return 'image/heic';
  return null;
}

/** When a file's camera says it was taken, with an offset (this phone's, if the camera named none); null if it does not. */
export async function timeOf(file: Blob): Promise<string | null> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const said = cameraTime(head, kindOf(head) ?? '');
  if (said === null) return null;
  return said.offset === null ? wallClock(new Date(said.local)) : `${said.local}${said.offset}`;
}

/** The evidence bytes of a picture. Raises PhotoError for what is no picture, cannot be read here or stays too large. */
export async function downscale(file: Blob): Promise<EvidenceBytes> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const kind = kindOf(head);
  if (kind === null) throw new PhotoError('not_an_image');
  const bitmap = await decoded(file, orientedSize(head, kind));
  if (bitmap === null) return undecoded(file, kind);
  const drawn = await draw(bitmap, fitted(bitmap));
  if (drawn === null) return asItIs(file, kind);
  if (drawn.size > LARGEST_PHOTO) throw new PhotoError('too_big');
  return { bytes: await drawn.arrayBuffer(), mime: 'image/jpeg' };
}

/** A small picture to keep here when the server has the photo; null if it cannot be made. */
export async function thumbnail(bytes: ArrayBuffer, mime: string): Promise<ArrayBuffer | null> {
  if (typeof createImageBitmap === 'undefined' || typeof document === 'undefined') return null;
  const head = new Uint8Array(bytes, 0, Math.min(HEAD_BYTES, bytes.byteLength));
  const bitmap = await decoded(new Blob([bytes], { type: mime }), orientedSize(head, mime), THUMBNAIL_SIDE);
  const drawn = bitmap && (await draw(bitmap, fitted(bitmap, THUMBNAIL_SIDE)));
  return drawn ? drawn.arrayBuffer() : null;
}

/** The picture, upright, decoded no larger than needed where its size is known; null when it cannot be read. */
async function decoded(file: Blob, size: Size | null, longest = LONGEST_SIDE): Promise<ImageBitmap | null> {
  const upright = { imageOrientation: 'from-image' } as const;
  if (size && Math.max(size.width, size.height) > longest) {
    const { width, height } = fitted(size, longest);
    const resized = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' } as const;
    const bitmap = await createImageBitmap(file, { ...upright, ...resized }).catch(() => null);
    if (bitmap?.width === width && bitmap.height === height) return bitmap;
    bitmap?.close(); // a browser that knows no resizing gives back the whole, or nothing
  }
  return createImageBitmap(file, upright).catch(() => null);
}

/** A JPEG of the bitmap, which is closed; null when the canvas came out empty or could not be had. */
async function draw(bitmap: ImageBitmap, { width, height }: Size): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  try {
    const context = canvas.getContext('2d');
    if (!context) return null;
    // A transparent picture would turn black in a JPEG.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    if (isBlank(sample(canvas))) return null;
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
    return blob && blob.size > 0 ? blob : null;
  } catch {
    return null; // no memory for it
  } finally {
    bitmap.close();
    canvas.width = 0;
  }
}

/** A few pixels of all of the canvas. */
function sample(canvas: HTMLCanvasElement): Uint8ClampedArray {
  const small = document.createElement('canvas');
  small.width = SAMPLE_SIDE;
  small.height = SAMPLE_SIDE;
  const context = small.getContext('2d');
  context?.drawImage(canvas, 0, 0, SAMPLE_SIDE, SAMPLE_SIDE);
  return context?.getImageData(0, 0, SAMPLE_SIDE, SAMPLE_SIDE).data ?? new Uint8ClampedArray(4);
}

/** Whether nothing was drawn (RGBA): every pixel is exactly black, or exactly the white paper, or not there. */
export function isBlank(pixels: Uint8ClampedArray): boolean {
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixels;
  const plain = alpha === 0 || (red === green && green === blue && (red === 0 || red === 255));
  return plain && pixels.every((part, at) => part === pixels[at % 4]);
}

/** What is whole could not be decoded now, for an old phone is out of memory: it is taken as it is. */
async function undecoded(file: Blob, kind: string): Promise<EvidenceBytes> {
  if (kind === 'image/heic') throw new PhotoError('heic');
  const large = file.size > LARGEST_PHOTO; // refused for that, without reading it
  if (!large && !isWhole(new Uint8Array(await file.arrayBuffer()), kind))
    throw new PhotoError('not_an_image');
  return asItIs(file, kind);
}

/** The canvas failed, or the picture is one plain tone: the file itself is the evidence, if the server takes such. */
async function asItIs(file: Blob, kind: string): Promise<EvidenceBytes> {
  if (!/jpeg|png|webp/.test(kind)) throw new PhotoError('not_drawn');
  if (file.size > LARGEST_PHOTO) throw new PhotoError('not_drawn');
  return { bytes: await file.arrayBuffer(), mime: kind };
}
